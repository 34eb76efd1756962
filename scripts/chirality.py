#!/usr/bin/env python3
"""Is a label of chirality SO(3) and no more? The sine of ethanol's dihedral angle C-C-O-H, which turns round under a mirror.

    scripts/chirality.py --data DIR [--seeds 21 22 23] [--out runs/chirality] [--jobs 2]

--data is a folder with md_ethanol/{train,test}.parquet. Each seed is run twice: the label read as a scalar (the truth is SO(3): `so(3)` without a
mirror) and as a pseudoscalar, which turns round with it (O(3)). Needs numpy and pyarrow (requirements.txt).
"""
import argparse
import concurrent.futures
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import finite_study
import study

# Places of the atoms in a row: carbon of CH3, carbon of CH2, oxygen, hydrogen of OH.
CHAIN = [1, 0, 2, 8]
READ_AS = {"scalar": "so(3)", "pseudoscalar": "O(3)"}


def twist(positions):
    """sin of the dihedral angle of four atoms, for rows of positions (rows×atoms×3)."""
    a, b, c, d = (positions[:, i] for i in CHAIN)
    first, axis, last = b - a, c - b, d - c
    one, other = np.cross(first, axis), np.cross(axis, last)
    turned = np.cross(one, other)
    sine = (turned * axis).sum(1) / np.linalg.norm(axis, axis=1)
    return sine / (np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1))


def write(source, target):
    table = pq.read_table(source, columns=["atomic_numbers", "positions"])
    elements = np.array(table["atomic_numbers"].to_pylist())
    assert (elements == [6, 6, 8, 1, 1, 1, 1, 1, 1]).all(), "the atoms stand in another order"
    label = twist(np.array(table["positions"].to_pylist(), float)).astype(np.float32)
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.append_column("twist", pa.array(label)), target)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/chirality")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    for part in ("train", "test"):
        write(args.data / f"md_ethanol/{part}.parquet", args.out / f"data/{part}.parquet")
    print("| read as | truth | found | skill | r² on the test rows |\n|---|---|---|---|---|")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        def run(action, seed):
            return study.member("chirality", seed, args.out / "data", args.out / action, [f"train.fields.twist.action={action}"])
        waiting = {action: [pool.submit(run, action, seed) for seed in args.seeds] for action in READ_AS}
        for action, jobs in waiting.items():
            found = [job.result() for job in jobs]
            names = [finite_study.verdict(f) for f in found]
            counted = ", ".join(f"{names.count(n)}× {n}" for n in dict.fromkeys(names))
            skill = study.spread([f["groups"][0]["skill"] for f in found])
            r2 = study.spread([e["value"] for f in found for e in f["evaluation"] if e["metric"] == "r2"])
            print(f"| {action} | {READ_AS[action]} | {counted} | {skill} | {r2} |", flush=True)


if __name__ == "__main__":
    main()
