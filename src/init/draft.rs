//! A pipeline while it is thought up.

use super::words::{listed, quoted, slug};

/// A piece of the file with the comment above it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Noted {
    pub text: String,
    pub note: String,
    /// A guess that the user should check.
    pub check: bool,
}

/// A piece with its reason.
pub fn noted(text: impl Into<String>, note: impl Into<String>) -> Noted {
    Noted { text: text.into(), note: note.into(), check: false }
}

/// A piece that is a guess.
pub fn guess(text: impl Into<String>, note: impl Into<String>) -> Noted {
    Noted { check: true, ..noted(text, note) }
}

/// A field of the `read` stage.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDraft {
    pub name: String,
    /// The columns, one or several that are grouped.
    pub columns: Vec<String>,
    /// Settings besides the columns, such as `action: vector, dim: 3`.
    pub settings: String,
    pub note: String,
    pub check: bool,
}

impl FieldDraft {
    /// A field that is one column, under the column's name.
    pub fn of(column: &str, settings: impl Into<String>, note: impl Into<String>) -> Self {
        let (name, columns) = (slug(column), vec![column.to_owned()]);
        Self { name, columns, settings: settings.into(), note: note.into(), check: false }
    }

    /// Under another name.
    pub fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// `{column: x, action: vector, dim: 2}`.
    pub fn yaml(&self) -> String {
        let column = match self.columns.as_slice() {
            [one] if *one == self.name => None,
            [one] => Some(format!("column: {}", quoted(one))),
            several => Some(format!("columns: {}", listed(several))),
        };
        let settings = Some(self.settings.clone()).filter(|s| !s.is_empty());
        format!("{{{}}}", column.into_iter().chain(settings).collect::<Vec<_>>().join(", "))
    }
}

/// A pipeline while it is thought up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// What the data seems to be, in a few words.
    pub kind: String,
    /// Remarks at the top.
    pub story: Vec<String>,
    pub fields: Vec<FieldDraft>,
    /// Further settings of the `read` stage.
    pub read: Vec<Noted>,
    /// Rows of an example in the long format; 1 otherwise.
    pub rows_an_example: f64,
    /// Preparation steps; numbers are fitted on the training data.
    pub steps: Vec<Noted>,
    pub inputs: Vec<String>,
    pub targets: Vec<String>,
    /// `residual`, `loss`.
    pub task: Vec<Noted>,
    pub model: Noted,
    pub batch: usize,
    /// Settings of `augment: {learned: …}`; `None` if there is nothing for a group to act on.
    pub learned: Option<Noted>,
    /// Learning rate of the basis, if the default is not the best.
    pub basis_lr: Option<&'static str>,
    /// The group that such data usually has: trained along if sure, otherwise a comment.
    pub known: Option<Noted>,
    /// A stage to add, as a comment.
    pub reference: Option<Noted>,
    pub shifts: Vec<Noted>,
}

impl Draft {
    /// An empty draft.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), rows_an_example: 1.0, batch: 128, ..Self::default() }
    }

    /// Adds a field that is an input.
    pub fn input(&mut self, field: FieldDraft) {
        self.inputs.push(field.name.clone());
        self.fields.push(field);
    }

    /// Adds a field that is a target.
    pub fn target(&mut self, field: FieldDraft) {
        self.targets.push(field.name.clone());
        self.fields.push(field);
    }

    /// A name that no field has yet.
    pub fn free_name(&self, wish: &str) -> String {
        let taken = |name: &str| self.fields.iter().any(|f| f.name == name);
        let more = (2..).map(|i| format!("{wish}_{i}"));
        std::iter::once(wish.to_owned()).chain(more).find(|name| !taken(name)).unwrap_or_default()
    }

    /// Columns that a field is made of.
    pub fn uses(&self, column: &str) -> bool {
        self.fields.iter().any(|f| f.columns.iter().any(|c| c == column))
    }
}
