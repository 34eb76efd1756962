//! The shape that a flat column states in its metadata.

use arrow::datatypes::Metadata;

/// Arrow's names for columns of tensors.
const TENSORS: [&str; 2] = ["arrow.fixed_shape_tensor", "arrow.variable_shape_tensor"];

/// Shape of one row from the metadata keys `shape`, or `height`, `width` and `channels`, or Arrow's fixed-shape tensor.
///
/// Shapes with an axis of 0, or with more numbers than can be counted, state nothing.
pub fn stated_shape(metadata: &Metadata) -> Option<Vec<usize>> {
    let shape = stated(metadata)?;
    let size = shape.iter().try_fold(1_usize, |size, axis| size.checked_mul(*axis));
    size.is_some_and(|n| n > 0).then_some(shape)
}

fn stated(metadata: &Metadata) -> Option<Vec<usize>> {
    let get = |key: &str| metadata.get(key).map(String::as_str);
    if let Some(shape) = get("shape") {
        return numbers_in(shape);
    }
    if let (Some(height), Some(width)) = (get("height"), get("width")) {
        let sides = [Some(height), Some(width), get("channels")];
        return sides.into_iter().flatten().map(|s| s.trim().parse().ok()).collect();
    }
    let tensor = get("ARROW:extension:name") == Some("arrow.fixed_shape_tensor");
    let settings: serde_json::Value = serde_json::from_str(get("ARROW:extension:metadata").filter(|_| tensor)?).ok()?;
    let side = |v: &serde_json::Value| v.as_u64().and_then(|n| usize::try_from(n).ok());
    settings.get("shape")?.as_array()?.iter().map(side).collect()
}

/// Whether a column is a tensor whose axes are stored in another order than they are meant.
pub fn is_permuted(metadata: &Metadata) -> bool {
    let get = |key: &str| metadata.get(key).map(String::as_str);
    let tensor = get("ARROW:extension:name").is_some_and(|name| TENSORS.contains(&name));
    let settings = get("ARROW:extension:metadata").filter(|_| tensor);
    let settings = settings.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let order = settings.as_ref().and_then(|s| s.get("permutation")).and_then(|p| p.as_array());
    order.is_some_and(|axes| axes.iter().enumerate().any(|(i, axis)| axis.as_u64() != Some(i as u64)))
}

/// `[28, 28, 1]`, `28x28` or `(28,28)`.
fn numbers_in(text: &str) -> Option<Vec<usize>> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty());
    let shape: Option<Vec<usize>> = digits.map(|s| s.parse().ok()).collect();
    shape.filter(|s| !s.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pairs: &[(&str, &str)]) -> Option<Vec<usize>> {
        stated_shape(&pairs.iter().copied().collect())
    }

    #[test]
    fn reads_the_usual_ways_to_say_it() {
        assert_eq!(shape(&[("shape", "[28, 28, 1]")]), Some(vec![28, 28, 1]));
        assert_eq!(shape(&[("height", "8"), ("width", "9")]), Some(vec![8, 9]));
        assert_eq!(shape(&[("height", "8"), ("width", "9"), ("channels", "3")]), Some(vec![8, 9, 3]));
        let tensor = ("ARROW:extension:name", "arrow.fixed_shape_tensor");
        assert_eq!(shape(&[tensor, ("ARROW:extension:metadata", "{\"shape\":[2,3]}")]), Some(vec![2, 3]));
        let metadata = |text| [tensor, ("ARROW:extension:metadata", text)].into_iter().collect();
        assert!(is_permuted(&metadata("{\"shape\":[2,3],\"permutation\":[1,0]}")));
        assert!(!is_permuted(&metadata("{\"shape\":[2,3],\"permutation\":[0,1]}")) && !is_permuted(&metadata("{}")));
        assert_eq!(shape(&[("height", "8")]), None);
        assert_eq!(shape(&[("shape", "?")]), None);
        assert_eq!(shape(&[("shape", "0x3")]), None);
        assert_eq!(shape(&[("height", "9999999999999"), ("width", "9999999999999")]), None);
    }
}
