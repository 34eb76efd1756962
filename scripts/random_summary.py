#!/usr/bin/env python3
"""Tables of a study of random tasks, as Markdown: outcomes by skill, noise, rows and more. Python's own library only.

    scripts/random_summary.py [runs/random/results.csv ...] [--by skill noise rows ...]

Intervals are Wilson's (1927), 95 %. `false of claims` is the share of claims that are false; `false of controls` that of tasks without
symmetry on which something is claimed.
"""
import argparse
import csv
import math
import pathlib
import statistics

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTCOMES = ["exact", "subalgebra only", "within tolerance", "false claim", "missed", "undecided", "refused", "not identifiable", "failed"]
PARTS = ["exact", "subgroup only", "within tolerance", "false element", "missed", "undecided", "refused", "not identifiable"]
BINS = {"skill": [0.3, 0.5, 0.7, 0.9, 0.97], "noise": [0.5, 0.7, 0.999], "rows": [1000, 3000, 8000], "breaking": [0.05, 0.1, 0.2, 0.5001],
        "gap": [0.01, 0.03, 0.1, 0.3], "roughness": [0.4, 0.8], "condition": [1.001, 2.5], "numbers": [1, 7, 13], "rank": [1, 2, 4],
        "outliers": [0.0001], "seconds": [10, 30, 100]}


def wilson(hits, of):
    """`share (low–high)` in percent."""
    if not of:
        return "–"
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return f"{hits}/{of}: {100 * p:.0f} ({100 * max(low, 0):.0f}–{100 * min(high, 1):.0f}) %"


def place(key, text):
    """The bin of a value, sortable."""
    if key not in BINS:
        return (0, text)
    if text == "":
        return (-1, "–")
    edges, value = BINS[key], float(text)
    at = sum(value >= e for e in edges)
    low = f"{edges[at - 1]:g}" if at else ""
    return (at, f"{low} to {edges[at]:g}" if at < len(edges) else f"from {low}") if at else (0, f"below {edges[0]:g}")


def line(name, rows):
    count = [sum(r["outcome"] == o for r in rows) for o in OUTCOMES]
    claims = sum(r["outcome"] in ("exact", "subalgebra only", "within tolerance", "false claim") and int(r["found_rank"] or 0) > 0 for r in rows)
    wrong = sum(r["outcome"] == "false claim" for r in rows)
    controls = [r for r in rows if r["algebra"] == "none"]
    real = [r for r in rows if r["algebra"] != "none"]
    cells = [name, str(len(rows)), *map(str, count), wilson(sum(r["outcome"] == "exact" for r in real), len(real)), wilson(wrong, claims),
             wilson(sum(r["outcome"] == "false claim" for r in controls), len(controls))]
    return "| " + " | ".join(cells) + " |"


def of_finite(name, rows):
    count = [sum(r["finite_outcome"] == o for r in rows) for o in PARTS]
    real = [r for r in rows if r["finite"] != "none" and float(r["finite_breaking"]) == 0]
    without = [r for r in rows if r not in real]
    cells = [name, str(len(rows)), *map(str, count), wilson(sum(r["finite_outcome"] == "exact" for r in real), len(real)),
             wilson(sum(r["finite_outcome"] == "false element" for r in without), len(without))]
    return "| " + " | ".join(cells) + " |"


def middle(values):
    """`median (first quartile–third)`."""
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.3g} ({low:.3g}–{high:.3g})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="*", type=pathlib.Path, default=[ROOT / "runs/random/results.csv"])
    parser.add_argument("--by", nargs="+", default=["control", "skill", "noise", "rows", "k", "representation", "target", "law", "family", "breaking"])
    args = parser.parse_args()
    rows = []
    for path in args.results:
        with path.open(newline="") as file:
            rows += list(csv.DictReader(file))
    head = ["tasks", *OUTCOMES, "symmetries found exactly", "false of claims", "false of controls"]
    print("| | " + " | ".join(head) + " |\n" + "|---" * (len(head) + 1) + "|")
    print(line("all", rows))
    for key in args.by:
        bins = sorted({place(key, r[key]) for r in rows})
        for at in bins:
            print(line(f"{key}: {at[1]}", [r for r in rows if place(key, r[key]) == at]))
    parts = [r for r in rows if r.get("finite_outcome")]
    if parts:
        print("\nThe finite part, where it is stated:\n")
        print("| | tasks | " + " | ".join(PARTS) + " | groups found exactly | false elements without a group |\n" + "|---" * (len(PARTS) + 4) + "|")
        print(of_finite("all", parts))
        for key in ["finite", "skill", "noise", "rows"]:
            for at in sorted({place(key, r[key]) for r in parts}):
                print(of_finite(f"{key}: {at[1]}", [r for r in parts if place(key, r[key]) == at]))
    gains = [r for r in rows if r.get("gain")]
    if len(gains) > 1:
        print(f"\n`learned` over `none`, of {len(gains)} tasks with a claim: test error {middle([float(r['gain']) for r in gains])}, processor time "
              f"{middle([float(r['cost']) for r in gains])}; medians and quartiles.")


if __name__ == "__main__":
    main()
