#!/usr/bin/env python3
"""Runs the studies of the simulated tasks and writes table.md and shifted.svg, which are in docs/results.md. Python's own library only.

    scripts/study.py [--seeds 11 12 13 14 15] [--data DIR] [--only NAME ...] [--out runs/study] [--jobs 2]

--data is a folder with two_body/{train,test}.parquet (LieGAN's data, which is not shipped); its studies are left out where it is
missing. Each member runs on one thread, --jobs of them at a time.
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("SEMOLA_PIPE", ROOT / "target/release/semola-pipe"))
TRUTH = {
    "two_body_residual": "so(2)", "two_body_absolute": "so(2)", "n-body": "so(2)", "hidden-rotation": "so(3)",
    "so3-cloud": "so(3)", "so2-axis": "so(2)", "minkowski": "so(1,3)", "translation": "t(2)", "scaling": "scale",
    "se3": "se(3)", "external-field": "none", "anisotropic-trap": "none", "none": "none",
    "quarter-turns": "none", "fixed-pose": "not identifiable", "plane": "so(2)", "shear-images": "shear",
}


def folder(study, data, out):
    if study.startswith("two_body"):
        return data / "two_body" if data and (data / "two_body/train.parquet").is_file() else None
    target = out / "data" / study
    if not (target / "test.parquet").is_file():
        subprocess.run([BIN, "generate", study, "--out", target, "--seed", "7"], check=True, stdout=subprocess.DEVNULL)
    return target


def member(study, seed, where, out, settings=()):
    pipeline = ROOT / "studies" / f"{study}.yaml"
    sets = [f"--set={setting}" for setting in settings]
    if where:
        sets += [f"--set={name}.path={where.resolve()}/{name}.parquet" for name in ("train", "test")]
    if "as: sheared" in pipeline.read_text():
        sets.append(f"--set=sheared.path={where.resolve()}/test_shifted.parquet")
    done = subprocess.run(
        [BIN, "run", pipeline, "--out", out / study, "--seed", str(seed), "--threads", "1", "--json", "-q", *sets],
        capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{study}, seed {seed}: exit {done.returncode}\n{done.stderr}")
    found = json.loads(done.stdout)[0]
    manifest = json.loads(pathlib.Path(found["dir"], "manifest.json").read_text())
    starts = [json.loads(line) for line in pathlib.Path(found["dir"], "events.jsonl").read_text().splitlines()]
    return {"seed": seed, "cpu": manifest["cpu_seconds"], "events": starts, **found}


def spread(values, digits=2):
    if not values:
        return "–"
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}g} ({low:.{digits}g}–{high:.{digits}g})"


def error(found, model, shift):
    plain = lambda e: e["shift"] == "none" and e["split"] == "test"  # noqa: E731
    rows = [e for e in found["evaluation"] if e["model"] == model and plain(e) == (shift == "none")]
    rows = [e["value"] for e in rows if e["metric"] == "mse"]
    return rows[0] if rows else None


def ratios(members, against, shift):
    pairs = [(error(m, "learned", shift), error(m, against, shift)) for m in members]
    return [a / b for a, b in pairs if a is not None and b]


def cost(found, model):
    """CPU seconds of one model's training stage, discovery included."""
    stages = [e for e in found["events"] if e.get("event") == "stage"]
    for here, following in zip(stages, stages[1:]):
        if here.get("name") == model and here["kind"] == "train":
            return following["cpu_seconds"] - here["cpu_seconds"]
    return None


def verdict(group):
    """What is claimed: a name (with a star where the group is hidden by a change of basis), or why nothing is."""
    if group["verdict"] != "accepted":
        return group["verdict"]
    return group["name"] + ("*" if group["conjugacy"] == "conjugated" else "")


def entries(side, *places):
    return [[sum(v for i, j, v in places if (i, j) == (r, c)) for c in range(side)] for r in range(side)]


def turn(side, i, j):
    return entries(side, (i, j, -1.0), (j, i, 1.0))


# What spans the algebra; of the hidden rotation only its kind is compared.
ALGEBRA = {
    "two_body_residual": [turn(2, 0, 1)], "two_body_absolute": [turn(2, 0, 1)], "n-body": [turn(2, 0, 1)],
    "so3-cloud": [turn(3, 0, 1), turn(3, 0, 2), turn(3, 1, 2)], "so2-axis": [turn(3, 0, 1)], "plane": [turn(3, 0, 1)],
    "minkowski": [turn(4, 1, 2), turn(4, 1, 3), turn(4, 2, 3)] + [entries(4, (0, i, 1.0), (i, 0, 1.0)) for i in (1, 2, 3)],
    "translation": [entries(3, (i, 2, 1.0)) for i in (0, 1)], "scaling": [entries(3, (0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0))],
    "se3": [turn(4, 0, 1), turn(4, 0, 2), turn(4, 1, 2)] + [entries(4, (i, 3, 1.0)) for i in range(3)],
    "shear-images": [entries(2, (0, 1, 1.0))],
}


def flat(matrix):
    return [v for row in matrix for v in row]


def angle(matrix, span):
    """Of a flat matrix to a span of matrices that are orthogonal to each other, in radians."""
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))  # noqa: E731
    inside = sum(dot(matrix, e) ** 2 / dot(e, e) for e in map(flat, span)) / max(dot(matrix, matrix), 1e-300)
    return math.acos(min(1.0, math.sqrt(inside)))


def counted(claims):
    """`3× so(2), 1× none`."""
    return ", ".join(f"{claims.count(c)}× {c}" for c in dict.fromkeys(claims))


def is_right(study, group):
    """The truth: its name and rank, in its coordinates; where it is hidden, its kind."""
    claimed, truth = verdict(group), TRUTH[study]
    if group["verdict"] != "accepted":
        return claimed == truth
    if study == "hidden-rotation":
        return claimed == truth + "*"
    span = ALGEBRA.get(study, [])
    inside = all(len(flat(g)) == len(flat(span[0])) and angle(flat(g), span) <= 0.01 for g in group["generators"]) if span else False
    return inside and len(group["generators"]) == group["rank"] == len(span)


def table(results):
    lines = [
        "| task | truth | right | verdicts | angle before snapping [rad] | largest leakage | least coverage | MSE shifted: learned / known | MSE shifted: none / learned "
        "| MSE test: learned / none | CPU learned / none | CPU known / none | CPU s: none |", "|---" * 13 + "|"]
    for study, members in results.items():
        groups = [m["groups"][0] for m in members]
        verdicts = [verdict(g) for g in groups]
        right = sum(is_right(study, g) for g in groups)
        standard = [g for g in groups if g["verdict"] == "accepted" and g["conjugacy"] == "standard"]
        angles, leakages, coverages = ([g[column] for g in standard] for column in ("angle", "leakage", "coverage"))
        gain = [1 / r for r in ratios(members, "none", "shifted")]
        plain = [cost(m, "none") for m in members]
        relative = [spread([cost(m, model) / p for m, p in zip(members, plain) if cost(m, model) and p], 3) for model in ("learned", "known")]
        lines.append("| " + " | ".join([
            study, TRUTH[study], f"{right}/{len(members)}", counted(verdicts), spread(angles),
            f"{max(leakages):.2g}" if leakages else "–", f"{min(coverages):.4f}" if coverages else "–", spread(ratios(members, "known", "shifted"), 3),
            spread(gain, 3), spread(ratios(members, "none", "none"), 3),
            *relative, spread([p for p in plain if p], 3)]) + " |")
    return "\n".join(lines + ["", *summary(results)])


def summary(results):
    """How many verdicts are exact, and how many claim something that is not so."""
    claims = [(study, m["groups"][0]) for study, members in results.items() for m in members]
    exact = sum(is_right(study, g) for study, g in claims)
    controls = [g for study, g in claims if TRUTH[study] in ("none", "not identifiable")]
    claimed = [(study, g) for study, g in claims if g["verdict"] == "accepted"]
    wrong = sum(not is_right(study, g) for study, g in claimed)
    return [f"{exact} of {len(claims)} verdicts exact; {sum(g['verdict'] == 'accepted' for g in controls)} of {len(controls)} members "
            f"without an identifiable symmetry claim one; {wrong} of {len(claimed)} claims name something else than the truth."]


def figure(results):
    """Errors on shifted data over those of the given group, a dot a seed, as SVG: learned and none, on a logarithmic axis."""
    rows = [(study, ratios(members, "known", "shifted"), [a / b for a, b in zip(ratios(members, "known", "shifted"), ratios(members, "none", "shifted"))])
            for study, members in results.items()]
    rows = [row for row in rows if row[1]]
    if not rows:
        return ""
    left, width, step, top = 150, 520, 26, 34
    most = max(max(none) for _, _, none in rows)
    decades = range(-1, math.ceil(math.log10(most)) + 1)
    place = lambda ratio: left + width * (math.log10(ratio) - decades[0]) / (decades[-1] - decades[0])  # noqa: E731
    height = top + step * len(rows) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 30} {height}" font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="{left}" y="18"><tspan fill="#1b6ca8">● learned</tspan>  <tspan fill="#c4572e">● none</tspan>'
             '  (error on shifted data over that of the given group)</text>']
    for d in decades:
        x = place(10.0 ** d)
        dash = "" if d == 0 else ' stroke-dasharray="2 4"'
        parts.append(f'<line x1="{x:.1f}" y1="{top - 6}" x2="{x:.1f}" y2="{height - 32}" stroke="#888"{dash}/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 14}" text-anchor="middle">{10.0 ** d:g}</text>')
    for i, (study, learned, none) in enumerate(rows):
        y = top + step * (i + 0.5)
        parts.append(f'<text x="{left - 12}" y="{y + 4:.1f}" text-anchor="end">{study}</text>')
        for values, colour in ((none, "#c4572e"), (learned, "#1b6ca8")):
            parts += [f'<circle cx="{place(max(v, 10.0 ** decades[0])):.1f}" cy="{y:.1f}" r="4" fill="{colour}" fill-opacity="0.6"/>' for v in values]
    return "\n".join(parts + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14, 15])
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", default=list(TRUTH), choices=list(TRUTH))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/study")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    results = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {}
        for study in args.only:
            where = folder(study, args.data, args.out)
            if where is None:
                print(f"{study}: left out, no data (--data)")
                continue
            waiting[study] = [pool.submit(member, study, seed, where, args.out) for seed in args.seeds]
        for study, jobs in waiting.items():
            results[study] = [job.result() for job in jobs]
            print(study, [verdict(m["groups"][0]) for m in results[study]], flush=True)
            (args.out / "table.md").write_text(table(results) + "\n")
    (args.out / "table.md").write_text(table(results) + "\n")
    (args.out / "shifted.svg").write_text(figure(results))
    print(table(results))


if __name__ == "__main__":
    main()
