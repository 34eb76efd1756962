//! The list of all tables. Everything that iterates over all tables (writing, reading, comparing, the tests of the
//! documentation) follows from it; a new table is a struct in `rows.rs` and an entry here.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::datatypes::Field;

use super::error::TableError;
use super::read::{read_shapes, read_table};
use super::row::{Columns, Row};
use super::rows::*;
use super::write::TableWriter;

/// Static facts about a table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name, and its file's without `.parquet`.
    pub name: &'static str,
    /// Columns whose values identify rows; averages over runs keep them.
    pub keys: &'static [&'static str],
    /// Columns that are averaged over runs.
    pub numbers: &'static [&'static str],
    /// What its file looks like.
    pub files: Files,
    fields: fn() -> Result<Vec<Field>, TableError>,
}

/// The files of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// One file, `<table>.parquet`.
    One,
    /// One file per shape of the matrices, `<table>_<rows>x<columns>.parquet`.
    Shapes,
    /// One file with a single row, whose columns are followed by one for every setting.
    Run,
}

impl Table {
    /// The table with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Its columns in order, with their types and units ([`UNIT`](super::UNIT)), without the identity columns.
    ///
    /// # Errors
    /// Not in practice.
    pub fn fields(&self) -> Result<Vec<Field>, TableError> {
        (self.fields)()
    }
}

/// Defines [`TABLES`] and [`Tables`] from entries `table: row type { keys: […], numbers: […] }`. `in shapes` and `in run`
/// say that the table is not a plain file of rows.
macro_rules! tables {
    ($(
        $(#[$about:meta])*
        $table:ident : $row:ident $(in $files:ident)? { keys: [$($key:ident),*], numbers: [$($number:ident),*] }
    ),+ $(,)?) => {
        /// All tables.
        pub const TABLES: &[Table] = &[$(Table {
            name: stringify!($table),
            keys: &[$(stringify!($key)),*],
            numbers: &[$(stringify!($number)),*],
            files: tables!(@files $($files)?),
            fields: || Ok(<$row as Columns>::columns(&[])?.into_iter().map(|(field, _)| field).collect()),
        }),+];

        /// The rows of all tables of a run.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Tables {
            $( $(#[$about])* pub $table: Vec<$row>, )+
        }

        impl Tables {
            /// Writes all tables but `runs`: a run's row is known last, and its file holds the settings too
            /// ([`TableWriter::write_run`]).
            ///
            /// # Errors
            /// The first table that cannot be written.
            pub fn write(&self, writer: &TableWriter) -> Result<(), TableError> {
                $( tables!(@write $($files)?, writer, &self.$table); )+
                Ok(())
            }

            /// Reads all tables of a directory `tables`, of one run or of many. Those that it does not have are empty.
            ///
            /// # Errors
            /// The first table that is damaged, or has other columns.
            pub fn read(tables: &Path) -> Result<Self, TableError> {
                Ok(Self { $( $table: Row::read(tables)?, )+ })
            }
        }

        $(
            impl Row for $row {
                const TABLE: &'static str = stringify!($table);

                fn read(tables: &Path) -> Result<Vec<Self>, TableError> {
                    tables!(@read $($files)?, tables)
                }
            }

            // Keys and numbers are columns, or this does not compile.
            const _: fn(&$row) = |row| { $( let _ = &row.$key; )* $( let _ = &row.$number; )* };
        )+
    };
    (@files) => { Files::One };
    (@files shapes) => { Files::Shapes };
    (@files run) => { Files::Run };
    (@write, $writer:ident, $rows:expr) => { $writer.write($rows)?; };
    (@write shapes, $writer:ident, $rows:expr) => { $writer.write_matrices($rows)?; };
    (@write run, $writer:ident, $rows:expr) => {};
    (@read, $tables:ident) => { read_table($tables) };
    (@read shapes, $tables:ident) => { read_shapes($tables) };
    (@read run, $tables:ident) => { read_table($tables) };
}

tables! {
    /// The run.
    runs: RunRow in run { keys: [device], numbers: [seconds, cpu_seconds, peak_rss_bytes] },
    /// Measurements during training. The step follows from the epoch.
    metrics: MetricRow { keys: [stage, model, split, metric, epoch], numbers: [value] },
    /// Classes of fields.
    classes: ClassRow { keys: [split, field, index, name], numbers: [] },
    /// Entries of generators.
    generators: GeneratorRow { keys: [model, generator, row, col, accepted], numbers: [value, strength] },
    /// What was found out about the models' groups.
    groups: GroupRow {
        keys: [model],
        numbers: [rank, angle, leakage, coverage, closure_residual, excess, p_value, random_excess, skill, extent,
            breaking, breaking_bound, breaking_z, breaking_seen, moved_inside]
    },
    /// Judged directions.
    directions: DirectionRow {
        keys: [model, source, verdict],
        numbers: [strength, effect, excess, p_value, p_adjusted, extent, support, inside, breaking_z, breaking_least]
    },
    /// Sizes of the coefficient along accepted directions.
    extents: ExtentRow { keys: [model, direction, size], numbers: [effect, excess, inside] },
    /// The finite parts of the models' groups.
    finite: FiniteRow { keys: [model, verdict, name, whole], numbers: [order] },
    /// Judged elements of finite groups.
    elements: ElementRow {
        keys: [model, element_words, source, verdict],
        numbers: [misfit, effect, inside, disagreement, disagreement_bound, over_own, p_random, p_value, level, breaking_z, breaking_bound]
    },
    /// Examples moved along generators.
    orbits: OrbitRow { keys: [model, generator, example, size, field, component], numbers: [value] },
    /// Metrics on data sets.
    evaluation: EvaluationRow { keys: [model, split, shift, metric], numbers: [value] },
    /// Equivariance errors.
    equivariance: EquivarianceRow { keys: [model, split, group_source, coefficient_size], numbers: [relative_error] },
    /// Predicted numbers.
    predictions: PredictionRow { keys: [model, split, shift, row_id, field, component], numbers: [predicted, target] },
    /// Matrices of results.
    matrices: MatrixRow in shapes { keys: [model, kind, index], numbers: [] },
}

impl Tables {
    /// Counts rows that were left out (`on_invalid: drop`), as metrics `dropped.<column>` of the data set.
    pub fn count_dropped(&mut self, stage: &str, model: &str, split: &str, dropped: &BTreeMap<String, usize>) {
        self.metrics.extend(dropped.iter().map(|(column, &rows)| MetricRow {
            stage: stage.to_owned(),
            model: model.to_owned(),
            epoch: 0,
            step: 0,
            split: split.to_owned(),
            metric: format!("dropped.{column}"),
            value: rows as f64,
        }));
    }
}
