#!/usr/bin/env python3
"""Every method on one task in one pipeline, studies/comparison.yaml. Python's own library only.

    scripts/comparison.py [--seeds 81 82 83 84 85] [--out runs/comparison] [--jobs 2]
"""
import argparse
import concurrent.futures
import pathlib

import study

METHODS = ["none", "known", "known_prediction", "learned", "learned_prediction", "augerino", "liegan", "egnn"]


def table(members):
    lines = ["| method | found | angle [rad] | MSE test | MSE rotated | rotated / known | CPU s |", "|---" * 7 + "|"]
    for method in METHODS:
        rows = [g for m in members for g in m["groups"] if g["model"] == method]
        found = [f"{study.verdict(g)}: {g['name']}" if g["verdict"] == "not tested" else study.verdict(g) for g in rows]
        counted = ", ".join(f"{found.count(v)}× {v}" for v in dict.fromkeys(found)) or "–"
        errors = [[study.error(m, method, shift) for m in members] for shift in ("none", "rotated")]
        ratios = [study.error(m, method, "rotated") / study.error(m, "known", "rotated") for m in members]
        costs = [c for c in (study.cost(m, method) for m in members) if c is not None]
        angles = [g["angle"] for g in rows if g["angle"] is not None]
        lines.append(f"| {method} | {counted} | {study.spread(angles)} | {study.spread(errors[0])} | {study.spread(errors[1])} "
                     f"| {study.spread(ratios, 3)} | {study.spread(costs, 3)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[81, 82, 83, 84, 85])
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/comparison")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    where = study.folder("so3-cloud", None, args.out)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        members = list(pool.map(lambda seed: study.member("comparison", seed, where, args.out), args.seeds))
    (args.out / "table.md").write_text(table(members) + "\n")
    print(table(members))


if __name__ == "__main__":
    main()
