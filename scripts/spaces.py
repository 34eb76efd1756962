#!/usr/bin/env python3
"""LieGAN's two-body data in three search spaces: what is accepted in each. Needs polars (requirements.txt).

    scripts/spaces.py --data DIR [--seeds 81 82 83 84 85] [--out runs/spaces] [--jobs 2]

--data is a folder with two_body/train.parquet, which is not shipped.
"""
import argparse
import concurrent.futures
import pathlib

import polars as pl
import study

SPACES = {"gl2": "2×2, on every vector", "gl4": "4×4, on both bodies", "gl8": "8×8, on the whole state"}


def table(members):
    directions = pl.concat(pl.read_parquet(pathlib.Path(m["dir"], "tables/directions.parquet")).with_columns(seed=m["seed"]) for m in members)
    lines = ["| search space | dimension | without effect | verdicts | angle before snapping [rad] | accepted directions | others |", "|---" * 7 + "|"]
    for model, what in SPACES.items():
        groups = [g for m in members for g in m["groups"] if g["model"] == model]
        found = [study.verdict(g) for g in groups]
        counted = study.counted(found)
        angles = [g["angle"] for g in groups if g["verdict"] == "accepted"]
        rows = directions.filter(pl.col("model") == model)
        of = lambda verdict: rows.filter(pl.col("verdict") == verdict)  # noqa: E731
        per_seed = lambda verdict: len(of(verdict)) / len(members)  # noqa: E731
        others = ", ".join(f"{v}: {len(of(v))}" for v in ("refuted", "not identifiable", "undecided") if len(of(v)))
        lines.append(f"| {what} | {int(model[2:]) ** 2} | {per_seed('no effect'):g} | {counted} | {study.spread(angles)} | {len(of('accepted'))} in "
                     f"{len(members)} runs | {others} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[81, 82, 83, 84, 85])
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/spaces")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    train = (args.data / "two_body/train.parquet").resolve()
    paths = [f"{name}.path={train}" for name in ("pairs", "bodies", "states")]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        members = list(pool.map(lambda seed: study.member("two_body_spaces", seed, None, args.out, paths), args.seeds))
    (args.out / "table.md").write_text(table(members) + "\n")
    print(table(members))


if __name__ == "__main__":
    main()
