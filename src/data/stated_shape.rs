//! The shape that a flat column states in its metadata.

use arrow::datatypes::Field;

/// Shape of one row from the metadata keys `shape`, or `height`, `width` and `channels`, or Arrow's fixed-shape tensor.
pub fn stated_shape(field: &Field) -> Option<Vec<usize>> {
    let get = |key: &str| field.metadata().get(key).map(String::as_str);
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

/// `[28, 28, 1]`, `28x28` or `(28,28)`.
fn numbers_in(text: &str) -> Option<Vec<usize>> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty());
    let shape: Option<Vec<usize>> = digits.map(|s| s.parse().ok()).collect();
    shape.filter(|s| !s.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::DataType;
    use std::collections::HashMap;

    fn shape(pairs: &[(&str, &str)]) -> Option<Vec<usize>> {
        let metadata: HashMap<String, String> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        stated_shape(&Field::new("image", DataType::UInt8, false).with_metadata(metadata))
    }

    #[test]
    fn reads_the_usual_ways_to_say_it() {
        assert_eq!(shape(&[("shape", "[28, 28, 1]")]), Some(vec![28, 28, 1]));
        assert_eq!(shape(&[("height", "8"), ("width", "9")]), Some(vec![8, 9]));
        assert_eq!(shape(&[("height", "8"), ("width", "9"), ("channels", "3")]), Some(vec![8, 9, 3]));
        let tensor = ("ARROW:extension:name", "arrow.fixed_shape_tensor");
        assert_eq!(shape(&[tensor, ("ARROW:extension:metadata", "{\"shape\":[2,3]}")]), Some(vec![2, 3]));
        assert_eq!(shape(&[("height", "8")]), None);
        assert_eq!(shape(&[("shape", "?")]), None);
    }
}
