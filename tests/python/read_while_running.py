#!/usr/bin/env python3
"""Reads a results directory again and again with DuckDB, polars and pyarrow while a sweep runs, until STOP exists.

Usage: read_while_running.py RUN_DIR STOP

Prints `N reads, M members at the end`; an unreadable or half-written file ends it with a traceback.
"""

import glob
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow.dataset

out, stop = sys.argv[1:]
tables = ["metrics", "evaluation", "groups", "predictions", "runs"]
reads, members, last = 0, 0, False
while True:
    # Once more after the end.
    last = Path(stop).exists()
    for table in tables:
        pattern = f"{out}/*/tables/{table}.parquet"
        if not glob.glob(pattern):
            continue
        by_duckdb = duckdb.sql(f"select count(distinct run_id), count(*) from read_parquet('{pattern}', union_by_name=true)").fetchall()[0]
        by_polars = polars.scan_parquet(pattern, extra_columns="ignore", missing_columns="insert").select("run_id", "seed").collect()
        files = sorted(glob.glob(pattern))
        by_arrow = pyarrow.dataset.dataset(files).to_table(columns=["run_id"])
        # Members appear whole: what is read later is at least what was read before.
        assert by_duckdb[0] <= by_polars["run_id"].n_unique() <= len(set(by_arrow["run_id"].to_pylist())), table
        assert by_duckdb[1] <= by_polars.height <= by_arrow.num_rows, table
        members = max(members, by_duckdb[0])
        reads += 3
    if last:
        break
print(f"{reads} reads, {members} members at the end")
