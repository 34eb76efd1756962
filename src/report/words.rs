//! Verdicts in words.

use crate::finding::{Unit, unit};
use crate::member::Status;
use crate::words::number::short;
use semola_data::table::{DirectionRow, GroupRow};
use semola_method::discover::verdict::{Tone, Verdict};

/// A number with four significant digits; a dash where it is unknown.
pub(super) fn number(value: Option<f64>) -> String {
    value.filter(|value| !value.is_nan()).map_or_else(|| "–".to_owned(), |value| short(value, 4))
}

/// A value with its confidence interval.
pub(super) fn interval(value: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", number(value), number(Some(low)), number(Some(high))),
        _ => number(value),
    }
}

/// A length of time.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..100 => format!("{} s", short(seconds, 3)),
        100..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

/// Good, bad or open: the colour of a verdict.
pub(super) fn tone(verdict: &str) -> &'static str {
    Verdict::parse(verdict).map_or(Tone::Open, Verdict::tone).class()
}

/// The colour of a run's state.
pub(super) fn state_tone(status: Status) -> &'static str {
    match status {
        Status::Done => Tone::Good,
        Status::Failed => Tone::Bad,
        Status::Running | Status::Interrupted => Tone::Open,
    }
    .class()
}

/// The figures behind a verdict: label and value.
pub(super) fn facts(group: &GroupRow) -> Vec<(&'static str, String)> {
    let share = |value: Option<f64>| value.map(|value| format!("{} %", short(100.0 * value, 3)));
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let snapped = group.snapped.then(|| format!("yes, to {}", group.snapped_to));
    let form = text(&group.form_signature).map(|signature| format!("signature {signature}"));
    let p_value = match group.p_value {
        Some(value) => Some(format!("{} (the lower, the better the symmetry is supported)", short(value, 2))),
        None if Verdict::parse(&group.verdict).is_some_and(Verdict::claims) => {
            Some("none: the group was tested as a whole".to_owned())
        }
        None => None,
    };
    let facts = [
        ("dimension", Some(group.rank.to_string())),
        ("nearest named algebra", text(&group.nearest)),
        ("largest angle to it", group.angle.map(|angle| format!("{}°", short(angle.to_degrees(), 3)))),
        ("leakage out of it", share(group.leakage)),
        ("coverage of it", share(group.coverage)),
        ("closure residual", group.closure_residual.map(|value| short(value, 3))),
        ("invariant quadratic form", form),
        ("replaced by the exact form", snapped),
        (
            "worst excess error",
            group.excess.map(|value| format!("{} (0: as at the neighbours of the data)", short(value, 3))),
        ),
        ("largest p-value", p_value),
        ("holds up to", group.extent.map(|value| extent(value, &group.name))),
        (
            "skill of the network",
            group
                .skill
                .map(|value| format!("{} (the share of the target's variation that it explains)", short(value, 3))),
        ),
        ("resolution λ", group.resolution.map(|value| short(value, 3))),
    ];
    facts.into_iter().filter_map(|(label, value)| value.map(|value| (label, value))).collect()
}

/// What speaks for the verdict on a direction.
pub(super) fn why(row: &DirectionRow) -> &'static str {
    match Verdict::parse(&row.verdict) {
        Some(Verdict::Accepted) if row.p_adjusted.is_some_and(|p| p >= 1.0) => {
            "accepted with the group that it belongs to"
        }
        Some(Verdict::Accepted) => "the error does not grow along it",
        Some(Verdict::Refuted) if row.breaking_z.is_some_and(|z| z > 2.326) => {
            "the labels of moved examples contradict it"
        }
        Some(Verdict::Refuted) => "the error grows along it",
        Some(Verdict::Undecided) => "the interval is too wide, or random directions do as well",
        Some(Verdict::NotIdentifiable) => "it leads to where there are no data",
        Some(Verdict::NoEffect) => "it does not move the data",
        _ => "",
    }
}

/// A small matrix, row below row.
pub(super) fn matrix_words(matrix: &[f64], side: usize) -> String {
    let cell = |value: &f64| if value.abs() < 5e-4 { "0".to_owned() } else { short(*value, 2) };
    let row = |row: &[f64]| row.iter().map(|value| format!("{:>9}", cell(value))).collect::<String>();
    matrix.chunks(side).map(row).collect::<Vec<_>>().join("\n")
}

/// A size with its unit.
pub(super) fn extent(size: f64, name: &str) -> String {
    let unit = unit(name);
    let shown = short(unit.shown(size), 3);
    match unit {
        Unit::Angle => format!("{shown}°"),
        Unit::Rapidity => format!("{shown} (rapidity of boosts, radians of rotations)"),
        Unit::Factor => format!("a factor of {shown}"),
        Unit::Displacement => format!("{shown} (share of the data's size)"),
        Unit::Mixed => {
            format!("{shown} (radians, rapidities, logarithms of factors, otherwise shares of the data's size)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_labels_and_units() {
        let group = |verdict: &str, name: &str| GroupRow {
            verdict: verdict.into(),
            name: name.into(),
            conjugacy: "conjugated".into(),
            rank: 2,
            nearest: "so(3)".into(),
            angle: Some(std::f64::consts::FRAC_PI_4),
            ..GroupRow::default()
        };
        assert_eq!(facts(&group("none", ""))[2], ("largest angle to it", "45°".to_owned()));
        let fact = |group: &GroupRow, label: &str| facts(group).into_iter().find(|f| f.0 == label).map(|f| f.1);
        let whole = group("accepted", "so(2)[0,2]+so(3)");
        assert_eq!(fact(&whole, "largest p-value").unwrap(), "none: the group was tested as a whole");
        assert_eq!(fact(&group("none", ""), "largest p-value"), None);
        let sized =
            |name: &str| fact(&GroupRow { extent: Some(0.5), ..group("accepted", name) }, "holds up to").unwrap();
        assert_eq!(sized("so(2)[0,2]+so(3)"), "28.6°");
        assert!(sized("so(1,3)").contains("rapidity") && sized("scale").contains("factor"));
        assert!(
            sized("t(3)").contains("share") && sized("se(3)").contains("otherwise") && sized("").contains("otherwise")
        );
        assert_eq!(interval(Some(0.5), Some(0.25), None), "0.5");
        assert_eq!(interval(Some(0.5), Some(0.25), Some(1.0)), "0.5 [0.25, 1]");
        assert_eq!(number(Some(f64::NAN)), "–");
        assert_eq!([duration(1.234), duration(125.0), duration(7260.0)], ["1.23 s", "2 min 05 s", "2 h 01 min"]);
    }
}
