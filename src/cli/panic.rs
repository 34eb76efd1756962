//! Panics: those of libraries on broken files are caught and become errors; one that nothing catches ends the program with a
//! line and exit code 1.

use std::panic::PanicHookInfo;
use std::sync::Mutex;

use semola_data::durable::locked;

/// What the last panic said, and where.
static LAST: Mutex<String> = Mutex::new(String::new());

/// From now on panics are kept instead of printed, unless RUST_BACKTRACE is set: then they are printed too.
pub fn keep() {
    let print = std::env::var_os("RUST_BACKTRACE").map(|_| std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        *locked(&LAST) = words(panic);
        if let Some(print) = &print {
            print(panic);
        }
    }));
}

/// The line about a panic that nothing caught.
pub fn line() -> String {
    format!(
        "internal error: {}: this is a fault of the program; please report it with the command that led to it \
         (RUST_BACKTRACE=1 says more)",
        locked(&LAST)
    )
}

fn words(panic: &PanicHookInfo) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
    format!("{}{place}", text.unwrap_or("no reason given"))
}
