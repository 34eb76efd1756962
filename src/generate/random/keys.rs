//! The properties of a random task: their names, values and distributions.

/// A property that is drawn, and that `--like` can fix.
pub(super) struct Key {
    pub name: &'static str,
    /// Values or range.
    #[cfg_attr(not(test), expect(dead_code, reason = "compared with the documentation"))]
    pub values: &'static str,
}

const fn key(name: &'static str, values: &'static str) -> Key {
    Key { name, values }
}

/// All properties, in the order of `docs/random.md`, which states their distributions.
pub(super) const KEYS: &[Key] = &[
    key("control", "no, generic, broken"),
    key(
        "algebra",
        "none, some, rotations, lorentz, product, scaling, similarity, unitary, circle, special, symplectic, shear, translations, euclidean",
    ),
    key("base", "as algebra, without none and some"),
    key("breaking", "0.001 to 0.9"),
    key("finite", "none, mirror, inversion, c3, c4, c6, d3, d4, exchange"),
    key("finite_breaking", "0 to 0.9"),
    key("k", "2 to 5"),
    key("condition", "1 to 5"),
    key("representation", "vectors, points, clouds, tensors, covectors, mixed"),
    key("fields", "1 to 4"),
    key("target", "invariant, equivariant"),
    key("space", "gl, affine"),
    key("activation", "tanh, sine"),
    key("roughness", "0.1 to 3"),
    key("law", "gaussian, anisotropic, shell, sphere, mixture, trajectories"),
    key("rows", "10 to 10000000"),
    key("noise", "0.05 to 1"),
    key("tails", "none, gaussian, student"),
    key("outliers", "0 to 0.2"),
    key("repeats", "1 to 20"),
    key("group", "no, yes"),
    key("units", "no, yes"),
];
