#!/usr/bin/env python3
"""Every method in one pipeline, on tasks with a symmetry and on a control: studies/comparison*.yaml. Python's own library only.

    scripts/comparison.py [--seeds 81 82 83 84 85] [--only STUDY ...] [--out runs/comparison] [--jobs 2]
"""
import argparse
import concurrent.futures
import pathlib

import study

# Study: the task that it is about.
STUDIES = {"comparison": "so3-cloud", "comparison_boosts": "minkowski", "comparison_control": "anisotropic-trap"}


def found(group):
    """What is claimed; for methods without a test, what their basis is nearest to."""
    if group["verdict"] == "not tested":
        return f"not tested: {group['name']}, rank {group['rank']}"
    return study.verdict(group)


def table(members):
    evaluation = members[0]["evaluation"]
    methods = list(dict.fromkeys(e["model"] for e in evaluation))
    shifted = [s for s in dict.fromkeys(e["shift"] for e in evaluation) if s != "none"]
    head = ["method", "found", "angle [rad]", "MSE test", "over none's"]
    if shifted:
        head += [f"MSE {shifted[0]}", "over known's"]
    lines = ["| " + " | ".join([*head, "CPU s"]) + " |", "|---" * (len(head) + 1) + "|"]
    for method in methods:
        rows = [g for m in members for g in m["groups"] if g["model"] == method]
        claims = [found(g) for g in rows]
        cells = [method, study.counted(claims) or "–",
                 study.spread([g["angle"] for g in rows if g["angle"] is not None])]
        for shift, against in [("none", "none")] + [(s, "known") for s in shifted[:1]]:
            errors = [study.error(m, method, shift) for m in members]
            cells += [study.spread(errors), study.spread([e / study.error(m, against, shift) for e, m in zip(errors, members)], 3)]
        cells.append(study.spread([c for c in (study.cost(m, method) for m in members) if c is not None], 3))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[81, 82, 83, 84, 85])
    parser.add_argument("--only", nargs="+", default=list(STUDIES), choices=list(STUDIES))
    parser.add_argument("--out", type=pathlib.Path, default=study.ROOT / "runs/comparison")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {}
        for name in args.only:
            where = study.folder(STUDIES[name], None, args.out)
            waiting[name] = [pool.submit(study.member, name, seed, where, args.out) for seed in args.seeds]
        parts = []
        for name, jobs in waiting.items():
            parts.append(f"`{name}`, on {STUDIES[name]}:\n\n{table([job.result() for job in jobs])}\n")
            (args.out / "table.md").write_text("\n".join(parts))
    print("\n".join(parts))


if __name__ == "__main__":
    main()
