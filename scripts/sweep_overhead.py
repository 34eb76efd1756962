#!/usr/bin/env python3
"""What a sweep costs beside its members: 200 members of about 2 s each. Python's own library only.

    scripts/sweep_overhead.py [--members 200] [--steps 3000] [--jobs 2] [--out runs/overhead]

Prints the wall time times the members at a time, over the sum of the members' own seconds (their manifests), less 1.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("SEMOLA_PIPE", ROOT / "target/release/semola-pipe"))
PIPELINE = """name: overhead
seed: [{seeds}]
stages:
  - read: {{as: train, path: {data}/train.parquet, fields: {{x: {{column: input, action: vector, dim: 3}}, y: {{column: target}}}}}}
  - read: {{as: test, path: {data}/test.parquet, like: train}}
  - train:
      as: learned
      from: train
      input: x
      target: y
      model: {{mlp: {{hidden: [32, 32]}}}}
      augment: {{learned: {{space: {{gl: 3}}, steps: {steps}, audit: {{steps: 300}}}}}}
      epochs: 5
  - evaluate: {{models: learned, on: test, bootstrap: 50}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/overhead")
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    data = (args.out / "data").resolve()
    subprocess.run([BIN, "generate", "so2-axis", "--out", data, "--rows", "1000", "--seed", "1"], check=True, stdout=subprocess.DEVNULL)
    pipeline = args.out / "p.yaml"
    pipeline.write_text(PIPELINE.format(seeds=", ".join(map(str, range(args.members))), data=data, steps=args.steps))
    results = args.out / "results"
    began = time.monotonic()
    subprocess.run([BIN, "sweep", "run", pipeline, "--out", results, "--jobs", str(args.jobs), "-q"], check=True)
    wall = time.monotonic() - began
    own = [json.loads(m.read_text())["seconds"] for m in results.glob("*/manifest.json")]
    assert len(own) == args.members, len(own)
    over = wall * args.jobs / sum(own) - 1
    print(f"{len(own)} members of {statistics.median(own):.2f} s (median), {args.jobs} at a time: {wall:.1f} s, overhead {100 * over:.2f} %")


if __name__ == "__main__":
    main()
