//! Networks with shapes known at run time, one file each: settings as written in a pipeline, their checks, and the
//! layers.
//!
//! A new network is a file that implements [`Net`] for its settings, and a line in the list below.

mod cnn;
mod convolution;
mod dense;
mod group_cnn;
mod image;
mod mlp;
mod points;
mod problem;
mod pyramid;

#[cfg(test)]
mod image_tests;
#[cfg(test)]
mod tests;

use dfdx::prelude::{Cpu, Tape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Kernels, Layout, Mat, ParamStore, Streams};

pub use cnn::Cnn;
pub use group_cnn::GroupCnn;
pub use mlp::Mlp;
pub use points::{Egnn, Pair, PointNet, Transformer};
pub use problem::{Field, Misfit, Problem, Whose};

/// Widest layer of a network.
const WIDEST: usize = 1 << 20;

/// Most layers, where a setting is their number.
const MOST_LAYERS: usize = 1000;

/// What a network takes as a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Values, always as many.
    Values,
    /// Points, any number of them.
    Points,
    /// An image.
    Image,
}

/// The settings of a network.
pub trait Net {
    /// As it is written in a pipeline.
    const NAME: &'static str;
    const TAKES: Takes;
    /// The network when it is built.
    type Built: Forward;

    /// The settings that are lists of widths.
    fn widths(&self) -> Vec<(&'static str, &[usize])>;

    /// What is wrong with the settings, besides widths of 0.
    fn check(&self) -> Vec<Problem>;

    /// What is wrong with its input and target fields.
    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit>;

    /// Approximate number of activations per row inside the network; `None` if unknown.
    fn inside(&self, x: &Layout, y: &Layout) -> Option<usize>;

    /// The network in a few words, between the values that it takes and gives.
    fn label(&self, input: &str, output: &str) -> String;

    /// Adds the network's parameters to `store`, with first values from `streams`, and returns the network for rows laid
    /// out as `x` and `y`.
    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Self::Built;

    /// Everything that is wrong with the settings.
    fn problems(&self) -> Vec<Problem> {
        let lists = self.widths().into_iter();
        let each = lists.flat_map(|(key, list)| list.iter().enumerate().map(move |(i, &w)| (format!("{key}[{i}]"), w)));
        let wrong = each.filter_map(|(key, width)| width_problem(&key, width));
        wrong.chain(self.check()).collect()
    }

    /// Number of parameters for rows laid out as `x` and `y`; `None` if the network cannot be built. Nothing is drawn or
    /// stored for it.
    fn parameters(&self, x: &Layout, y: &Layout) -> Option<usize> {
        self.problems().is_empty().then(|| {
            let mut store = ParamStore::counting(Cpu::default());
            self.build(x, y, &mut store, &Streams::new(0));
            store.count()
        })
    }
}

/// What is wrong with the width of a layer.
fn width_problem(key: &str, width: usize) -> Option<Problem> {
    let some = Problem::unless(width > 0, key, width, "at least 1");
    some.or_else(|| Problem::unless(width <= WIDEST, key, width, "at most 1048576"))
}

/// What is wrong with a number of layers.
fn layers_problem(layers: usize) -> Option<Problem> {
    let some = Problem::unless(layers > 0, "layers", layers, "at least 1");
    some.or_else(|| Problem::unless(layers <= MOST_LAYERS, "layers", layers, "at most 1000"))
}

/// A network that is built: its layers hold indices into a [`ParamStore`].
pub trait Forward {
    /// Rows of inputs to rows of outputs.
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>;
}

/// Makes the choice of a network, and what is done with the one chosen, of the list of all.
macro_rules! nets {
    ($($(#[$doc:meta])* $Net:ident),+ $(,)?) => {
        /// The network.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Model {
            $($(#[$doc])* $Net($Net),)+
        }

        /// A network that is built.
        #[derive(Debug, Clone)]
        pub enum Network {
            $($(#[$doc])* $Net(Box<<$Net as Net>::Built>),)+
        }

        impl Model {
            /// The names of all networks, as they are written in a pipeline.
            pub const NAMES: &[&str] = &[$($Net::NAME),+];

            /// As it is written in a pipeline.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Net(_) => $Net::NAME,)+
                }
            }

            /// What the network takes as a row.
            pub fn takes(&self) -> Takes {
                match self {
                    $(Self::$Net(_) => $Net::TAKES,)+
                }
            }

            /// See [`Net::problems`].
            pub fn problems(&self) -> Vec<Problem> {
                match self {
                    $(Self::$Net(net) => net.problems(),)+
                }
            }

            /// See [`Net::check_fields`].
            pub fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
                match self {
                    $(Self::$Net(net) => net.check_fields(inputs, targets),)+
                }
            }

            /// See [`Net::parameters`].
            pub fn parameters(&self, x: &Layout, y: &Layout) -> Option<usize> {
                match self {
                    $(Self::$Net(net) => net.parameters(x, y),)+
                }
            }

            /// Approximate number of activations per row between the layers; `None` if unknown.
            pub fn activations(&self, x: &Layout, y: &Layout) -> Option<usize> {
                let inside = match self {
                    $(Self::$Net(net) => net.inside(x, y),)+
                };
                inside.map(|inside| x.width + inside + y.width)
            }

            /// See [`Net::label`].
            pub fn label(&self, input: &str, output: &str) -> String {
                match self {
                    $(Self::$Net(net) => net.label(input, output),)+
                }
            }
        }

        impl Network {
            /// See [`Net::build`].
            pub fn build<D: Kernels>(
                model: &Model,
                x: &Layout,
                y: &Layout,
                store: &mut ParamStore<D>,
                streams: &Streams,
            ) -> Self {
                match model {
                    $(Model::$Net(net) => Self::$Net(Box::new(net.build(x, y, store, streams))),)+
                }
            }

            /// Rows of inputs to rows of outputs.
            pub fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
                match self {
                    $(Self::$Net(net) => net.forward(store, x),)+
                }
            }
        }
    };
}

nets! {
    /// A multi-layer perceptron on the flattened input fields.
    Mlp,
    /// DeepSets / PointNet: one perceptron for all points, pooled.
    PointNet,
    /// A small transformer over the points.
    Transformer,
    /// Message passing over all pairs of points on their relative vectors; nothing in it is equivariant by construction
    /// but under translations and permutations.
    Pair,
    /// Equivariant by construction under rotations, reflections and translations: message passing on distances.
    Egnn,
    /// A convolutional network on an image.
    Cnn,
    /// A group convolutional network, equivariant by construction under rotations by 90° (`c4`) or 45° (`c8`).
    GroupCnn,
}

impl Model {
    /// Whether the network takes rows of points, any number of them.
    pub fn on_points(&self) -> bool {
        self.takes() == Takes::Points
    }

    /// Whether the network takes an image.
    pub fn on_images(&self) -> bool {
        self.takes() == Takes::Image
    }
}

/// What stands inside a network, and what it takes and gives.
fn between(inside: &str, input: &str, output: &str) -> String {
    format!("{inside}, {input} → {output}")
}

/// Widths one after another.
fn arrows(widths: &[usize]) -> String {
    widths.iter().map(usize::to_string).collect::<Vec<_>>().join(" → ")
}

/// The last layers in words, where there are some.
fn head_label(widths: &[usize]) -> String {
    if widths.is_empty() { String::new() } else { format!(", head {}", arrows(widths)) }
}

/// The sum of widths, at most the largest number there is.
fn total(widths: &[usize]) -> usize {
    widths.iter().copied().fold(0, usize::saturating_add)
}
