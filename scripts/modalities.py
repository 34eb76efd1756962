#!/usr/bin/env python3
"""Runs the studies of images, molecules and four-momenta on real data, and writes their table. Python's own library only.

    scripts/modalities.py --data DIR [--seeds 21 22 23] [--only NAME ...] [--out runs/modalities] [--jobs 2]

--data is a folder with mnist, md_ethanol, qm9 and cms_zmumu, each with train.parquet and test.parquet; what is missing is left out.
Each member runs on one thread, --jobs of them at a time.
"""
import argparse
import concurrent.futures
import pathlib

import study

# Study: folder of the data, the symmetry that is there (or none), the metric that is looked at.
STUDIES = {
    "zmumu": ("cms_zmumu", "so(1,3)", "rmse"),
    "mnist_turned": ("mnist", "so(2)", "accuracy"),
    "mnist_all": ("mnist", "so(2)", "accuracy"),
    "mnist_45": ("mnist", "so(2), up to 45°", "accuracy"),
    "mnist_upright": ("mnist", "none", "accuracy"),
    "ethanol": ("md_ethanol", "so(3)", "mae"),
    "ethanol_30": ("md_ethanol", "so(3)", "mae"),
    "qm9_r2": ("qm9", "so(3)", "r2"),
    "qm9_mu": ("qm9", "so(3)", "r2"),
    "qm9_small_energy": ("qm9", "so(3)", "r2"),
    "qm9_u0": ("qm9", "so(3)", "r2"),
}


def values(members, model, shift, metric):
    rows = [[e["value"] for e in m["evaluation"] if (e["model"], e["shift"], e["metric"]) == (model, shift, metric)] for m in members]
    return [r[0] for r in rows if r]


def table(results):
    lines = ["| study | truth | seeds | verdicts | angle before snapping [rad] | shift | metric | learned | none | known | CPU s: learned "
             "| none | known |", "|---" * 13 + "|"]
    for name, members in results.items():
        _, truth, metric = STUDIES[name]
        groups = [m["groups"][0] for m in members]
        found = [study.verdict(g) for g in groups]
        counted = study.counted(found)
        angles = study.spread([g["angle"] for g in groups if g["verdict"] == "accepted"])
        costs = [study.spread([c for c in (study.cost(m, model) for m in members) if c is not None], 3)
                 for model in ("learned", "none", "known")]
        shifts = list(dict.fromkeys(e["shift"] for m in members for e in m["evaluation"]))
        for i, shift in enumerate(shifts):
            head = [name, truth, str(len(members)), counted, angles] if i == 0 else [""] * 5
            figures = [study.spread(values(members, model, shift, metric), 4) for model in ("learned", "none", "known")]
            lines.append("| " + " | ".join(head + [shift, metric] + figures + (costs if i == 0 else [""] * 3)) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--only", nargs="+", default=list(STUDIES), choices=list(STUDIES))
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/modalities")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    results = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {}
        for name in args.only:
            where = args.data / STUDIES[name][0]
            if not (where / "train.parquet").is_file():
                print(f"{name}: left out, no {where}")
                continue
            waiting[name] = [pool.submit(study.member, name, seed, where, args.out) for seed in args.seeds]
        for name, jobs in waiting.items():
            results[name] = [job.result() for job in jobs]
            print(name, [study.verdict(m["groups"][0]) for m in results[name]], flush=True)
            (args.out / "table.md").write_text(table(results) + "\n")
    print(table(results))


if __name__ == "__main__":
    main()
