#!/usr/bin/env python3
"""Random tasks with exact truth: draws them, runs discovery on each, compares. Needs numpy and pyarrow (requirements.txt).

    scripts/random_study.py FIRST LAST [--out runs/random] [--jobs 2] [--like KEY=VALUE ...] [--set PATH=VALUE ...] [--keep]
    scripts/random_study.py --gain runs/random/results.csv [--out runs/random-gain]

Each seed from FIRST to LAST is generated (`semola-pipe generate random --seed N`), and the pipeline that comes with it is run on one
thread. One row per seed is appended to OUT/results.csv: every drawn property (docs/random.md), the verdict, and the outcome:

    exact              the claimed span is the true one; of a control: nothing is claimed
    subalgebra only    all that is claimed is true, but not all that is true is claimed
    within tolerance   a claimed direction lies outside the true algebra, but the group breaks by less than --tolerance (2.5 times that where it
                       is `approximate`), which is all that a claim says; `broken` is measured as the claim's bound is, by the program itself
                       (`generate random --breaks`), `worst` along the worst direction of the group
    false claim        a claimed direction lies outside the true algebra by more than --angle, and the group breaks by more
    missed             `none`, although there is a symmetry
    undecided, refused, not identifiable    as the program says; failed: the program stopped with an error

`finite_outcome` is the same of the finite part, of tasks whose finite part is stated (generic controls): `exact`, `subgroup only`, `within tolerance`
(an element that changes the target by less than --tolerance of its variance), `false element`, `missed`, and what the program says.

--run-with: the same tasks under another build, an older one say; tasks and truth are those of this one.

--gain: the tasks of another study in which something was claimed, once more, with plain training beside: `gain` is the mean squared error of `learned`
on the test rows over that of `none`, and `cost` the ratio of their processor times. (Where nothing is claimed both networks are the same, bit for bit.)

Seeds with a row are skipped, so a stopped study continues with the same command. scripts/random_summary.py makes the tables.
Seeds 1 to 999 are for work on the method; reports use seeds from 100000 on, chosen after the method is fixed.
"""
import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

import numpy as np
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("SEMOLA_PIPE", ROOT / "target/release/semola-pipe"))
DRAWN = ["control", "family", "base", "base_algebra", "base_rank", "breaking", "k", "condition", "representation", "fields", "target", "space",
         "activation", "roughness", "law", "rows", "noise", "tails", "outliers", "repeats", "group", "units", "numbers", "attempt", "gap", "finite",
         "finite_breaking"]
COLUMNS = ["seed", "algebra", "rank", *DRAWN, "verdict", "found", "found_rank", "conjugacy", "skill", "angle", "coverage", "broken", "worst", "bound", "tested", "outcome",
           "finite_found", "finite_order", "finite_outcome", "gain", "cost", "seconds",
           "code_version", "notes"]


def orthonormal(matrices):
    """Columns that span flat matrices."""
    stacked = np.array([np.asarray(m, float).ravel() for m in matrices]).T
    u, s, _ = np.linalg.svd(stacked, full_matrices=False)
    return u[:, s > 1e-9 * s[0]]


def compare(found, true):
    """The largest angle of the found span to the true one [rad], and the share of the true span that is found."""
    if not found:
        return None, None
    a = orthonormal(found)
    if not true:
        return np.pi / 2, None
    b = orthonormal(true)
    outside = np.linalg.norm(a - b @ (b.T @ a), ord=2)
    return float(np.arcsin(min(1.0, outside))), float(np.linalg.norm(b.T @ a) ** 2 / b.shape[1])


def plane(drawn):
    """The generator of the plane that the drawn finite group turns. Of a turn by an angle, g − g⁻¹ is 2 sin(angle) times that."""
    k = drawn["k"]
    differences = [m - np.linalg.inv(m) for m in np.array(drawn["finite_elements"], float).reshape(-1, k, k)]
    turn = max(differences, key=np.linalg.norm)
    return turn / np.sqrt(np.abs(np.linalg.eigvals(turn @ turn)).max())


def broken(found, drawn, data, args, seed):
    """By how much the task's function breaks the group of these generators, as a claim says it: of a compact group the share of the variance that
    breaks it, of others the mean over its directions of the change along it, as a share of that along a direction of no meaning; and the same
    along the worst of its directions. The program that drew the function measures it."""
    if not found:
        return None, None
    circle = drawn.get("finite_circle")
    if circle is not None and len(found) == 1 and compare(found, [plane(drawn).tolist()])[0] < 0.15:
        return circle, circle
    asked = data / "groups.json"
    asked.write_text(json.dumps([[np.asarray(l, float).ravel().tolist() for l in found]]))
    said = subprocess.run([BIN, "generate", "random", "--seed", str(seed), "--breaks", asked, *likes(args)], capture_output=True, text=True)
    if said.returncode:
        raise SystemExit(f"seed {seed}: {said.stderr}")
    group = json.loads(said.stdout)[0]
    return group["mean"] if group["whole"] is None else group["whole"], group["worst"]


def likes(args):
    return [f"--like={like}" for like in args.like]


def outcome(verdict, found, true, angle, share, args):
    if verdict.startswith(("accepted", "approximate")) and found:
        if angle is None or angle > args.angle:
            limit = args.tolerance * (2.5 if verdict.startswith("approximate") else 1.0)
            return "within tolerance" if share is not None and share <= limit else "false claim"
        return "exact" if len(found) >= len(true) else "subalgebra only"
    if verdict == "none":
        return "missed" if true else "exact"
    return verdict.split(":")[0]


def finite_outcome(verdict, elements, truth, args):
    """Of the accepted elements (matrix, exchange of blocks), beside those that were drawn."""
    if "finite" not in truth:
        return ""
    drawn = truth["drawn"]
    k, true = drawn["k"], truth["finite"]["order"] > 1

    def change(element):
        """By how much it changes the target; None if it was not drawn."""
        matrix, blocks = element
        for other, exchange, amount in zip(drawn["finite_elements"], drawn["finite_exchanges"], drawn["finite_changes"]):
            moved = list(exchange) if list(exchange) != sorted(exchange) else []
            if [int(b) for b in blocks] == moved and np.linalg.norm(np.array(matrix) - np.array(other)) < 0.25 * np.sqrt(k):
                return amount
        # Not drawn, but a turn of the same plane, alone or with a drawn element: so(2) is what it breaks less than.
        circle = drawn["finite_circle"]
        if circle is not None and not blocks:
            own = [np.eye(k), *np.array(drawn["finite_elements"], float).reshape(-1, k, k)]
            turn = plane(drawn)
            turns = [np.eye(k) + np.sin(t) * turn + (1 - np.cos(t)) * turn @ turn for t in np.radians(np.arange(0, 360, 5))]
            if any(np.linalg.norm(np.array(matrix).reshape(k, k) - t @ m) < 0.25 * np.sqrt(k) for t in turns for m in own):
                return circle
        return None

    if not elements:
        return verdict.split(":")[0] if verdict != "none" else "missed" if true else "exact"
    changes = [change(e) for e in elements]
    if any(c is None or c > args.tolerance for c in changes):
        return "false element"
    if not true or any(c > 1e-9 for c in changes):
        return "within tolerance"
    return "exact" if len(elements) + 1 >= truth["finite"]["order"] else "subgroup only"


def generators(truth):
    """The true basis. Translations are a subspace of their own, so their unit, that of the scaled points, does not matter."""
    side = truth["space"]["affine"] + 1 if "affine" in truth["space"] else truth["space"]["gl"]
    return np.array(truth["generators"], float).reshape(truth["rank"], side, side).tolist()


def rows_of(member, table):
    """Of one of a run's tables; an older build may not have it."""
    path = pathlib.Path(member["dir"], f"tables/{table}.parquet")
    return pq.read_table(path).to_pylist() if path.is_file() else []


def gain(member):
    """Test error and processor time of `learned` over those of `none`."""
    errors = {e["model"]: e["value"] for e in member["evaluation"] if e["metric"] == "mse" and e["split"] == "test" and e["shift"] == "none"}
    events = [json.loads(line) for line in pathlib.Path(member["dir"], "events.jsonl").read_text().splitlines()]
    stages = [e for e in events if e.get("event") == "stage"]
    cpu = {a["name"]: b["cpu_seconds"] - a["cpu_seconds"] for a, b in zip(stages, stages[1:]) if a["kind"] == "train"}
    return {"gain": errors["learned"] / errors["none"], "cost": cpu["learned"] / cpu["none"]}


def study(seed, args):
    folder = args.out / str(seed)
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([BIN, "generate", "random", "--seed", str(seed), "--out", folder / "data", *likes(args)], capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"seed {seed}: {made.stderr}")
    truth = json.loads(pq.read_schema(folder / "data/train.parquet").metadata[b"semola.truth"])
    row = {"seed": seed, "algebra": truth["algebra"], "rank": truth["rank"], **{key: truth["drawn"][key] for key in DRAWN}}
    if args.gain:
        pipeline = folder / "data/pipeline.yaml"
        evaluate = "  - evaluate: {models: [learned]"
        text = pipeline.read_text()
        assert evaluate in text, text
        pipeline.write_text(text.replace(evaluate, "  - train: {as: none, like: learned, augment: none}\n  - evaluate: {models: [learned, none]"))
    start = time.monotonic()
    done = subprocess.run(
        [args.run_with or BIN, "run", folder / "data/pipeline.yaml", "--out", folder / "run", "--seed", str(seed), "--threads", "1", "--json", "-q",
         *[f"--set={s}" for s in args.set]], capture_output=True, text=True)
    row["seconds"] = round(time.monotonic() - start, 1)
    if done.returncode:
        row |= {"verdict": f"exit {done.returncode}", "outcome": "failed", "notes": done.stderr.strip().replace("\n", " ")[-300:]}
    else:
        member = json.loads(done.stdout)[0]
        group, true = member["groups"][0], generators(truth)
        angle, coverage = compare(group["generators"], true)
        share, worst = broken(group["generators"], truth["drawn"], folder / "data", args, seed)
        said = (rows_of(member, "groups") or [{}])[0]
        part = (rows_of(member, "finite") or [{"verdict": "", "whole": "", "name": "", "order": 1}])[0]
        judged = rows_of(member, "elements") if part["verdict"] == "accepted" else []
        elements = [(e["matrix"], e["input_blocks"]) for e in judged if e["verdict"] == "accepted"]
        row |= {"finite_found": (part["whole"] or part["name"]) if elements else part["verdict"], "finite_order": part["order"],
                "finite_outcome": finite_outcome(part["verdict"], elements, truth, args)}
        manifest = json.loads(pathlib.Path(member["dir"], "manifest.json").read_text())
        row |= gain(member) if args.gain else {}
        row |= {"verdict": group["verdict"], "found": group["name"], "found_rank": len(group["generators"]), "conjugacy": group["conjugacy"],
                "skill": group["skill"], "angle": angle, "coverage": coverage, "broken": share, "worst": worst, "bound": said.get("breaking_bound"), "tested": said.get("tested"), "notes": (group["notes"] or "").replace("\n", " "),
                "outcome": outcome(group["verdict"], group["generators"], true, angle, share, args), "code_version": manifest["versions"].get("semola-pipe")}
    if not args.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=int, nargs="?")
    parser.add_argument("last", type=int, nargs="?")
    parser.add_argument("--gain", type=pathlib.Path, help="results.csv of another study: its tasks with a claim, with plain training beside")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/random")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--like", action="append", default=[], help="passed on to generate")
    parser.add_argument("--run-with", type=pathlib.Path, help="another build that runs the pipelines; tasks and truth are this one's")
    parser.add_argument("--set", action="append", default=[], help="passed on to run")
    parser.add_argument("--angle", type=float, default=0.15, help="what still counts as inside the true algebra [rad]")
    parser.add_argument("--tolerance", type=float, default=0.02, help="the largest breaking that a claim leaves open (audit.tolerance)")
    parser.add_argument("--keep", action="store_true", help="keep data and runs")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    results = args.out / "results.csv"
    known = set()
    if results.is_file():
        with results.open(newline="") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != COLUMNS:
                parser.error(f"{results} has other columns than this version writes; give another --out")
            known = {int(row["seed"]) for row in reader}
    if args.gain:
        with args.gain.open(newline="") as file:
            seeds = [int(row["seed"]) for row in csv.DictReader(file) if row["found"] not in ("", "none")]
    elif args.last is None:
        parser.error("give FIRST and LAST, or --gain")
    else:
        seeds = range(args.first, args.last + 1)
    lock = threading.Lock()

    def one(seed):
        row = study(seed, args)
        with lock, results.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
        print(f"{seed} {row['algebra']}: {row.get('found', '')} {row['verdict']} -> {row['outcome']} ({row['seconds']} s)", flush=True)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(one, seed) for seed in seeds if seed not in known]
        for job in jobs:
            job.result()


if __name__ == "__main__":
    main()
