#!/usr/bin/env python3
"""Is a label of chirality SO(3) and no more? Three bonds of ethanol, C-C, C-O and O-H, to their volume, which turns round under a mirror.

    scripts/chirality.py --data DIR [--seeds 21 22 23] [--out runs/chirality] [--jobs 2]

--data is a folder with md_ethanol/{train,test}.parquet. Each seed is run twice: the label read as a scalar (the truth is SO(3): `so(3)` without a
mirror) and as a pseudoscalar, which turns round with it (O(3)). Exchanges of bonds are not looked for: with a mirror they keep any volume. Needs numpy and pyarrow (requirements.txt).
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


def drawn(source, parts, seed):
    """The bonds in random poses, and their volume in units of the product of their lengths: all frames, split in two."""
    tables = [pq.read_table(source / f"{part}.parquet", columns=["atomic_numbers", "positions"]) for part in parts]
    table = pa.concat_tables(tables)
    elements = np.array(table["atomic_numbers"].to_pylist())
    assert (elements == [6, 6, 8, 1, 1, 1, 1, 1, 1]).all(), "the atoms stand in another order"
    at = np.array(table["positions"].to_pylist(), float)[:, CHAIN]
    bonds = np.diff(at, axis=1)
    rng = np.random.default_rng(seed)
    turns, _ = np.linalg.qr(rng.normal(size=(len(bonds), 3, 3)))
    turns *= np.linalg.det(turns)[:, None, None]
    label = np.linalg.det(bonds) / np.linalg.norm(bonds, axis=2).prod(1)
    bonds = np.einsum("nij,nbj->nbi", turns, bonds)
    order = rng.permutation(len(bonds))
    cut = len(order) * 4 // 5
    return {"train": (bonds[order[:cut]], label[order[:cut]]), "test": (bonds[order[cut:]], label[order[cut:]])}


def save(rows, path):
    bonds, label = rows
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(bonds.astype(np.float32).ravel()), 9)
    pq.write_table(pa.table({"bonds": flat, "volume": pa.array(label.astype(np.float32))}), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/chirality")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    for part, rows in drawn(args.data / "md_ethanol", ("train", "test"), 7).items():
        save(rows, args.out / f"data/{part}.parquet")
    print("| read as | truth | found | skill | r² on the test rows |\n|---|---|---|---|---|")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        def run(action, seed):
            return study.member("chirality", seed, args.out / "data", args.out / action, [f"train.fields.volume.action={action}"])
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
