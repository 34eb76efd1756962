//! What a preparation step does, in a few words.

use super::print::grouped;
use crate::spec::types::{CenterOn, OneOrMany, Step};

/// One line about the step.
pub fn label(step: &Step) -> String {
    let fit = |fit: &Option<String>| fit.as_ref().map(|name| format!(", fitted on {name}")).unwrap_or_default();
    let list = |fields: &OneOrMany<String>| fields.as_slice().join(", ");
    match step {
        Step::Center(s) if s.on == CenterOn::Centroid => format!("center {} on each row's centroid", list(&s.fields)),
        Step::Center(s) if s.on == CenterOn::Mass => format!("center {} on each row's centre of mass", list(&s.fields)),
        Step::Center(s) => format!("center {} on the mean{}", list(&s.fields), fit(&s.fit)),
        Step::Scale(s) => format!("scale {}{}", list(&s.fields), fit(&s.fit)),
        Step::Standardise(s) => format!("standardise {}{}", list(&s.fields), fit(&s.fit)),
        Step::ElementBaseline(s) => format!("subtract a baseline by {} from {}{}", s.elements, s.field, fit(&s.fit)),
        Step::Subsample(s) => format!("keep {} random rows", grouped(s.rows)),
        Step::Split(s) => match &s.by {
            Some(column) => format!("split {} by the values of {column}", s.of),
            None => {
                let parts = s.into.iter().map(|(name, fraction)| format!("{name} {fraction}"));
                format!("split {} into {}", s.of, parts.collect::<Vec<_>>().join(", "))
            }
        },
        Step::Add(s) => match (&s.difference, &s.join) {
            (Some([a, b]), _) => format!("add {} = {a} − {b}", s.field),
            (_, Some(names)) => format!("add {} = {} end to end", s.field, names.join(", ")),
            _ => format!("add {}, constant", s.field),
        },
        Step::SamplePoints(s) => {
            format!("keep {} {:?} points of {}", s.points, s.method, list(&s.fields)).to_lowercase()
        }
        Step::Neighbours(s) => match (s.k, s.radius) {
            (Some(k), _) => format!("add {}, the vectors to the {k} nearest points of {}", s.name, s.of),
            (None, radius) => {
                let radius = radius.unwrap_or_default();
                format!("add {}, the number of points within {radius} of those of {}", s.name, s.of)
            }
        },
        Step::Normals(s) => format!("add {}, the normals of {} from {} neighbours", s.name, s.of, s.k),
        Step::UnitSphere(s) => format!("put each row of {} into the unit sphere", list(&s.fields)),
        Step::Jitter(s) => format!("add noise of {} to {}", s.size, list(&s.fields)),
        Step::Turn(s) => {
            format!("turn each row of {} at random: {}", list(&s.fields), s.by.moves().label())
        }
        Step::Rasterise(s) => format!("add {}, an image of {}×{} pixels of {}", s.name, s.size[0], s.size[1], s.of),
        Step::OneHot(s) => format!("{} = one value a class of {}{}", s.new_field(), s.field, fit(&s.fit)),
        Step::Encode(s) => format!("make class labels of {}{}", s.field, fit(&s.fit)),
        Step::Resize(s) => format!("resize {} to {}×{}", list(&s.fields), s.size[0], s.size[1]),
        Step::Pad(s) => match (s.by, s.to) {
            (_, Some([h, w])) => format!("pad {} to {h}×{w}", list(&s.fields)),
            (by, None) => format!("pad {} by {}", list(&s.fields), by.unwrap_or_default()),
        },
        Step::Crop(s) => format!("crop {} to {}×{}", list(&s.fields), s.to[0], s.to[1]),
        Step::Normalise(s) => format!("normalise {} channel by channel{}", list(&s.fields), fit(&s.fit)),
    }
}
