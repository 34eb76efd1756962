#!/usr/bin/env python3
"""Make data/qm9, data/digits and data/kepler from larger Parquet files.

usage: python data/make.py SOURCE_DIR

SOURCE_DIR holds qm9/, digits8x8/ and solar_kepler/, each with train.parquet and test.parquet; data/README.md says what is in
them and where they come from. Needs pyarrow only. Equal sources give equal tables.
"""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent

QM9_COLUMNS = ["index", "atomic_numbers", "positions", "r2", "mu", "gap", "u0_atomization"]
# (set, folder in SOURCE_DIR, columns or None for all, rows of train and test or None for all, rows that stay together)
SETS = [
    ("qm9", "qm9", QM9_COLUMNS, {"train": 2000, "test": 500}, 1),
    ("digits", "digits8x8", None, None, 1),
    ("kepler", "solar_kepler", None, {"train": 6000, "test": 1500}, 4),
]


def thin(table: pa.Table, rows: int, period: int) -> pa.Table:
    """Blocks of `period` rows at equal distances; at most `rows` rows.

    The molecules are sorted by index (the first ones are the smallest) and the planets follow each other in turn, so neither
    the first rows nor every n-th row would be a fair sample.
    """
    blocks = table.num_rows // period
    step = -(-blocks * period // rows)
    return table.take(pa.array([b * period + i for b in range(0, blocks, step) for i in range(period)]))


def make(source: Path, name: str, folder: str, columns, rows, period: int) -> None:
    (HERE / name).mkdir(exist_ok=True)
    for split in ("train", "test"):
        # Column by column, so that nested types and units stay as they are.
        table = pq.read_table(source / folder / f"{split}.parquet", columns=columns)
        metadata = dict(table.schema.metadata or {})
        if rows is not None:
            metadata[b"subset"] = f"{rows[split]} rows or fewer of {table.num_rows}, at equal distances".encode()
            table = thin(table, rows[split], period)
        out = HERE / name / f"{split}.parquet"
        pq.write_table(table.replace_schema_metadata(metadata), out, compression="zstd", compression_level=9)
        print(f"{out.relative_to(HERE)}: {table.num_rows} rows, {out.stat().st_size} bytes")


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    for name, folder, columns, rows, period in SETS:
        make(Path(sys.argv[1]), name, folder, columns, rows, period)
    return 0


if __name__ == "__main__":
    sys.exit(main())
