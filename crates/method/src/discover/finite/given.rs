//! The finite part of a group that is given, not discovered: matrices, and exchanges of equal blocks.

use nalgebra::DMatrix;

use super::moving::Moving;
use crate::fit::Problem;
use crate::fit::groups::GroupError;
use semola_lie::finite::{Element, FiniteGroup};
use semola_plan::Context;

/// All products of given elements, and how they move rows.
#[derive(Debug, Clone)]
pub struct Given {
    pub group: FiniteGroup,
    pub moving: Moving,
}

impl Given {
    /// Of k×k matrices, which make a group, and of exchanges of these pairs of blocks of the rows of a problem; `None` without any.
    /// Targets with such blocks are exchanged with the inputs.
    ///
    /// # Errors
    /// There is no such block, or the elements are more than a finite group may have.
    pub fn of(matrices: &[DMatrix<f64>], pairs: &[[usize; 2]], problem: &Problem) -> Result<Option<Self>, GroupError> {
        if matrices.len() < 2 && pairs.is_empty() {
            return Ok(None);
        }
        let moving = Moving::about_origin(&problem.x_layout, &problem.y_layout);
        let k = problem.x_layout.linear;
        let trivial = FiniteGroup::trivial(&moving.identity(), &DMatrix::identity(k, k), false);
        let exchanges = pairs.iter().map(|&pair| exchanged(&moving.identity(), pair));
        let all = matrices.iter().map(|m| Ok(moving.linear(m.clone()))).chain(exchanges);
        let with = |group: FiniteGroup, element: Result<Element, GroupError>| {
            let element = element?;
            match group.find(&element) {
                Some(_) => Ok(group),
                None => group.with(&element).map_err(GroupError::Closure),
            }
        };
        let group = all.into_iter().try_fold(trivial, with)?;
        Ok(Some(Self { group, moving }))
    }
}

/// Reports exchanges of a block with itself, and of blocks that are not there; rows have so many of them, if that is known.
pub fn check_exchanges(context: &mut Context<'_>, pairs: &[[usize; 2]], blocks: Option<usize>, at: &str) {
    for (i, [a, b]) in pairs.iter().enumerate() {
        let at = format!("{at}[{i}]");
        if a == b {
            context.error(&at, format!("block {a} is exchanged with itself"));
        }
        if let Some(blocks) = blocks.filter(|blocks| a.max(b) >= blocks) {
            context.error_help(&at, no_block(*a.max(b), blocks), BLOCKS);
        }
    }
}

/// The message about a block that is not there.
fn no_block(block: usize, blocks: usize) -> String {
    match blocks {
        0 => "a row has no equal blocks that could be exchanged".to_owned(),
        _ => format!("there is no block {block}: a row has {blocks} equal blocks, counted from 0"),
    }
}

/// What a block is.
const BLOCKS: &str =
    "blocks are the points of a row that all rows have, or the vectors of each field, or fields of one kind";

/// This element after an exchange of two blocks.
///
/// # Errors
/// There is no such block.
pub fn exchanged(element: &Element, [i, j]: [usize; 2]) -> Result<Element, GroupError> {
    let blocks = element.inputs.len();
    if let Some(&block) = [i, j].iter().find(|&&b| b >= blocks) {
        return Err(GroupError::Block { block, blocks });
    }
    let mut out = element.clone();
    out.inputs.swap(i, j);
    if !out.outputs.is_empty() {
        out.outputs.swap(i, j);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout};
    use semola_lie::action::Action;

    #[test]
    fn pairs_generate_all_orders_of_their_blocks() {
        let form = |width| Form { action: Action::Vector { dim: 2 }, axes: vec![width], ..Form::number() };
        let of = |targets: &[Form]| {
            let (x, y) = (Layout::arrange((2, 2), &[form(6)], None), Layout::arrange((2, 2), targets, None));
            let values = vec![0.0; y.width];
            Problem::new((vec![0.0; 6], x), (values, y), None, Loss::Mse)
        };
        let vectors = of(&[form(6)]);
        let three = Given::of(&[], &[[0, 1], [1, 2]], &vectors).unwrap().unwrap();
        assert_eq!((three.group.order(), three.group.elements[1].outputs.len()), (6, 3));
        let number = Given::of(&[], &[[0, 2]], &of(&[Form::number()])).unwrap().unwrap();
        assert_eq!((number.group.order(), number.group.elements[1].inputs.as_slice()), (2, &[2, 1, 0][..]));
        let mirror = [DMatrix::identity(2, 2), DMatrix::from_diagonal(&vec![1.0, -1.0].into())];
        assert_eq!(Given::of(&mirror, &[[0, 1]], &vectors).unwrap().unwrap().group.order(), 4);
        assert!(matches!(Given::of(&[], &[[0, 3]], &vectors), Err(GroupError::Block { block: 3, blocks: 3 })));
        assert!(Given::of(&mirror[..1], &[], &vectors).unwrap().is_none());
    }
}
