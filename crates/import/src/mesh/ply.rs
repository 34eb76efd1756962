//! PLY files (the Stanford polygon format), in text and binary, each file a row.

use std::collections::{HashMap, HashSet};

use arrow::datatypes::DataType;
use ply_rs_bw::ply::{Header, PropertyType, ScalarType};

use super::{Names, Whole, faces, ply_file};
use crate::Ask;
use crate::cell::Cell;
use crate::column::{Column, Layout, few_enough, free_name};
use crate::error::{ImportError, Place, RowFault};
use crate::input::Input;
use crate::records::{Pieces, Record, bytes_in, bytes_of, scan};
use crate::source::{Source, Work};
use crate::table::{Decoded, Row, Table};

/// Properties that belong together: the column, and the names that its components may have.
const GROUPS: [(&str, &[&str]); 6] = [
    ("points", &["x", "y", "z"]),
    ("normals", &["nx", "ny", "nz"]),
    ("colors", &["red", "green", "blue", "alpha"]),
    ("colors", &["red", "green", "blue"]),
    ("colors", &["r", "g", "b"]),
    ("colors", &["diffuse_red", "diffuse_green", "diffuse_blue"]),
];

/// A column and the properties that it holds.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    column: String,
    properties: Vec<String>,
    leaf: DataType,
}

/// What a file's header says of its vertices.
struct Shape {
    properties: Vec<String>,
    groups: Vec<Group>,
    faces: bool,
}

/// PLY files.
pub struct Ply<'a> {
    inputs: &'a [Input],
    names: Names,
    groups: Vec<Group>,
    columns: Vec<Column>,
}

/// Opens PLY files: all must have the same properties of vertices.
///
/// # Errors
/// If a file cannot be read, or is invalid and that is an error.
pub fn source<'a>(inputs: &'a [Input], ask: Ask) -> Result<Ply<'a>, ImportError> {
    let mut groups: Option<Vec<Group>> = None;
    let mut any_faces = false;
    scan(
        inputs,
        &Whole,
        ask,
        |record| Shape::read(content(record)?),
        |shape| {
            any_faces |= shape.faces;
            let known = groups.get_or_insert_with(|| shape.groups.clone());
            // Where files differ in the width of a number, the wide one holds both.
            let leaves: HashMap<&str, &DataType> = shape.groups.iter().map(|g| (g.column.as_str(), &g.leaf)).collect();
            for group in known.iter_mut() {
                if leaves.get(group.column.as_str()).is_some_and(|leaf| **leaf != group.leaf) {
                    group.leaf = DataType::Float64;
                }
            }
        },
    )?;
    let groups = groups.unwrap_or_default();
    let names = Names::new(inputs);
    let mut columns = names.columns();
    few_enough(columns.len() + groups.len())?;
    let mut known: HashSet<String> = columns.iter().map(|c| c.name.clone()).collect();
    for group in &groups {
        let layout = match group.properties.len() {
            1 => Layout::List,
            width => Layout::Points(width),
        };
        let name = free_name(&group.column, "point_", &|name| known.contains(name));
        known.insert(name.clone());
        columns.push(Column::new(name, group.leaf.clone(), layout));
    }
    if any_faces {
        columns.push(faces::column());
    }
    Ok(Ply { inputs, names, groups, columns })
}

fn content(record: &Record) -> Result<&[u8], RowFault> {
    record.content.as_deref().map_err(Clone::clone)
}

impl Shape {
    fn read(bytes: &[u8]) -> Result<Self, RowFault> {
        Self::of(&ply_file::header(bytes)?)
    }

    fn of(header: &Header) -> Result<Self, RowFault> {
        let vertex = header.elements.get("vertex").ok_or_else(|| RowFault::file("the file has no element `vertex`"))?;
        let mut scalars: Vec<(String, DataType)> = Vec::new();
        for (name, property) in &vertex.properties {
            match &property.data_type {
                PropertyType::Scalar(kind) => scalars.push((name.clone(), leaf(kind))),
                PropertyType::List(..) => {
                    return Err(RowFault::file(format!(
                        "property `{name}` of the vertices is a list, which is not supported"
                    )));
                }
            }
        }
        let properties = scalars.iter().map(|(name, _)| name.clone()).collect();
        let mut groups: Vec<Group> = Vec::new();
        for (column, names) in GROUPS {
            let found: Option<Vec<_>> =
                names.iter().map(|name| scalars.iter().find(|(known, _)| known == name).cloned()).collect();
            let Some(found) = found else { continue };
            scalars.retain(|(name, _)| !names.contains(&name.as_str()));
            groups.push(Group::of(column, found));
        }
        if groups.first().is_none_or(|g| g.column != "points") {
            return Err(RowFault::file("the vertices have no x, y and z"));
        }
        groups.extend(scalars.into_iter().map(|(name, leaf)| Group::of(&name.clone(), vec![(name, leaf)])));
        let face = header.elements.get("face").filter(|face| face.count > 0);
        for (name, property) in face.iter().flat_map(|face| &face.properties) {
            let corners = matches!(&property.data_type, PropertyType::List(_, kind) if leaf(kind).is_integer());
            if ply_file::names_corners(name) && !corners {
                return Err(RowFault::file(format!("property `{name}` of the faces is not a list of integers")));
            }
        }
        let faces = face.is_some();
        Ok(Self { properties, groups, faces })
    }
}

impl Group {
    fn of(column: &str, members: Vec<(String, DataType)>) -> Self {
        let leaf = match members.split_first() {
            Some((first, rest)) if rest.iter().all(|other| other.1 == first.1) => first.1.clone(),
            _ => DataType::Float64,
        };
        Self { column: column.to_owned(), properties: members.into_iter().map(|m| m.0).collect(), leaf }
    }
}

fn leaf(kind: &ScalarType) -> DataType {
    match kind {
        ScalarType::Char => DataType::Int8,
        ScalarType::UChar => DataType::UInt8,
        ScalarType::Short => DataType::Int16,
        ScalarType::UShort => DataType::UInt16,
        ScalarType::Int => DataType::Int32,
        ScalarType::UInt => DataType::UInt32,
        ScalarType::Float => DataType::Float32,
        ScalarType::Double => DataType::Float64,
    }
}

impl Source for Ply<'_> {
    type Piece = Vec<Record>;

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn pieces(&self) -> Result<Work<'_, Vec<Record>>, ImportError> {
        Ok(Box::new(Pieces::new(self.inputs, &Whole, self.columns.len())))
    }

    fn decode(&self, piece: Vec<Record>) -> Result<Decoded, ImportError> {
        let mut table = Table::new(&self.columns);
        for record in &piece {
            table.push(&record.path, Place::File, self.row(record));
        }
        table.finish(piece.first().map_or(std::path::Path::new(""), |r| &r.path))
    }

    fn total(&self) -> u64 {
        bytes_of(self.inputs)
    }

    fn bytes(&self, piece: &Vec<Record>) -> u64 {
        bytes_in(piece)
    }
}

impl Ply<'_> {
    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let bytes = content(record)?;
        let shape = Shape::read(bytes)?;
        let names = |groups: &[Group]| groups.iter().flat_map(|g| g.properties.clone()).collect::<Vec<_>>();
        if names(&shape.groups) != names(&self.groups) {
            let what = format!(
                "its vertices have {}; those of the first file {}",
                names(&shape.groups).join(", "),
                names(&self.groups).join(", ")
            );
            return Err(RowFault::file(what));
        }
        let file = ply_file::read(bytes)?;
        if file.values.is_empty() {
            return Err(RowFault::file("the file has no points"));
        }
        let mut cells = self.names.cells(self.inputs.get(record.file));
        let places: HashMap<&str, usize> = shape.properties.iter().map(String::as_str).zip(0..).collect();
        for (group, column) in self.groups.iter().zip(self.columns.iter().skip(cells.len())) {
            let position = |name: &String| places.get(name.as_str()).copied().unwrap_or(0);
            let picks: Vec<usize> = group.properties.iter().map(position).collect();
            let vertices = file.values.chunks_exact(shape.properties.len().max(1));
            let values = vertices.flat_map(|v| picks.iter().map(|i| v.get(*i).copied().unwrap_or(0.0)));
            cells.push(match column.leaf.is_integer() {
                true => Cell::Ints(values.map(|x| x as i64).collect()),
                false => Cell::Floats(values.collect()),
            });
        }
        if self.columns.len() > cells.len() {
            cells.push(Cell::Ints(file.faces));
        }
        Ok(Row { cells, missing: Vec::new() })
    }
}
