#!/usr/bin/env python3
"""What the margin of the audit's effect size does: directions of the simulated tasks' studies, true and false. Needs polars (requirements.txt).

    scripts/margin.py RUN_DIR [RUN_DIR ...]     (folders named after their tasks, as scripts/study.py makes them)

A direction is true if it lies within 0.1 rad of the task's algebra, false if it is farther than 0.3 rad from it.
"""
import argparse
import pathlib
import statistics

import polars as pl
import study

MARGINS = [0.52, 0.54, 0.56, 0.58, 0.6, 0.65, 0.7]


# Those whose verdicts are compared in standard coordinates; an image's directions are of another kind.
TRUTH = {task: span for task, span in study.ALGEBRA.items() if task != "shear-images"}
TRUTH.update({task: [] for task, truth in study.TRUTH.items() if truth == "none"})


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
                if len(row["matrix"]) != (len(study.flat(TRUTH[folder.name][0])) if TRUTH[folder.name] else len(row["matrix"])):
                    raise SystemExit(f"{file}: matrices of {len(row['matrix'])} entries; the table of algebras has another size")
                off = study.angle(row["matrix"], TRUTH[folder.name])
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
