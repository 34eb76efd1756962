#!/usr/bin/env python3
"""What the margin of the audit's effect size does: directions of the simulated tasks' studies, true and false. Needs polars.

    scripts/margin.py RUN_DIR [RUN_DIR ...]     (folders named after their tasks, as scripts/study.py makes them)

A direction is true if it lies within 0.1 rad of the task's algebra, false if it is farther than 0.3 rad from it.
"""
import argparse
import itertools
import math
import pathlib
import statistics

import polars as pl

MARGINS = [0.52, 0.54, 0.56, 0.58, 0.6, 0.65, 0.7]


def unit(k, entries):
    m = [0.0] * (k * k)
    for (i, j), v in entries.items():
        m[i * k + j] = v
    return m


def rotations(k, n, first=0):
    return [unit(k, {(first + i, first + j): -1.0, (first + j, first + i): 1.0}) for i, j in itertools.combinations(range(n), 2)]


def shifts(k):
    return [unit(k, {(i, k - 1): 1.0}) for i in range(k - 1)]


TRUTH = {
    "so3-cloud": rotations(3, 3), "so2-axis": rotations(3, 2), "plane": rotations(3, 2), "n-body": rotations(2, 2),
    "minkowski": rotations(4, 3, 1) + [unit(4, {(0, i): 1.0, (i, 0): 1.0}) for i in (1, 2, 3)],
    "translation": shifts(3), "scaling": [unit(3, {(i, i): 1.0 for i in range(3)})], "se3": rotations(4, 3) + shifts(4),
    "two_body_residual": rotations(2, 2), "two_body_absolute": rotations(2, 2),
    "none": [], "external-field": [], "anisotropic-trap": [], "quarter-turns": [],
}


def angle(matrix, truth):
    """Of a matrix to a span of orthogonal matrices."""
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))  # noqa: E731
    inside = sum(dot(matrix, e) ** 2 / dot(e, e) for e in truth) / max(dot(matrix, matrix), 1e-300)
    return math.acos(min(1.0, math.sqrt(inside)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dirs", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    true, false = [], []
    for folder in args.dirs:
        if folder.name not in TRUTH:
            print(f"{folder.name}: left out, its truth has no standard form")
            continue
        for file in sorted(folder.glob("*/tables/directions.parquet")):
            for row in pl.read_parquet(file).filter(pl.col("effect").is_not_null()).iter_rows(named=True):
                if row["verdict"] == "not identifiable":
                    continue
                if len(row["matrix"]) != (len(TRUTH[folder.name][0]) if TRUTH[folder.name] else len(row["matrix"])):
                    raise SystemExit(f"{file}: matrices of {len(row['matrix'])} entries; the table of algebras has another size")
                off = angle(row["matrix"], TRUTH[folder.name])
                if off <= 0.1:
                    true.append(row)
                elif off > 0.3:
                    false.append(row)
    quantile = lambda rows, name, q: sorted(r[name] for r in rows)[round(q * (len(rows) - 1))]  # noqa: E731
    print(f"{len(true)} true directions: effect {statistics.median(r['effect'] for r in true):.3f}, upper bound "
          f"{quantile(true, 'effect_high', 0.5):.3f}, 95 % of them at most {quantile(true, 'effect_high', 0.95):.3f}")
    print(f"{len(false)} false directions: effect {statistics.median(r['effect'] for r in false):.3f}, upper bound "
          f"{quantile(false, 'effect_high', 0.5):.3f}, 95 % of them at least {quantile(false, 'effect_high', 0.05):.3f}")
    print("\n| margin | true directions within it | and p ≤ 0.025 | false directions within it | and p ≤ 0.025 |\n|---|---|---|---|---|")
    for margin in MARGINS:
        cells = []
        for rows in (true, false):
            within = [r for r in rows if r["effect_high"] <= margin]
            both = [r for r in within if r["p_value"] <= 0.025]
            cells += [f"{len(w)} ({100 * len(w) / max(len(rows), 1):.1f} %)" for w in (within, both)]
        print(f"| {margin} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
