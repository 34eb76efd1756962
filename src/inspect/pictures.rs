//! Encoded pictures in a column: formats and sizes, from their headers.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, AsArray};
use serde_json::{Value, json};

use semola_data::picture::Header;
use semola_data::{Encoded, is_pictures};

/// What the headers said, gathered batch by batch.
#[derive(Default)]
pub(super) struct Pictures {
    formats: BTreeSet<&'static str>,
    /// Smallest and largest height, width and number of channels.
    sizes: Option<[(usize, usize); 3]>,
    unreadable: u64,
}

impl Pictures {
    /// Takes in one batch; only binary columns are read, and the `bytes` of a structure.
    pub fn add(&mut self, array: &ArrayRef) {
        if !is_pictures(array.data_type()) || array.as_struct_opt().is_some() {
            return;
        }
        let Ok(encoded) = Encoded::of(array) else { return };
        for header in encoded.headers().flatten() {
            match header {
                Ok(header) => self.add_header(&header),
                Err(_) => self.unreadable += 1,
            }
        }
    }

    fn add_header(&mut self, header: &Header) {
        self.formats.insert(header.format);
        let here = [header.height, header.width, header.channels];
        let sizes = self.sizes.get_or_insert(here.map(|n| (n, n)));
        sizes.iter_mut().zip(here).for_each(|(size, n)| *size = (size.0.min(n), size.1.max(n)));
    }

    /// Nothing where no picture could be read: the column holds something else.
    pub fn into_json(self) -> Option<Value> {
        let [height, width, channels] = self.sizes?.map(|(min, max)| json!({"min": min, "max": max}));
        let formats: Vec<&str> = self.formats.into_iter().collect();
        Some(json!({
            "formats": formats,
            "height": height,
            "width": width,
            "channels": channels,
            "unreadable": self.unreadable,
        }))
    }
}
