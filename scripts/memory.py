#!/usr/bin/env python3
"""Does preparing large data stay within the memory that `check` states?

Makes 2 million points (1000 clouds of 2000) and 60 000 images of 28x28 as Parquet, prepares both with every kind of step,
and compares `runs.peak_rss_bytes` with the statement. Needs numpy and pyarrow (scripts/requirements.txt).

    scripts/memory.py [--out DIR] [--program target/release/semola-pipe]
"""

import argparse
import pathlib
import re
import subprocess
import sys

import numpy
import pyarrow
import pyarrow.parquet

CLOUDS = """\
name: clouds
stages:
  - read:
      as: clouds
      path: clouds.parquet
      fields: {p: {action: points}, v: {action: vector}, z: {}}
  - prepare:
      from: clouds
      steps:
        - center: {fields: p, on: mass, elements: z}
        - scale: {fields: [p, v]}
        - neighbours: {of: p, k: 8, as: near}
        - normals: {of: p, as: n}
        - one_hot: {field: z, as: element, classes: [1, 6, 7, 8, 9]}
        - rasterise: {of: p, as: picture, size: [32, 32], blur: 1}
        - turn: {fields: [p, v, near, n], by: {rotate: uniform}}
        - jitter: {fields: p, size: 0.01}
        - sample_points: {fields: [p, v, z, near, n, element], of: p, points: 256}
        - split: {of: clouds, into: {train: 0.8, test: 0.2}}
"""

IMAGES = """\
name: images
stages:
  - read:
      as: images
      path: images.parquet
      fields: {i: {column: image, action: pixels, shape: [28, 28]}, y: {column: label, labels: true}}
  - prepare:
      from: images
      steps:
        - normalise: {fields: i}
        - turn: {fields: i, by: {rotate: {degrees: 45}}}
        - pad: {fields: i, by: 2}
        - crop: {fields: i, to: [28, 28], at: random}
        - resize: {fields: i, size: [14, 14], filter: area}
        - subsample: {rows: 50000}
"""


def write_clouds(path):
    rng = numpy.random.default_rng(1)
    rows, points = 1000, 2000
    offsets = numpy.arange(0, rows * points + 1, points, dtype="int32")

    def vectors():
        flat = pyarrow.array(rng.standard_normal(rows * points * 3).astype("float32"))
        return pyarrow.ListArray.from_arrays(offsets, pyarrow.FixedSizeListArray.from_arrays(flat, 3))

    z = pyarrow.array(rng.choice(numpy.array([1, 6, 7, 8, 9], dtype="int8"), rows * points))
    table = pyarrow.table({"p": vectors(), "v": vectors(), "z": pyarrow.ListArray.from_arrays(offsets, z)})
    pyarrow.parquet.write_table(table, path, row_group_size=100)


def write_images(path):
    rng = numpy.random.default_rng(2)
    rows = 60_000
    pixels = pyarrow.array(rng.integers(0, 256, rows * 784, dtype="uint8"))
    table = pyarrow.table({
        "image": pyarrow.FixedSizeListArray.from_arrays(pixels, 784),
        "label": pyarrow.array(rng.integers(0, 10, rows)),
    })
    pyarrow.parquet.write_table(table, path, row_group_size=5000)


def stated_bytes(text):
    """The peak of reading and preparing, as `check` prints it."""
    number, unit = re.search(r"reading and preparing at most ([0-9.]+) (\w+)", text).groups()
    return float(number) * {"GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1}[unit]


def run(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def measure(program, out, name, pipeline, write):
    data = out / f"{name}.parquet"
    if not data.exists():
        write(data)
    file = out / f"{name}.yaml"
    file.write_text(pipeline)
    stated = stated_bytes(run(program, "check", file))
    run(program, "run", file, "--out", out / "runs" / name, "--fresh", "-q")
    (table,) = (out / "runs" / name).glob("*/tables/runs.parquet")
    row = pyarrow.parquet.read_table(table).to_pylist()[0]
    used = row["peak_rss_bytes"]
    verdict = "within" if used <= stated else "MORE THAN STATED"
    print(f"{name}: stated {stated / 1e6:.0f} MB, used {used / 1e6:.0f} MB, {row['seconds']:.1f} s: {verdict}")
    return used <= stated


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/memory"))
    parser.add_argument("--program", default="target/release/semola-pipe")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    cases = [("clouds", CLOUDS, write_clouds), ("images", IMAGES, write_images)]
    good = [measure(arguments.program, arguments.out, *case) for case in cases]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
