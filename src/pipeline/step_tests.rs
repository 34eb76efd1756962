//! Steps on points, classes and images, and shifts of them: which errors, and what `check` says comes out.

use super::tests::{errors, plan, train, with};
use super::{Memory, Plan, PlannedStage};

const MORE: &str = "read: {as: more, path: c.parquet, fields: {cloud: {action: points}, loose: {action: points}, force: {column: loose, action: vector}, z: {}, e: {}, class: {labels: true}, image: {column: pixels, action: pixels}, mask: {column: pixels, action: pixels}, flat: {column: x, action: points, dim: 2}, jet: {column: four_momenta, action: vector}, ten: {column: x, action: vector, dim: 8}}}";

fn prepared(steps: &str) -> String {
    with(&[MORE, &format!("prepare: {{from: more, steps: [{steps}]}}")])
}

/// `name shape` of every field after the steps.
fn shapes(plan: &Plan) -> String {
    let PlannedStage::Prepare(prepare) = &plan.stages[3] else { panic!("stage 3 prepares") };
    let show = |(name, field): (&String, &Option<super::FieldShape>)| {
        let field = field.as_ref().unwrap();
        format!("{name} {} {:?};", field.shape, field.action)
    };
    prepare.produces[0].1.fields.iter().map(show).collect()
}

#[test]
fn shapes_after_each_step_are_known() {
    let cases = [
        ("{sample_points: {fields: [loose, z], points: 6}}", "loose ragged (any number of points [3])"),
        ("{sample_points: {fields: [loose, z], points: 6, fewer: drop}}", "loose [6, 3] Points"),
        ("{sample_points: {fields: [loose, z], points: 6, fewer: error}}", "z [6] Scalar"),
        ("{sample_points: {fields: cloud, points: 5}}", "cloud [5, 3] Points"),
        ("{sample_points: {fields: flat, points: 3}}", "flat [6] Points { dim: 2 }"),
        ("{neighbours: {of: cloud, k: 4, as: near}}", "near [9, 4, 3] Vector { dim: 3 }"),
        ("{neighbours: {of: loose, k: 4, as: near}}", "near ragged (any number of points [4, 3]) Vector { dim: 3 }"),
        ("{neighbours: {of: loose, radius: 2, as: near}}", "near ragged (any number of single numbers) Scalar"),
        ("{normals: {of: cloud, as: n}}", "n [9, 3] Vector { dim: 3 }"),
        ("{rasterise: {of: flat, as: r, size: [8, 9]}}", "r [8, 9] Pixels(Image { height: 8, width: 9, channels: 1,"),
        ("{one_hot: {field: z, as: h}}", "h ragged (any number of points [?]) Scalar"),
        ("{one_hot: {field: z, as: h, classes: [1, 6, 8]}}", "h ragged (any number of points [3]) Scalar"),
        ("{one_hot: {field: class, as: h}}", "h [10] Scalar"),
        ("{encode: {field: e}}", "e one number Scalar"),
        ("{resize: {fields: [image, mask], size: [14, 7]}}", "mask [14, 7] Pixels(Image { height: 14, width: 7, "),
        ("{pad: {fields: image, by: 2}}", "image [32, 32] Pixels(Image { height: 32, width: 32, "),
        ("{crop: {fields: image, to: [20, 24], at: random}}", "image [20, 24] Pixels"),
        (
            "{unit_sphere: {fields: loose}}, {center: {fields: loose, on: mass, elements: z}}, {turn: {fields: [loose, force, cloud], by: {rotate: {degrees: 30}}}}, {jitter: {fields: loose, size: 0.1}}, {normalise: {fields: image}}",
            "loose ragged",
        ),
    ];
    for (step, wanted) in cases {
        let plan = plan(&prepared(step)).unwrap_or_else(|e| panic!("{step}: {e}"));
        let shapes = shapes(&plan);
        assert!(shapes.contains(wanted), "{step}: {shapes}");
        let worth = if step.contains("fewer: drop") { "at most " } else { "" };
        assert!(plan.to_string().contains(&format!("→ more: {worth}1 000 rows")), "{plan}");
    }
}

#[test]
fn steps_are_checked_before_anything_is_read() {
    let cases = [
        (
            "{sample_points: {fields: [cloud, z], points: 5}}",
            "field 'z': a row is ragged (any number of single numbers), which has no values at each of 9 points",
        ),
        ("{sample_points: {fields: z, points: 5}}", "field 'z': it does not say where points are"),
        ("{sample_points: {fields: cloud, points: 0}}", "`points` is 0"),
        ("{sample_points: {fields: cloud, points: 12, fewer: error}}", "rows of data set 'more' have only 9 points"),
        ("{neighbours: {of: cloud, as: near}}", "give one"),
        ("{neighbours: {of: cloud, k: 3, radius: 1, as: near}}", "give one"),
        ("{neighbours: {of: colud, k: 3, as: near}}", "no field 'colud'; did you mean 'cloud'?"),
        ("{neighbours: {of: cloud, k: 3, as: z}}", "has a field 'z' already"),
        ("{neighbours: {of: ten, k: 3, as: near}}", "up to 4 dimensions, but 'ten' has 8"),
        ("{normals: {of: jet, as: n}}", "in two or three dimensions, but 'jet' has 4"),
        ("{unit_sphere: {fields: e}}", "no points to take a centroid of"),
        ("{center: {fields: cloud, on: mass}}", "needs to know the atoms"),
        ("{center: {fields: cloud, on: centroid, elements: z}}", "`on: mass` only"),
        ("{jitter: {fields: class, size: 1}}", "holds class labels"),
        ("{jitter: {fields: cloud, size: -1}}", "`size` is -1"),
        ("{turn: {fields: [z], by: {rotate: uniform}}}", "field 'z' is scalar: nothing turns it"),
        ("{turn: {fields: [cloud, flat], by: {rotate: uniform}}}", "'cloud' has dimension 3 and 'flat' has 2"),
        ("{turn: {fields: [cloud], by: {group: {group: so(9)}}}}", "there is no group 'so(9)' on R^3"),
        ("{turn: {fields: [jet], by: {boost: {rapidity: 1, time: 4}}}}", "there is no axis 4"),
        ("{turn: {fields: [jet], by: {rotate: {axes: [1, 1, 2]}}}}", "axis 1 is named twice"),
        ("{turn: {fields: [jet], by: {rotate: {plane: [1, 2], axes: [1, 2]}}}}", "give `plane` or `axes`, not both"),
        ("{rasterise: {of: flat, as: r, size: [0, 9]}}", "an image has sides of 1 to"),
        ("{rasterise: {of: flat, as: r, size: [9, 9], axes: [0, 2]}}", "there is no axis 2"),
        ("{rasterise: {of: flat, as: r, size: [9, 9], extent: 0}}", "`extent` is 0"),
        ("{rasterise: {of: flat, as: r, size: [9, 9], blur: 10}}", "`blur` is 10"),
        ("{one_hot: {field: cloud, as: h}}", "only scalars are classes"),
        ("{one_hot: {field: z, as: h, classes: [1, 1]}}", "class 1 is named twice"),
        ("{one_hot: {field: class, as: h, classes: [1]}}", "leave `classes` out"),
        (
            "{standardise: {fields: e}}, {encode: {field: e}}",
            "was changed by stages[3].prepare.steps[0].standardise before",
        ),
        ("{encode: {field: class}}", "it holds class labels already"),
        ("{encode: {field: z}}", "class labels are one value a row"),
        ("{resize: {fields: cloud, size: [3, 3]}}", "it is no image"),
        ("{resize: {fields: image, size: [0, 3]}}", "an image has sides of 1 to"),
        ("{pad: {fields: image}}", "give `by` (pixels on every side) or `to`"),
        ("{pad: {fields: image, to: [20, 40]}}", "larger than 20×40; use `crop`"),
        ("{pad: {fields: image, by: 18446744073709551615}}", "larger than 32768 pixels"),
        ("{crop: {fields: image, to: [29, 20]}}", "smaller than 29×20; use `pad` or `resize`"),
        ("{normalise: {fields: cloud}}", "field 'cloud' is no image"),
    ];
    for (step, wanted) in cases {
        let found = errors(&prepared(step));
        assert!(found.len() == 1 && found[0].contains(wanted), "{step}: {found:?}");
    }
}

#[test]
fn turned_and_noisy_data_may_be_compared_with_data_as_it_is() {
    let text = with(&[
        "prepare: {from: train, steps: [{turn: {fields: [x, y], by: {rotate: uniform}}}, {jitter: {fields: x, size: 0.1}}]}",
        &train(""),
        "evaluate: {models: m, on: test}",
    ]);
    plan(&text).unwrap_or_else(|e| panic!("{e}"));
    let warned = plan(&text.replace("[x, y], by", "[x], by")).unwrap().warnings.to_string();
    assert!(warned.contains("field 'y' is not turned with the others"), "{warned}");
}

#[test]
fn shifts_of_four_momenta() {
    let model = train("input: jet, target: e").replace("from: train", "from: more");
    let with_shift =
        |shift: &str| with(&[MORE, &model, &format!("evaluate: {{models: m, on: more, shifts: [{shift}]}}")]);
    let good = [
        ("{boost: {rapidity: 1}}", "boost ±1"),
        ("{boost: {rapidity: 1, time: 3}}", "boost ±1 (time 3)"),
        ("{rotate: {axes: [1, 2, 3]}}", "rotate uniform (1,2,3)"),
        ("{rotate: {axes: [1, 2, 3], degrees: 20}}", "rotate ±20° (1,2,3)"),
        ("{rotate: {degrees: 20}}", "rotate ±20°"),
        ("{rotate: {plane: [1, 2], degrees: 20}}", "rotate ±20° (1,2)"),
    ];
    for (shift, label) in good {
        let plan = plan(&with_shift(shift)).unwrap_or_else(|e| panic!("{shift}: {e}"));
        assert!(plan.to_string().contains(&format!("shifts: {label};")), "{plan}");
    }
    let bad = [
        ("{boost: {rapidity: 0}}", "`rapidity` is 0"),
        ("{boost: {rapidity: 1, time: 9}}", "there is no axis 9"),
        ("{rotate: {axes: [4, 1]}}", "there is no axis 4"),
        ("{rotate: {axes: [1]}}", "two axes or more"),
        ("{rotate: {}}", "the rotation says nothing"),
    ];
    for (shift, wanted) in bad {
        let found = errors(&with_shift(shift));
        assert!(found.len() == 1 && found[0].contains(wanted), "{shift}: {found:?}");
    }
}

#[test]
fn memory_is_stated_from_what_the_files_say() {
    let none = Memory::of(&plan(&prepared("{scale: {fields: cloud}}")).unwrap());
    let more = Memory::of(&plan(&prepared("{pad: {fields: image, to: [56, 56]}}")).unwrap());
    let image = 1000 * 28 * 28 * 4;
    assert_eq!(more.data.unwrap() - none.data.unwrap(), 3 * image);
    assert!(
        more.peak.unwrap() >= none.data.unwrap() + 4 * image,
        "the old images are there while the new ones are made"
    );
    let open = Memory::of(&plan(&prepared("{one_hot: {field: z, as: h}}")).unwrap());
    assert_eq!(open.data, None, "the number of classes is not known");
}
