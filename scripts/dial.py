#!/usr/bin/env python3
"""How far a broken symmetry is said to hold: `generate near-rotation` at several dials. Python's own library only.

    scripts/dial.py [--seeds 81 82 83 84 85] [--dials 0 0.02 0.05 0.1 0.2 0.5] [--out runs/dial] [--jobs 2]
"""
import argparse
import concurrent.futures
import pathlib
import subprocess

import study


def folder(dial, out):
    target = out / "data" / str(dial)
    if not (target / "test.parquet").is_file():
        subprocess.run([study.BIN, "generate", "near-rotation", "--dial", str(dial), "--out", target, "--seed", "7"],
                       check=True, stdout=subprocess.DEVNULL)
    return target


def table(results):
    lines = ["| dial | verdicts | holds up to [rad] | MSE test: learned / none | MSE turned: learned / none | MSE test: known / none |",
             "|---" * 6 + "|"]
    for dial, members in results.items():
        groups = [m["groups"][0] for m in members]
        found = [study.verdict(g) for g in groups]
        counted = study.counted(found)
        extents = [g["extent"] for g in groups if g["extent"] is not None]
        known = [study.error(m, "known", "none") / study.error(m, "none", "none") for m in members]
        lines.append(f"| {dial} | {counted} | {study.spread(extents, 3)} | {study.spread(study.ratios(members, 'none', 'none'), 3)} "
                     f"| {study.spread(study.ratios(members, 'none', 'shifted'), 3)} | {study.spread(known, 3)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[81, 82, 83, 84, 85])
    parser.add_argument("--dials", type=float, nargs="+", default=[0, 0.02, 0.05, 0.1, 0.2, 0.5])
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/dial")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    results = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {d: [pool.submit(study.member, "near-rotation", s, folder(d, args.out), args.out / f"dial-{d}") for s in args.seeds]
                   for d in args.dials}
        for dial, jobs in waiting.items():
            results[dial] = [job.result() for job in jobs]
            (args.out / "table.md").write_text(table(results) + "\n")
    print(table(results))


if __name__ == "__main__":
    main()
