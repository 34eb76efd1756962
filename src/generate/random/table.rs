//! The columns of a random task.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field as ArrowField};
use arrow::error::ArrowError;
use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::law::Row;
use super::{Broken, Field, Random};
use crate::generate::error::GenerateError;
use crate::generate::table::{Column, Table};
use crate::generate::task::Split;
use crate::generate::truth::Truth;

impl Table for Random {
    fn truth(&self) -> Truth {
        self.facts()
    }

    fn rows(&self) -> usize {
        self.properties.rows
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn columns(&self, _: Split, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Column>, ArrowError> {
        let rows = self.rows(count, rng);
        let unit = |at: usize| 10_f64.powi(self.powers.get(at).copied().unwrap_or(0));
        let single = |v: f64, unit: f64| (v * unit) as f32;
        let mut columns = Vec::new();
        for (at, field) in self.fields.iter().enumerate() {
            let values: Vec<Vec<f32>> =
                rows.iter().map(|(row, _)| row[at].iter().map(|&v| single(v, unit(at))).collect()).collect();
            columns.push(column(field, &values)?);
        }
        let power = unit(self.fields.len());
        let labels: Vec<Vec<f32>> = rows
            .iter()
            .map(|row| {
                // The label belongs to the numbers in the file, which are rounded.
                let exact = |(at, values): (usize, &Vec<f64>)| {
                    values.iter().map(|&v| f64::from(single(v, unit(at))) / unit(at)).collect()
                };
                let clean = self.target.at(&row.0.iter().enumerate().map(exact).collect::<Vec<Vec<f64>>>());
                self.properties.noise.apply(&clean, rng).into_iter().map(|v| single(v, power)).collect()
            })
            .collect();
        columns.push(lists("y", &labels, !self.properties.vector)?);
        if self.properties.group {
            columns.push(groups(&rows));
        }
        Ok(columns)
    }

    fn pipeline(&self) -> Option<String> {
        Some(self.yaml())
    }

    fn broken(&self, generators: &[DMatrix<f64>]) -> Option<Result<Broken, GenerateError>> {
        Some(self.broken(generators))
    }
}

fn column(field: &Field, rows: &[Vec<f32>]) -> Result<Column, ArrowError> {
    if !field.ragged() {
        return lists(&field.name, rows, field.numbers() == 1);
    }
    let k = field.action.block_len();
    let points = fixed(rows.iter().flatten().copied().collect(), k)?;
    let point = Arc::new(ArrowField::new("element", arrow::array::Array::data_type(&points).clone(), false));
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|r| r.len() / k.max(1)));
    let list = ListArray::try_new(point, offsets, Arc::new(points), None)?;
    Ok((ArrowField::new(&field.name, arrow::array::Array::data_type(&list).clone(), false), Arc::new(list)))
}

/// Lists of one length, or plain numbers.
fn lists(name: &str, rows: &[Vec<f32>], plain: bool) -> Result<Column, ArrowError> {
    let flat: Vec<f32> = rows.iter().flatten().copied().collect();
    if plain {
        return Ok((ArrowField::new(name, DataType::Float32, false), Arc::new(Float32Array::from(flat))));
    }
    let list = fixed(flat, rows.first().map_or(0, Vec::len))?;
    Ok((ArrowField::new(name, arrow::array::Array::data_type(&list).clone(), false), Arc::new(list)))
}

fn fixed(flat: Vec<f32>, size: usize) -> Result<FixedSizeListArray, ArrowError> {
    let size = i32::try_from(size).map_err(|e| ArrowError::InvalidArgumentError(e.to_string()))?;
    let element = Arc::new(ArrowField::new("element", DataType::Float32, false));
    FixedSizeListArray::try_new(element, size, Arc::new(Float32Array::from(flat)), None)
}

fn groups(rows: &[Row]) -> Column {
    let values: Int64Array = rows.iter().map(|(_, group)| *group).collect::<Vec<_>>().into();
    (ArrowField::new("group", DataType::Int64, false), Arc::new(values) as ArrayRef)
}
