//! Fields, rows and memory in a few words.

use semola_lie::action::Action;

use super::scope::Certainty;

/// `vector of 3`, `scalar`.
pub fn action_label(action: Action) -> String {
    match action {
        Action::Scalar => "scalar".to_owned(),
        Action::Vector { dim } => format!("vector of {dim}"),
        Action::Points { dim } => format!("points in R^{dim}"),
        Action::Covector { dim } => format!("covector of {dim}"),
        Action::Pseudoscalar => "pseudoscalar".to_owned(),
        Action::Pseudovector { dim } => format!("pseudovector of {dim}"),
        Action::Tensor { dim } => format!("tensor {dim}×{dim}"),
        Action::Pixels(image) => format!("pixels {}×{}×{}", image.height, image.width, image.channels),
    }
}

/// `about 1 200 rows`.
pub fn rows_label(rows: Option<usize>, certainty: Certainty) -> String {
    let worth = match certainty {
        Certainty::Exact => "",
        Certainty::About => "about ",
        Certainty::AtMost => "at most ",
    };
    rows.map_or_else(|| "rows not known before reading".to_owned(), |n| format!("{worth}{} rows", grouped(n)))
}

/// 1234567 as `1 234 567`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

pub fn bytes(bytes: Option<usize>) -> String {
    let Some(bytes) = bytes else {
        return "not known before reading".to_owned();
    };
    let steps = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match steps.into_iter().find(|(size, _)| bytes as f64 >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / size),
        None => format!("{bytes} B"),
    }
}
