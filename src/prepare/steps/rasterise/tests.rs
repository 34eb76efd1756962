//! Where points are drawn.

use super::*;
use crate::prepare::fixtures::{refused, shapes_after};
use crate::prepare::rows::Work;

fn draw(points: &[f64], size: [usize; 2], extent: f64, blur: f64, values: RasterValues) -> Vec<f64> {
    let text = format!(r#"{{"of": "p", "as": "i", "size": [{}, {}], "blur": {blur}}}"#, size[0], size[1]);
    let step = Rasterise { values, ..serde_json::from_str(&text).unwrap() };
    let image = step.image();
    let fitted = FittedRaster { step, extent };
    let mut out = vec![0.0; image.len()];
    Draw { fitted: &fitted, image, dim: 2 }.row(&mut (), 0, points, &mut out).unwrap();
    out
}

#[test]
fn points_count_in_their_pixels_right_is_x_and_up_is_y() {
    let points = [0.9, 0.9, 0.0, 0.0, 0.1, 0.0, -0.9, 0.9, 5.0, 0.0];
    let image = draw(&points, [3, 3], 1.0, 0.0, RasterValues::Count);
    assert_eq!(image, [1.0, 0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    let image = draw(&points, [3, 3], 1.0, 0.0, RasterValues::Density);
    assert!((image.iter().sum::<f64>() - 0.8).abs() < 1e-12, "one of five points is outside");
}

#[test]
fn a_quarter_turn_of_the_points_turns_the_image() {
    let points = [0.31, 0.12, -0.4, 0.66, 0.05, -0.71];
    let turned: Vec<f64> = points.chunks(2).flat_map(|p| [-p[1], p[0]]).collect();
    for (side, blur) in [(9, 1.2), (8, 0.7)] {
        let (a, b) = (
            draw(&points, [side, side], 1.0, blur, RasterValues::Count),
            draw(&turned, [side, side], 1.0, blur, RasterValues::Count),
        );
        for r in 0..side {
            for c in 0..side {
                // Counter-clockwise: what was on the right is at the top.
                assert!((b[r * side + c] - a[c * side + side - 1 - r]).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn a_blurred_point_keeps_its_mass_wherever_it_lies_between_pixels() {
    for x in [0.0, 0.013, 0.02, 0.049] {
        let image = draw(&[x, -x], [41, 41], 1.0, 1.5, RasterValues::Count);
        assert!((image.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn its_shapes_are_known_before_reading() {
    shapes_after(&[(
        "{rasterise: {of: flat, as: r, size: [8, 9]}}",
        "r [8, 9] Pixels(Image { height: 8, width: 9, channels: 1,",
    )]);
}

#[test]
fn it_is_checked_before_reading() {
    refused(&[
        ("{rasterise: {of: flat, as: r, size: [0, 9]}}", "an image has sides of 1 to"),
        ("{rasterise: {of: flat, as: r, size: [9, 9], axes: [0, 2]}}", "there is no axis 2"),
        ("{rasterise: {of: flat, as: r, size: [9, 9], extent: 0}}", "`extent` is 0"),
        ("{rasterise: {of: flat, as: r, size: [9, 9], blur: 10}}", "`blur` is 10"),
    ]);
}
