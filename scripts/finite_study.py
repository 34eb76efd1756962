#!/usr/bin/env python3
"""The finite part of the symmetry group on simulated tasks: each task is generated and judged with several seeds. Python's own library only.

    scripts/finite_study.py [--seeds 61 62 63] [--only NAME ...] [--out runs/finite] [--jobs 1]

The table is in docs/results.md. Each member runs on one thread; --quick audits as long, with smaller networks, and leaves out the training along what was found.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("SEMOLA_PIPE", ROOT / "target/release/semola-pipe"))

# Task: (k, whether the target is a vector, whole group; the algebra's name where nothing finite is there).
TASKS = {
    "c3": (2, False, "C3"), "c4": (2, False, "C4"), "c6": (2, False, "C6"), "quarter-turns": (2, False, "C4"),
    "d4": (2, False, "D4"), "thomas": (3, True, "S_6"), "icosahedral": (3, False, "I_h"), "o5": (5, False, "O(5)"),
    "duct": (2, True, "D4"), "volume": (3, False, "O(3)"), "magnetic-field": (2, True, "O(2)"),
    "even": (4, False, "C_i"), "hidden-mirror": (3, False, "C_s"), "lorenz": (3, True, "C2"), "s3": (3, False, "S3"),
    "so3-cloud": (3, False, "O(3)"), "exchange": (2, True, "O(2) × S2"), "unequal-masses": (2, True, "O(2)"),
    "triple-product": (3, False, "so(3)"), "magnetic": (2, True, "so(2)"), "none": (2, False, "none"),
}
PIPELINE = """
name: {task}
stages:
  - read:
      as: train
      path: {data}/train.parquet
      fields:
        x: {{column: input, action: vector, dim: {k}}}{extra}
        y: {{column: target{action}}}
  - read: {{as: test, path: {data}/test.parquet, like: train}}
  - prepare: {{from: [train, test], steps: [{{scale: {{fields: x, fit: train}}}}, {{{scaling}: {{fields: y, fit: train}}}}]}}
  - train:
      as: learned
      from: train
      input: {inputs}
      target: y
      model: {{mlp: {{hidden: {hidden}}}}}
      augment: {{learned: {{space: {{gl: {k}}}, finish: {finish}, steps: {steps}, audit: {{steps: {audit}}}}}}}
      epochs: {epochs}
  - evaluate: {{models: [learned], on: test, predictions: false}}
"""


def member(task, seed, args):
    k, vector, _ = TASKS[task]
    data = args.out / "data" / f"{task}-{seed}"
    if not (data / "test.parquet").is_file():
        subprocess.run([BIN, "generate", task, "--out", data, "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL)
    size = dict(hidden="[128, 128]", finish="false", steps=300, audit=4000, epochs=1) if args.quick else \
        dict(hidden="[128, 128, 128]", finish="true", steps=2000, audit=3000, epochs=100)
    action = f", action: vector, dim: {k}" if vector else ", action: pseudoscalar" if task == "volume" else ""
    extra, inputs = ("\n        b: {column: field, action: pseudoscalar}", "[x, b]") if task == "magnetic-field" else ("", "x")
    text = PIPELINE.format(task=task, data=data.resolve(), k=k, action=action, extra=extra, inputs=inputs,
                           scaling="scale" if action else "standardise", **size)
    pipeline = data / "pipeline.yaml"
    pipeline.write_text(text)
    started = time.time()
    done = subprocess.run([BIN, "run", pipeline, "--out", args.out / task, "--seed", str(seed), "--threads", "1", "--json", "-q"],
                          capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{task}, seed {seed}: exit {done.returncode}\n{done.stderr}")
    found = json.loads(done.stdout)[0]
    print(f"{task} {seed}: {verdict(found)} ({time.time() - started:.0f} s)", flush=True)
    return found


def verdict(found):
    group = found["groups"][0]
    finite = group["finite"]
    if finite["verdict"] == "accepted":
        return finite["whole"]
    return group["name"] if group["verdict"] in ("accepted", "approximate") else finite["verdict"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[61, 62, 63])
    parser.add_argument("--only", nargs="+", default=list(TASKS))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/finite")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    lines = ["| task | truth | found | skill |", "|---|---|---|---|"]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {t: [pool.submit(member, t, s, args) for s in args.seeds] for t in args.only}
        for task, jobs in waiting.items():
            all_found = [job.result() for job in jobs]
            skill = min(f["groups"][0]["skill"] for f in all_found)
            names = [verdict(f) for f in all_found]
            counted = ", ".join(f"{names.count(n)}× {n}" for n in dict.fromkeys(names))
            lines.append(f"| {task} | {TASKS[task][2]} | {counted} | {skill:.3f} |")
            (args.out / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
