//! Requirements of networks on points on their fields.

use crate::nets::{Field, Misfit, Whose};
use crate::{Form, Layout};
use semola_lie::action::Action;

/// Some input says where the points are, and as many of them as targets have; none is an image. `also` is what the network
/// itself finds wrong with the target of that index.
pub(super) fn fields(
    name: &str,
    inputs: &[Field],
    targets: &[Field],
    also: impl Fn(usize, &Field) -> Option<Misfit>,
) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    let placed = |f: &Form| matches!(f.action, Action::Points { .. } | Action::Vector { .. });
    if !inputs.iter().any(|f| placed(&f.form) && (f.form.ragged || f.form.points().is_some())) {
        let message = format!("`{name}` needs an input that says where the points are");
        let help = "give one input `action: points` (or `vector`), with one block a point";
        misfits.push(Misfit::new(Whose::Inputs, message).help(help));
    }
    if let Some(image) = inputs.iter().find(|f| matches!(f.form.action, Action::Pixels(_))) {
        let message = format!("`{name}` takes points, but field '{}' is an image", image.name);
        misfits.push(Misfit::new(Whose::Inputs, message).help("use `cnn` or `group_cnn` for images"));
    }
    let ragged = inputs.iter().any(|f| f.form.ragged);
    for (i, target) in targets.iter().enumerate() {
        if target.form.ragged && !ragged {
            let name = &target.name;
            let message =
                format!("target '{name}' has a value at each of a varying number of points, but no input has");
            misfits.push(Misfit::new(Whose::Target(i), message));
        }
        misfits.extend(also(i, target));
    }
    misfits
}

/// Points that a row has room for.
pub(super) fn points(x: &Layout) -> usize {
    x.points.map_or(1, |p| p.most)
}
