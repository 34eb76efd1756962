#!/usr/bin/env python3
"""Opens every table of a run with pandas, polars and DuckDB, and checks its columns and their types.

Usage: check_tables.py RUN_DIR    (a member's directory, or a directory of members)

Prints one line a table and at the end `N passed, 0 failed`; exit code 1 if something failed.
"""

import json
import re
import sys
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet

TEXT, INTEGER, NUMBER, TRUTH = "text", "integer", "number", "truth"

IDENTITY = {"run_id": TEXT, "pipeline_hash": TEXT, "data_hash": TEXT, "code_version": TEXT, "seed": INTEGER}

# `table: {column: kind}`, with the unit in brackets; a test keeps it equal to the list in crates/data/src/table.
STATED = json.loads((Path(__file__).parent / "tables.json").read_text(encoding="utf-8"))
TABLES = {table: {name: kind.split(" [")[0] for name, kind in columns.items()} for table, columns in STATED.items()}
MATRICES = TABLES.pop("matrices")
UNITS = {
    (table, name): kind.split(" [")[1].rstrip("]")
    for table, columns in STATED.items() for name, kind in columns.items() if " [" in kind
}
NOT_EMPTY = {"runs", "metrics", "evaluation"}


def arrow_kind(kind):
    """The word for an Arrow type."""
    types = pyarrow.types
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return f"list of {arrow_kind(kind.value_type)}"
    if types.is_string(kind) or types.is_large_string(kind):
        return TEXT
    if types.is_boolean(kind):
        return TRUTH
    if types.is_integer(kind):
        return INTEGER
    return NUMBER if types.is_floating(kind) else str(kind)


def polars_kind(kind):
    """The word for a polars type."""
    if isinstance(kind, (polars.List, polars.Array)):
        return f"list of {polars_kind(kind.inner)}"
    if kind == polars.String:
        return TEXT
    if kind == polars.Boolean:
        return TRUTH
    if kind.is_integer():
        return INTEGER
    return NUMBER if kind.is_float() else str(kind)


def duckdb_kind(kind):
    """The word for a DuckDB type."""
    listed = re.fullmatch(r"(.*)\[\d*\]", kind)
    if listed:
        return f"list of {duckdb_kind(listed[1])}"
    if kind == "VARCHAR":
        return TEXT
    if kind == "BOOLEAN":
        return TRUTH
    if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", kind):
        return INTEGER
    return NUMBER if kind in ("FLOAT", "DOUBLE") else kind


def read_with_pandas(path):
    """Rows and kinds of the columns, through pandas."""
    frame = pandas.read_parquet(path, engine="pyarrow", dtype_backend="pyarrow")
    return len(frame), {name: arrow_kind(dtype.pyarrow_dtype) for name, dtype in frame.dtypes.items()}


def read_with_polars(path):
    """Rows and kinds of the columns, through polars."""
    frame = polars.read_parquet(path)
    return frame.height, {name: polars_kind(kind) for name, kind in frame.schema.items()}


def read_with_duckdb(path):
    """Rows and kinds of the columns, through DuckDB, every value read."""
    with duckdb.connect() as connection:
        relation = connection.read_parquet(str(path))
        kinds = dict(zip(relation.columns, map(str, relation.types)))
        return len(relation.fetchall()), {name: duckdb_kind(kind) for name, kind in kinds.items()}


READERS = {"pandas": read_with_pandas, "polars": read_with_polars, "duckdb": read_with_duckdb}


def problems_of(table, path):
    """What is wrong with one table, in words."""
    wanted = IDENTITY | (MATRICES if table.startswith("matrices_") else TABLES[table])
    counts = {}
    for reader, read in READERS.items():
        try:
            counts[reader], kinds = read(path)
        except Exception as error:  # Whatever a reader dislikes is a finding.
            yield f"{reader}: {error}"
            continue
        for column, kind in wanted.items():
            if column not in kinds:
                yield f"{reader}: there is no column {column}"
            elif kinds[column] != kind:
                yield f"{reader}: column {column} is {kinds[column]}, not {kind}"
        if list(kinds)[:5] != list(IDENTITY):
            yield f"{reader}: it starts with {', '.join(list(kinds)[:5])}"
        if table == "runs" and not any(name.startswith("config.") for name in kinds):
            yield f"{reader}: there is no config.<path> column"
    if len(set(counts.values())) > 1:
        yield f"the readers count different rows: {counts}"
    if table in NOT_EMPTY and 0 in counts.values():
        yield "there are no rows"
    if table == "runs" and set(counts.values()) != {1}:
        yield f"{counts} rows, not one"
    yield from flaws_of_schema(table, path)


def flaws_of_schema(table, path):
    """Identity without nulls, nulls in place of NaN, units in the metadata, matrices as whole fixed-size lists."""
    try:
        content = pyarrow.parquet.read_table(path)
    except Exception as error:
        yield f"pyarrow: {error}"
        return
    for column in IDENTITY:
        if column in content.column_names:
            values = content.column(column)
            if values.null_count or len(values.unique()) > 1:
                yield f"column {column} has nulls or more than one value"
    for column in content.column_names:
        values = content.column(column)
        if pyarrow.types.is_floating(values.type) and pyarrow.compute.any(pyarrow.compute.is_nan(values)).as_py():
            yield f"column {column} holds NaN"
    for (owner, column), unit in UNITS.items():
        if owner == table and column in content.column_names:
            metadata = content.schema.field(column).metadata or {}
            if metadata.get(b"unit") != unit.encode():
                yield f"column {column} does not say that its unit is {unit}: {metadata}"
    if table.startswith("matrices_") and "matrix" in content.column_names:
        matrix, shapes = content.column("matrix"), content.column("shape").to_pylist()
        if not pyarrow.types.is_fixed_size_list(matrix.type) or matrix.null_count:
            yield f"the matrices are {matrix.type} with {matrix.null_count} nulls"
        if any(rows * columns != matrix.type.list_size for rows, columns in shapes):
            yield "a shape is not that of its matrix"


def check_member(member):
    """Checks all tables of a member; gives how many passed and failed."""
    found = {path.stem: path for path in sorted((member / "tables").glob("*.parquet"))}
    unknown = [name for name in found if name not in TABLES and not name.startswith("matrices_")]
    passed = failed = 0
    for table in [*TABLES, *(name for name in found if name.startswith("matrices_")), *unknown]:
        if table in unknown:
            problems = ["not a table of this program"]
        elif table not in found:
            problems = ["it is missing"]
        else:
            problems = list(problems_of(table, found[table]))
        rows = pyarrow.parquet.read_metadata(found[table]).num_rows if table in found else 0
        failed += bool(problems)
        passed += not problems
        print(f"{member.name} {table}: {rows} rows, {'FAILED: ' + '; '.join(problems) if problems else 'ok'}")
    return passed, failed


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    run = Path(sys.argv[1])
    members = [run] if (run / "manifest.json").exists() else sorted(p.parent for p in run.glob("*/manifest.json"))
    if not members:
        sys.exit(f"{run}: there is no manifest.json in it or below it")
    counts = [check_member(member) for member in members]
    passed, failed = (sum(column) for column in zip(*counts))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
