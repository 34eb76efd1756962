//! Extended XYZ: any columns an atom, any values a frame.

use std::collections::{HashMap, HashSet};

use arrow::datatypes::DataType;
use semola_document::shortened;

use super::Dialect;
use super::comment::{Written, pairs};
use super::frame::{Frame, Frames};
use super::properties::{DEFAULT, Property, properties};
use super::value::Value;
use crate::Ask;
use crate::cell::{Builder, Cell};
use crate::column::{Column, Layout, free_name};
use crate::elements::symbol_or_number;
use crate::error::{ImportError, RowFault};
use crate::infer::{Leaf, Seen};
use crate::input::Input;
use crate::number::{finite, truth};
use crate::records::{Record, scan};
use crate::table::{Missing, Row};

/// Names of frame values that are the same thing.
const ALIASES: [(&str, &str); 4] =
    [("Energy", "energy"), ("Dipole", "dipole"), ("dipole_moment", "dipole"), ("Lattice", "cell")];

/// Cuts files into frames.
const FRAMES: Frames = Frames { trailer: 0 };

/// Names of values of all frames together at most.
const MOST_NAMES: usize = 2000;

/// Extended XYZ with the columns of all frames.
pub struct Extended {
    columns: Vec<Column>,
    /// Where each column is, by name.
    slots: HashMap<String, usize>,
    /// Columns of atoms, which come first.
    atoms: usize,
    /// Names that are not replaced, since both they and what would replace them are in one frame.
    kept: HashSet<String>,
    warnings: Vec<String>,
}

/// What one comment says.
struct Comment {
    properties: Vec<Property>,
    values: Vec<(String, Value)>,
}

/// What was seen of columns, in the order in which they came.
#[derive(Default)]
struct Columns {
    all: Vec<(String, Seen)>,
    slots: HashMap<String, usize>,
}

impl Columns {
    fn add(&mut self, name: String, seen: Seen, merge: fn(&mut Seen, Seen)) {
        match self.slots.get(&name).and_then(|slot| self.all.get_mut(*slot)) {
            Some((_, known)) => merge(known, seen),
            None => {
                self.slots.insert(name.clone(), self.all.len());
                self.all.push((name, seen));
            }
        }
    }
}

impl Extended {
    /// Looks at the comments of all frames to know the columns and their types.
    ///
    /// # Errors
    /// If a file cannot be read, or a comment is invalid and that is an error.
    pub fn scan(inputs: &[Input], ask: Ask) -> Result<Self, ImportError> {
        let (mut atoms, mut values) = (Columns::default(), Columns::default());
        let mut kept: HashSet<String> = HashSet::new();
        let mut frames = 0;
        let look = |record: &Record| {
            let frame = FRAMES.read(record)?;
            let comment = Comment::read(&frame)?;
            let atoms: Vec<_> = comment.properties.iter().map(|p| (p.column.clone(), p.seen())).collect();
            let both = comment.doubly_named();
            let seen = |value: &Value| value.seen().at(&record.path, frame.line + 1, &value.text);
            let values: Vec<_> = comment.values.iter().map(|(key, value)| (key.clone(), seen(value))).collect();
            Ok((atoms, values, both))
        };
        scan(inputs, &FRAMES, ask, look, |(atom, value, both)| {
            frames += 1;
            atom.into_iter().for_each(|(name, seen)| atoms.add(name, seen, merge_atoms));
            value.into_iter().for_each(|(name, seen)| values.add(name, seen, Seen::merge));
            kept.extend(both);
        })?;
        // Each frame has a value, or a null, of every name.
        if values.all.len() > MOST_NAMES {
            return Err(ImportError::TooWide(format!(
                "the comments of all frames have {} names of values, and at most {MOST_NAMES} fit; do they hold numbers?",
                values.all.len()
            )));
        }
        let mut named = Columns::default();
        let of_atoms = |name: &str| atoms.slots.contains_key(name);
        for (key, seen) in values.all {
            named.add(column_name(&key, &kept, &of_atoms), seen, Seen::merge);
        }
        let values = named.all;
        let warnings = values.iter().filter_map(|(name, seen)| seen.warning(name)).collect();
        let mut columns: Vec<Column> = atoms.all.iter().map(|(name, seen)| seen.column(name, frames)).collect();
        // Symbols are text, but become numbers.
        columns.iter_mut().filter(|c| c.name == "atomic_numbers").for_each(|c| *c = Column::atomic_numbers());
        columns.iter_mut().filter(|c| c.name == "positions").for_each(|c| c.leaf = DataType::Float64);
        columns.sort_by_key(|c| (c.name != "atomic_numbers", c.name != "positions"));
        columns.extend(values.iter().map(|(name, seen)| seen.column(name, frames)));
        let slots = columns.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        Ok(Self { columns, slots, atoms: atoms.all.len(), kept, warnings })
    }
}

/// The column of a frame's value: the name that is usual for it, unless both are in use.
fn column_name(key: &str, kept: &HashSet<String>, of_atoms: &dyn Fn(&str) -> bool) -> String {
    let alias = ALIASES.iter().find(|(from, _)| *from == key && !kept.contains(key)).map_or(key, |(_, to)| to);
    free_name(alias, "frame_", of_atoms)
}

/// Columns of atoms keep the layout of the first frame; frames that have another are invalid.
fn merge_atoms(known: &mut Seen, seen: Seen) {
    let layout = known.layout.clone();
    known.merge(seen);
    known.layout = layout;
}

impl Comment {
    fn read(frame: &Frame) -> Result<Self, RowFault> {
        let at = |what| RowFault::line(frame.line + 1, "frame", what);
        let mut stated = None;
        let mut written = Vec::new();
        for (key, value) in pairs(frame.comment).map_err(at)? {
            match value {
                Written::Words(text) if key.eq_ignore_ascii_case("properties") => stated = Some(text),
                value => written.push((key, value)),
            }
        }
        let properties = properties(stated.as_deref().unwrap_or(DEFAULT)).map_err(at)?;
        let mut values: Vec<(String, Value)> = Vec::new();
        let mut known = HashSet::new();
        for (key, value) in written {
            let value = Value::read(&value, key == "Lattice");
            if key == "Lattice" && value.layout != Layout::Fixed(vec![3, 3]) {
                return Err(RowFault::line(frame.line + 1, "cell", "`Lattice` does not hold nine numbers"));
            }
            if !known.insert(key.clone()) {
                return Err(at(format!("`{key}` is there twice")));
            }
            values.push((key, value));
        }
        Ok(Self { properties, values })
    }

    /// Names whose replacement is taken in this frame, by itself or by another name with the same replacement.
    fn doubly_named(&self) -> Vec<String> {
        let has = |name: &str| self.values.iter().any(|(key, _)| key == name);
        let (mut both, mut taken) = (Vec::new(), Vec::new());
        for (from, to) in ALIASES.iter().filter(|(from, _)| has(from)) {
            match has(to) || taken.contains(to) {
                true => both.push((*from).to_owned()),
                false => taken.push(*to),
            }
        }
        both
    }
}

impl Dialect for Extended {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let frame = FRAMES.read(record)?;
        let comment = Comment::read(&frame)?;
        let mut row = Row { cells: vec![Cell::Null; self.columns.len()], missing: Vec::new() };
        for (property, cell) in comment.properties.iter().zip(self.atoms(&frame, &comment.properties)?) {
            self.put(&mut row, &property.column, cell);
        }
        let of_atoms = |name: &str| self.is_of_atoms(name);
        let mut nothing = HashMap::new();
        for (key, value) in comment.values {
            let name = column_name(&key, &self.kept, &of_atoms);
            let Some(column) = self.slots.get(&name).and_then(|slot| self.columns.get(*slot)) else { continue };
            if value.leaf == Leaf::Nothing && column.leaf != DataType::Utf8 {
                nothing.insert(name, value.text);
                continue;
            }
            let wrong = format!("`{key}`: `{}` is not {}", shortened(&value.text), column.leaf);
            let fault = |what: String| RowFault::line(frame.line + 1, &key, what);
            let cell = value.cell(column).ok_or_else(|| fault(wrong))?;
            // Here, where the line is known, and not as a value of the frame as a whole.
            Builder::new(column).check(&cell).map_err(|what| fault(format!("`{key}`: {what}")))?;
            self.put(&mut row, &name, cell);
        }
        let line = frame.line + 1;
        for (i, (column, _)) in self.columns.iter().zip(&row.cells).enumerate().filter(|(_, (_, c))| **c == Cell::Null)
        {
            row.missing.push(Missing { column: i, line, word: nothing.remove(&column.name), rows: "frames" });
        }
        Ok(row)
    }
}

impl Extended {
    /// Are the values of this column those of atoms? These come first.
    fn is_of_atoms(&self, name: &str) -> bool {
        self.slots.get(name).is_some_and(|slot| *slot < self.atoms)
    }

    fn put(&self, row: &mut Row, column: &str, cell: Cell) {
        if let Some(place) = self.slots.get(column).and_then(|slot| row.cells.get_mut(*slot)) {
            *place = cell;
        }
    }

    /// One cell a property, from the lines of the atoms.
    fn atoms(&self, frame: &Frame, properties: &[Property]) -> Result<Vec<Cell>, RowFault> {
        let total: usize = properties.iter().map(|p| p.width).sum();
        let columns: Vec<Option<&Column>> =
            properties.iter().map(|p| self.slots.get(&p.column).and_then(|slot| self.columns.get(*slot))).collect();
        let mut cells: Vec<Option<Cell>> = vec![None; properties.len()];
        let mut words: Vec<&str> = Vec::with_capacity(total);
        for (line, text) in frame.numbered() {
            words.clear();
            words.extend(text.split_ascii_whitespace());
            if words.len() != total {
                let what = format!("{} values where `Properties` says {total}", words.len());
                return Err(RowFault::line(line, "frame", what));
            }
            let mut rest = words.as_slice();
            for ((property, column), cell) in properties.iter().zip(&columns).zip(&mut cells) {
                let (own, others) = rest.split_at_checked(property.width).unwrap_or_default();
                rest = others;
                let Some(column) = column else { continue };
                extend(cell, own, property, column)
                    .map_err(|what| RowFault::line(line, &column.name, format!("`{}`: {what}", property.name)))?;
            }
        }
        Ok(cells.into_iter().map(|cell| cell.unwrap_or(Cell::Null)).collect())
    }
}

/// Appends an atom's words to the cell of a property.
fn extend(to: &mut Option<Cell>, words: &[&str], property: &Property, column: &Column) -> Result<(), String> {
    let width = match column.layout {
        Layout::Points(width) => width,
        _ => 1,
    };
    if width != property.width {
        return Err(format!("{} values an atom here, {width} in the first frame", property.width));
    }
    let wrong = |word: &str| format!("`{}` is not {}", shortened(word), column.leaf);
    let elements = property.column == "atomic_numbers";
    match to.get_or_insert_with(|| Cell::empty(column)) {
        Cell::Floats(all) => words.iter().try_for_each(|word| finite(word).map(|x| all.push(x))),
        Cell::Ints(all) if elements => words.iter().try_for_each(|word| symbol_or_number(word).map(|z| all.push(z))),
        Cell::Ints(all) => words.iter().try_for_each(|word| word.parse().map(|i| all.push(i)).map_err(|_| wrong(word))),
        Cell::Bools(all) => {
            words.iter().try_for_each(|word| truth(word, true).map(|b| all.push(b)).ok_or_else(|| wrong(word)))
        }
        Cell::Texts(all) => {
            all.extend(words.iter().map(|word| (*word).to_owned()));
            Ok(())
        }
        _ => Err(wrong(words.first().copied().unwrap_or(""))),
    }
}
