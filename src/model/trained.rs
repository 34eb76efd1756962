//! A trained model and what it was made from.

use nalgebra::DMatrix;
use semola_engine::{Layout, nets};

use super::lineage::{FieldForm, Lineage};
use super::task::Task;
use semola_method::discover::Discovered;
use semola_method::discover::finite;
use semola_method::fit::Trained;
use semola_method::motion::KnownGroup;

/// A trained model with what is needed to use it on other data.
pub struct Model {
    pub task: Task,
    pub trained: Trained,
    /// The given group (`augment: known`).
    pub known: Option<KnownGroup>,
    /// Its finite part, if it has one that can be listed.
    pub components: Option<finite::Given>,
    /// What was discovered (`augment: learned`).
    pub discovered: Option<Discovered>,
    /// Generators that the model was trained along: the given group's, or the accepted ones.
    pub generators: Vec<DMatrix<f64>>,
    pub origin: Origin,
}

/// What a model was made from, so that it can be used without its training data.
pub struct Origin {
    /// Settings of the network.
    pub network: nets::Model,
    /// Where the training data comes from.
    pub lineage: Lineage,
    /// How rows of inputs and outputs are laid out.
    pub x_layout: Layout,
    pub y_layout: Layout,
    /// Prepared inputs and targets, in the order of the task.
    pub inputs: Vec<FieldForm>,
    pub targets: Vec<FieldForm>,
}
