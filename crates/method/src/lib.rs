//! The method, without files: training along groups and along learnable augmentations, and discovery of the groups.
//!
//! | module | what it holds |
//! |---|---|
//! | [`motion`] | how group elements are drawn, with their settings |
//! | [`fit`] | one training run: problem, augmentations, checkpoints |
//! | [`discover`] | which directions of a search space are symmetries, and with what confidence |
//!
//! It is one unit of compilation: its loops call small functions of many modules, which are inlined only within a unit.

pub mod discover;
pub mod fit;
pub mod motion;
