#!/usr/bin/env python3
"""What each default of discovery is worth: verdicts, angles and errors with one setting changed at a time. Python's own library only.

    scripts/ablate.py [--seeds 101 102 103] [--only TASK ...] [--variants NAME ...] [--out runs/ablate] [--jobs 2]

The plain and the oracle's networks, which do not depend on these settings, are trained for one epoch only.
"""
import argparse
import concurrent.futures
import pathlib
import statistics

import study

AT = "learned.augment.learned"
VARIANTS = {
    "as it is": [],
    "resolution: 0.01": [f"{AT}.resolution=0.01"],
    "scale: 0.1": [f"{AT}.scale=0.1"],
    "scale: 0.5": [f"{AT}.scale=0.5"],
    "support: 0": [f"{AT}.support=0"],
    "generators: 3": [f"{AT}.generators=3"],
    "generators: 10": [f"{AT}.generators=10"],
    "steps: 1250": [f"{AT}.steps=1250"],
    "steps: 5000": [f"{AT}.steps=5000"],
    "audit: {networks: 2}": [f"{AT}.audit.networks=2"],
    "audit: {networks: 5}": [f"{AT}.audit.networks=5"],
    "audit: {steps: 1000}": [f"{AT}.audit.steps=1000"],
    "audit: {steps: 4000}": [f"{AT}.audit.steps=4000"],
    "snap: false": [f"{AT}.snap=false"],
    "target: prediction": [f"{AT}.target=prediction"],
}
TASKS = ["so3-cloud", "minkowski", "plane", "hidden-rotation", "anisotropic-trap"]


def table(results):
    tasks = list(next(iter(results.values())))
    lines = ["| setting | right | " + " | ".join(f"{t}: verdicts, angle" for t in tasks) + " | shifted error over that of the default "
             "| CPU over that of the default |", "|---" * (len(tasks) + 4) + "|"]
    first = next(iter(results.values()))
    for variant, by_task in results.items():
        right, cells, errors, costs = 0, [], [], []
        for task, members in by_task.items():
            groups = [m["groups"][0] for m in members]
            found = [study.verdict(g) for g in groups]
            right += sum(study.is_right(task, g) for g in groups)
            angles = [g["angle"] for g in groups if g["verdict"] == "accepted" and g["conjugacy"] == "standard"]
            counted = study.counted(found)
            cells.append(counted + (f", {study.spread(angles)}" if angles else ""))
            for here, there in zip(members, first[task]):
                a, b = study.error(here, "learned", "shifted"), study.error(there, "learned", "shifted")
                errors += [a / b] if a is not None and b else []
                costs.append(study.cost(here, "learned") / study.cost(there, "learned"))
        total = sum(len(m) for m in by_task.values())
        lines.append(f"| `{variant}` | {right}/{total} | " + " | ".join(cells) +
                     f" | {study.spread(errors, 3)} | {statistics.median(costs):.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--only", nargs="+", default=TASKS)
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/ablate")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    # What the others are compared with comes first.
    args.variants = ["as it is", *(v for v in args.variants if v != "as it is")]
    results = {}
    short = lambda task: [f"{name}.epochs=1" for name in ("none", "known") if f"as: {name}," in (study.ROOT / f"studies/{task}.yaml").read_text()]  # noqa: E731
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {v: {t: [pool.submit(study.member, t, s, study.folder(t, None, args.out), args.out / str(i), VARIANTS[v] + short(t))
                           for s in args.seeds] for t in args.only} for i, v in enumerate(args.variants)}
        for variant, tasks in waiting.items():
            results[variant] = {t: [job.result() for job in jobs] for t, jobs in tasks.items()}
            (args.out / "table.md").write_text(table(results) + "\n")
    print(table(results))


if __name__ == "__main__":
    main()
