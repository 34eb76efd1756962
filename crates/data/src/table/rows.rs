//! The rows of every table, without the identity columns that all of them start with. A table is entered in `list.rs`.

use std::path::Path;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use arrow::record_batch::RecordBatch;

use super::cell::Matrix;
use super::error::TableError;
use super::row::{Columns, Row, cells, column, table_row};

table_row! {
    /// One measurement during training.
    MetricRow {
        /// Part of the training: `discover`, `audit`, `finish`, …
        stage: String,
        /// The model that is trained, or empty.
        model: String,
        /// Counted from 0.
        epoch: u32,
        /// Optimisation steps done when it was measured.
        step: u64,
        /// `train`, `validate`, …
        split: String,
        /// What was measured: `loss`, a metric, or `dropped.<column>` for rows that were left out.
        metric: String,
        /// In the metric's own unit.
        value: f64,
    }
}

table_row! {
    /// One class of a field: what a class number, or a component of a `one_hot` field, stands for.
    ClassRow {
        /// The data set: the one that holds the labels, or the one that the classes of `one_hot` were found in.
        split: String,
        /// Name of the field.
        field: String,
        /// The number of the class, from 0.
        index: u32,
        /// Its name in the data.
        name: String,
    }
}

table_row! {
    /// One entry of one generator matrix.
    GeneratorRow {
        /// Name of the model.
        model: String,
        /// Number of the generator, from 0, strongest first.
        generator: u32,
        /// Row of the entry, from 0.
        row: u32,
        /// Column of the entry, from 0.
        col: u32,
        /// The entry.
        value: f64,
        /// Singular value of the generator in the trained basis (1 is the cap).
        strength: f64,
        /// Does it belong to the discovered algebra?
        accepted: bool,
    }
}

table_row! {
    /// One matrix of a result, flat; all matrices of one file have the same shape.
    MatrixRow {
        /// Name of the model.
        model: String,
        /// `generator`, `direction`, `change_of_basis` or `invariant_form`.
        kind: String,
        /// Number of the generator or direction; 0 for the others.
        index: u32,
        /// Row-major values.
        matrix: Matrix,
        /// Rows and columns.
        shape: [i64; 2],
    }
}

table_row! {
    /// What was found out about one model's group.
    GroupRow {
        /// Name of the model.
        model: String,
        /// Dimension of the discovered algebra.
        rank: u32,
        /// `so(2)`, `so(1,3)`, `t(3)`, …, `unnamed` or `none`.
        name: String,
        /// `standard`, `conjugated` (a hidden form of the named group), or empty where there is no name.
        conjugacy: String,
        /// Row-major matrix S with L = S L₀ S⁻¹ for the standard form L₀; empty if there is none.
        change_of_basis: Vec<f64>,
        /// Rows (and columns) of this row's square matrices.
        side: u32,
        /// Largest share of a bracket of two generators that lies outside the span.
        closure_residual: Option<f64>,
        /// Signature of the invariant quadratic form, `(1,3)`, or empty.
        form_signature: String,
        /// Row-major matrix G with LᵀG + GL = 0; empty if there is none.
        invariant_form: Vec<f64>,
        /// The named algebra with the smallest distance.
        nearest: String,
        /// Largest principal angle to `nearest`.
        angle("rad"): Option<f64>,
        /// Share of the discovered span that lies outside `nearest`.
        leakage: Option<f64>,
        /// Share of `nearest` that the discovered span holds.
        coverage: Option<f64>,
        /// Was the algebra replaced by the exact form of `snapped_to`?
        snapped: bool,
        /// Name of that algebra, or empty.
        snapped_to: String,
        /// Excess error of the worst accepted direction.
        excess: Option<f64>,
        /// Largest p-value among the accepted directions, adjusted for all that were tested; null where the group was tested as
        /// a whole.
        p_value: Option<f64>,
        /// Excess error of each audited direction, against random directions.
        direction_excess: Vec<f64>,
        /// p-value of each audited direction, not adjusted.
        direction_p_value: Vec<f64>,
        /// Verdict on each audited direction, as in `directions`.
        direction_verdict: Vec<String>,
        /// Median excess error of random directions.
        random_excess: Option<f64>,
        /// Share of the variation of the target (of the probabilities of classes) that the audit's networks explain on rows that they have
        /// not seen: R² without the largest hundredth of squares.
        skill: Option<f64>,
        /// `accepted`, `approximate`, `none`, `undecided`, `not identifiable`, `refused: no skill`; `not tested` for generators of methods that
        /// have no test.
        verdict: String,
        /// Warnings in words.
        notes: String,
        /// The largest equivariance error that still counted as symmetric (λ_reg).
        resolution: Option<f64>,
        /// Size of the coefficient up to which nothing speaks against the symmetry on the data, the smallest of the accepted
        /// directions': the angle of a rotation in radians (π, a whole circle, is the most that is looked at), the rapidity of a boost,
        /// the logarithm of a scaling, otherwise the displacement relative to the size of the data. Null where the group was tested as a whole.
        extent: Option<f64>,
        /// Estimated share of the target's variation under moves as large that breaks the claimed group. Null if nothing was claimed.
        breaking: Option<f64>,
        /// The share that it is below, with 95 % confidence: what the rows exclude.
        breaking_bound: Option<f64>,
        /// Standard errors by which the orthogonality test's statistic lies above zero; from 2.33 on the rows contradict the group.
        breaking_z: Option<f64>,
        /// Share of the amplitude of a breaking that was put in that the networks recover.
        breaking_seen: Option<f64>,
        /// Mean weight of the moved rows in that test: 1 if the inputs are distributed alike after moving.
        moved_inside: Option<f64>,
        /// The whole group, with its finite part: `O(3)`, `C4`, `so(2) ⋊ C2`; empty if no finite part was accepted.
        whole: String,
        /// The group that was tested so and is not claimed, with its coordinates; empty if there is none, or if it is claimed.
        tested: String,
    }
}

table_row! {
    /// The finite part of one model's group.
    FiniteRow {
        /// Name of the model.
        model: String,
        /// `accepted`, `none`, `undecided`, `not identifiable`, `refused: no skill`.
        verdict: String,
        /// Number of elements with the identity; beside an algebra, of components.
        order: u32,
        /// `C4`, `D4`, `S3`, `I_h`, …; `1` if nothing was accepted.
        name: String,
        /// Of the group with its accepted algebra: `O(3)`, `so(2) ⋊ C2`; without one, the same as `name`.
        whole: String,
        /// How many elements have each order and sign of the determinant: `1+:1 2-:4 4+:2`.
        classes: String,
        /// Number of generators; their matrices are in `matrices` (kind `element`) and `elements`.
        generators: u32,
        /// Warnings in words.
        notes: String,
    }
}

table_row! {
    /// The evidence on one element of a finite group.
    ElementRow {
        /// Name of the model.
        model: String,
        /// Number of the element, from 0, in the order of the tests.
        element: u32,
        /// `catalogue`, `exchange`, `axes`, `frame`, `search`, `component` (beside an algebra), `product` (of accepted ones).
        source: String,
        /// `accepted`, `refuted`, `undecided`, `not identifiable`, `flat`, `no effect`.
        verdict: String,
        /// The element in words: `mirror of axis 1`, `turn by 90° in the plane (0,1)`, `exchange of blocks 0 and 1`.
        element_words: String,
        /// Least number of repetitions that give the identity; null if it is more than 12.
        order: Option<u64>,
        /// Determinant of the matrix.
        determinant: f64,
        /// Row-major matrix that acts on every block.
        matrix: Vec<f64>,
        /// Rows (and columns) of the matrix.
        side: u32,
        /// Where each block of the inputs comes from; empty if they stay.
        input_blocks: Vec<f64>,
        /// The same for the targets.
        target_blocks: Vec<f64>,
        /// Mean squared contradiction by the networks on the rows that it was found on.
        misfit: Option<f64>,
        /// Effect size a: probability that the error at a moved row exceeds that at its neighbour, ½ for a symmetry.
        effect: Option<f64>,
        /// Lower end of its 95 % confidence interval.
        effect_low: Option<f64>,
        /// Upper end.
        effect_high: Option<f64>,
        /// Share of moved rows that stay inside the data.
        inside: Option<f64>,
        /// Disagreement of two networks about moved rows, as a share of that about randomly moved ones.
        disagreement: Option<f64>,
        /// The share that it is below with 95 % confidence: the defect that these rows cannot exclude.
        disagreement_bound: Option<f64>,
        /// The same disagreement over that about rows as they are.
        over_own: Option<f64>,
        /// Share of random elements with no larger effect.
        p_random: Option<f64>,
        /// p-value of an effect that is not negligible; null if no claim was tested.
        p_value: Option<f64>,
        /// Level that it was compared with: all claims together have 0.05.
        level: Option<f64>,
        /// Standard errors by which the labels contradict it, where they were asked; see the column of the same name of `directions`.
        breaking_z: Option<f64>,
        /// The share of what the target varies by without meaning that breaks it is below this with 95 % confidence.
        breaking_bound: Option<f64>,
        /// Does it follow from accepted ones, while the data says nothing about it?
        by_closure: bool,
        /// Why an element that passed was not kept.
        note: String,
    }
}

table_row! {
    /// The evidence on one audited direction of the search space.
    DirectionRow {
        /// Name of the model.
        model: String,
        /// Number of the direction, from 0.
        direction: u32,
        /// Who proposed it: `audit`, `training` or (for directions that do not move the data) `support`.
        source: String,
        /// `accepted`, `refuted`, `undecided`, `not identifiable` or `no effect`.
        verdict: String,
        /// Strength of the trained basis along this direction.
        strength: Option<f64>,
        /// P(error at a moved row > error at its neighbour), ½ for a symmetry, and its confidence interval.
        effect: Option<f64>,
        /// Lower end of the interval.
        effect_low: Option<f64>,
        /// Upper end of the interval.
        effect_high: Option<f64>,
        /// Excess error and its confidence interval.
        excess: Option<f64>,
        /// Lower end of the interval.
        excess_low: Option<f64>,
        /// Upper end of the interval.
        excess_high: Option<f64>,
        /// Share of random directions with no larger effect.
        p_value: Option<f64>,
        /// The same, adjusted for all directions that were tested (family-wise).
        p_adjusted: Option<f64>,
        /// Size of the coefficient up to which nothing speaks against the symmetry on the data.
        extent: Option<f64>,
        /// Support ratio (1: as far off the data as real neighbours are) and its confidence interval.
        support: Option<f64>,
        /// Lower end of the interval.
        support_low: Option<f64>,
        /// Upper end of the interval.
        support_high: Option<f64>,
        /// Share of moved rows that stay as near to the data as its own rows are to each other.
        inside: Option<f64>,
        /// Row-major matrix.
        matrix: Vec<f64>,
        /// Its rows and columns.
        side: u32,
        /// Standard errors by which the labels speak against it, moved along it by the plain networks (orthogonality test); null
        /// where the audit had decided already.
        breaking_z: Option<f64>,
        /// Lower bound of the share of the target's variation along moves as large that breaks it; it is refuted above the
        /// tolerance.
        breaking_least: Option<f64>,
    }
}

table_row! {
    /// What is seen along an accepted direction at one size of the coefficient.
    ExtentRow {
        /// Name of the model.
        model: String,
        /// Number of the direction in `directions`.
        direction: u32,
        /// Size of the coefficient, of either sign: the angle of a rotation in radians, the rapidity of a boost, the logarithm of a
        /// scaling, otherwise the displacement relative to the size of the data.
        size: f64,
        /// P(error at a moved row > error at its neighbour), ½ for a symmetry, and its confidence interval.
        effect: Option<f64>,
        /// Lower end of the interval.
        effect_low: Option<f64>,
        /// Upper end of the interval.
        effect_high: Option<f64>,
        /// Excess error and its confidence interval.
        excess: Option<f64>,
        /// Lower end of the interval.
        excess_low: Option<f64>,
        /// Upper end of the interval.
        excess_high: Option<f64>,
        /// Share of moved rows that stay as near to the data as its own rows are to each other.
        inside: Option<f64>,
    }
}

table_row! {
    /// One value of an example, moved by a group element: what a generator does to the data.
    OrbitRow {
        /// Name of the model.
        model: String,
        /// Number of the generator in `generators`.
        generator: u32,
        /// Number of the example, from 0.
        example: u32,
        /// Size of the coefficient, as in `extents`.
        size: f64,
        /// The input.
        field: String,
        /// Number of the value within the field, from 0; of an image that of the pixel, row by row.
        component: u32,
        /// Values that belong together: the coordinates of a point or vector, the pixels of a row of an image.
        block: u32,
        /// In prepared coordinates; of an image the mean over its channels.
        value: f64,
    }
}

table_row! {
    /// One metric of one model on one data set under one shift.
    EvaluationRow {
        /// Name of the model.
        model: String,
        /// Name of the data set.
        split: String,
        /// `none` for the data as it is.
        shift: String,
        /// Name of the metric.
        metric: String,
        /// In physical units, those of the target or their square.
        value: f64,
        /// Lower end of the 95 % interval, a bootstrap over whole groups.
        ci_low: Option<f64>,
        /// Its upper end.
        ci_high: Option<f64>,
        /// Rows that were measured.
        n: u64,
    }
}

table_row! {
    /// Equivariance error of one model for group elements of one size.
    EquivarianceRow {
        /// Name of the model.
        model: String,
        /// Name of the data set.
        split: String,
        /// Where the group comes from: `learned`, `known` or `random`.
        group_source: String,
        /// Standard deviation of the coefficients of the generators.
        coefficient_size: f64,
        /// ‖f(gx) − g f(x)‖ relative to ‖f(x)‖.
        relative_error: f64,
    }
}

table_row! {
    /// One predicted number.
    PredictionRow {
        /// Name of the model.
        model: String,
        /// Name of the data set.
        split: String,
        /// `none` for the data as it is.
        shift: String,
        /// The row's number in the source files.
        row_id: u64,
        /// Name of the field.
        field: String,
        /// Number of the field's component, from 0.
        component: u32,
        /// In physical units; the number of the class where the field is a label.
        predicted: f64,
        /// The true value, likewise.
        target: f64,
    }
}

table_row! {
    /// The run itself; its settings follow as `config.<path>` columns.
    RunRow {
        /// Name of the pipeline.
        name: String,
        /// `done`: a run that is not writes no tables.
        status: String,
        /// What it ran on, as `--device` names it.
        device: String,
        /// Threads that it worked with.
        threads: u32,
        /// RFC 3339, UTC.
        started: String,
        /// Time of all attempts that came to an end.
        seconds("s"): f64,
        /// Processor time of all threads in these attempts, user and system; null where the system does not tell.
        cpu_seconds("s"): Option<f64>,
        /// Largest resident memory of any attempt; null where the system does not tell.
        peak_rss_bytes("B"): Option<u64>,
    }
}
