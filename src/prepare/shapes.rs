//! The data sets while the checks of the steps go over them.

use semola_plan::DataShape;

/// One data set.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: String,
    pub data: DataShape,
    /// Stands for all parts of a split by the values of a column, whose names are only in the data.
    pub by_values: bool,
}

impl Member {
    /// Total bytes, given the bytes per row.
    pub fn for_rows(&self, each: usize) -> usize {
        self.data.rows.unwrap_or(0).saturating_mul(each)
    }

    /// Bytes of the largest of the fields; `None` if one is not known.
    pub fn largest(&self, fields: &[String]) -> Option<usize> {
        let bytes = |name: &String| self.data.fields.get(name)?.as_ref()?.bytes(self.data.rows);
        fields.iter().try_fold(0, |most, name| Some(bytes(name)?.max(most)))
    }
}

/// The data sets that the steps of a stage change.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    pub members: Vec<Member>,
    /// Set after a split: the parts have no first one.
    pub split: bool,
}

impl Shapes {
    /// The largest number of bytes over the data sets; `None` if one is not known.
    pub fn most(&self, of: impl Fn(&Member) -> Option<usize>) -> Option<usize> {
        self.members.iter().try_fold(0, |most, member| Some(of(member)?.max(most)))
    }

    /// Bytes of the largest of the fields in any data set.
    pub fn largest(&self, fields: &[String]) -> Option<usize> {
        self.most(|member| member.largest(fields))
    }
}
