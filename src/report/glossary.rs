//! What the words of the page mean.

use minijinja::Value;

use super::view::pairs;

const WORDS: [(&str, &str); 17] = [
    (
        "accepted",
        "The rows do not contradict the symmetry, and exclude that more than the tolerance of the target's variation breaks it.",
    ),
    ("approximate", "As accepted, but the rows exclude only a breaking of a few times the tolerance."),
    ("undecided", "The rows neither contradict the symmetry nor exclude a breaking that matters."),
    ("not identifiable", "Moved examples lie where there are no data, so that nothing can be said from these rows."),
    ("refuted", "Moved examples have other labels than the symmetry says."),
    ("none", "No direction of the search space is a symmetry."),
    ("invariant, equivariant", "The target stays as it is when the inputs are moved; or it moves along with them."),
    (
        "generator",
        "A matrix L. Its exponentials exp(tL) are the elements of a one-parameter group: rotations by the angle t, boosts by the rapidity t, changes of scale by the factor e^t.",
    ),
    (
        "breaking, bound, tolerance",
        "The share of what the target varies by, under moves as large, that contradicts the symmetry; the share that it lies below with 95 % confidence; and the share up to which it does not matter (audit.tolerance).",
    ),
    ("skill", "The share of the target's variation that the networks explain on rows that they have not seen."),
    ("excess error", "The error on moved examples over that at real neighbours, less 1: 0 under a symmetry."),
    (
        "random directions that do as well",
        "A p-value: the smaller, the better a symmetry is supported. Its smallest value is one over the number of random directions plus one.",
    ),
    ("second look", "A test of a whole group by training along it, where networks cannot extrapolate to moved data."),
    (
        "invariant quadratic form",
        "A matrix G with x ↦ xᵀGx unchanged by the group. Its signature counts positive and negative squares: (1,3) for Lorentz transformations.",
    ),
    (
        "hidden coordinates, change of basis",
        "The group acts as the named one after a linear change of coordinates S: L = S L₀ S⁻¹.",
    ),
    ("better, worse, no clear difference", "Whether the 95 % intervals of two models are apart, or overlap."),
    ("shift", "A stated change of the test data, such as a rotation of every example."),
];

/// The words, each with its meaning.
pub(super) fn glossary() -> Value {
    pairs(WORDS.iter().map(|(word, meaning)| ((*word).to_owned(), (*meaning).to_owned())))
}
