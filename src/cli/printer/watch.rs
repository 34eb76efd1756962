//! The printer as a watcher of long work; a signal stops it.

use semola_data::{Progress, Watch};

use super::{Printer, Task};
use semola_pipe::imports::{Imported, OnImport};
use semola_pipe::run::interrupt;

impl Watch for Printer {
    fn task(&self, label: &str, total: u64) -> Box<dyn Progress> {
        Box::new(Printer::task(self, label, total))
    }

    fn stop(&self) -> bool {
        interrupt::requested()
    }
}

impl OnImport for Printer {
    fn imported(&self, what: &Imported) {
        self.note(&what.line);
        what.warnings.iter().for_each(|warning| self.warning(warning));
    }
}

impl Progress for Task {
    fn set(&mut self, step: u64, message: &dyn Fn() -> String) {
        Task::set(self, step, message);
    }

    fn finish(self: Box<Self>) {
        Task::finish(*self);
    }
}
