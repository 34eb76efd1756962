#!/usr/bin/env python3
"""Do two builds write the same tables? Needs pyarrow (scripts/requirements.txt); commits need git and cargo.

    scripts/same_tables.py OLD NEW [--only PATTERN ...] [--jobs N] [--quick] [--keep]
    scripts/same_tables.py --old-bin PROGRAM --new-bin PROGRAM [--old-out DIR] [--new-out DIR]
    scripts/same_tables.py --old-out DIR NEW
    scripts/same_tables.py OLD --old-out DIR --no-new

OLD and NEW are commits, each built in a temporary checkout, or built programs. Both run all pipelines/*.yaml and three simulated studies with
three seeds each, on one thread, with the pipelines and data of the old side (for programs: of this checkout). Every table is then
compared column by column: names, order, types, metadata, and the bits of every value; so are the events of each run and the simulated
data. Left out is what names the build or measures time and memory (LEFT_OUT below). Exit code 1 if anything differs.

--old-out and --new-out keep the results of a side; what is finished there is not run again, and without a program or commit
all of it must be finished; with --no-new the old side is all that runs. --keep leaves the temporary folder. --quick trains for a few steps only: a fast check of everything around.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import pyarrow
import pyarrow.compute
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parent.parent
# All methods; a change of basis; affine maps of points. Each with the task that it reads.
STUDIES = {"comparison": "so3-cloud", "hidden-rotation": "hidden-rotation", "translation": "translation"}
SEEDS = (11, 12, 13)
FILES = ("train.parquet", "test.parquet")
# The build's name is part of the run's.
LEFT_OUT = {"run_id", "code_version"}
LEFT_OUT_OF = {"runs": {"started", "seconds", "cpu_seconds", "peak_rss_bytes"}}
LEFT_OUT_OF_EVENTS = LEFT_OUT | {"time", "seconds", "cpu_seconds"}
QUICK = {"epochs": 2}
QUICK_LEARNED = {"augment.learned.steps": 100, "augment.learned.audit.steps": 100}

# `pipeline` is relative to the inputs; without a seed those of the file are run.
Member = collections.namedtuple("Member", "name pipeline seed settings")


class Side:
    """One build: where its program is, if it may run, and where its results go."""

    def __init__(self, word, program, out):
        self.word, self.program, self.out = word, program, out
        self.seconds = 0.0

    def needs(self, what):
        if self.program is None:
            raise SystemExit(f"{self.out} has no finished {what}, and there is no program that could make it")
        return self.program

    def call(self, inputs, what, *arguments):
        """Runs the program among the inputs; gives what it prints."""
        done = subprocess.run([self.needs(what), *arguments], cwd=inputs, capture_output=True, text=True)
        if done.returncode:
            return None, f"{self.word}: {what}: exit {done.returncode}\n{done.stderr.strip()}"
        return done.stdout, None

    def run(self, member, inputs):
        """The directories of a member's runs in order, run now unless they are finished; or what went wrong."""
        out = (self.out / member.name).resolve()
        finished = out / "finished.json"
        if not finished.is_file():
            began = time.monotonic()
            seed = [] if member.seed is None else ["--seed", str(member.seed)]
            sets = [f"--set={setting}" for setting in member.settings]
            printed, wrong = self.call(
                inputs, member.name, "run", member.pipeline, "--out", out, "--threads", "1", "--device", "cpu", "--json", "-q", *seed, *sets)
            if wrong:
                return None, wrong
            names = [pathlib.Path(run["dir"]).name for run in json.loads(printed)]
            finished.write_text(json.dumps({"runs": names, "seconds": time.monotonic() - began}) + "\n")
        facts = json.loads(finished.read_text())
        self.seconds += facts["seconds"]
        return [out / name for name in facts["runs"]], None


def members_of(inputs, quick):
    """All that is run: the pipelines, and each study with each seed."""
    for pipeline in sorted((inputs / "pipelines").glob("*.yaml")):
        yield member_of(pipeline, inputs, None, quick)
    for study in STUDIES:
        for seed in SEEDS:
            yield member_of(inputs / "studies" / f"{study}.yaml", inputs, seed, quick)


def member_of(pipeline, inputs, seed, quick):
    name = f"{pipeline.parent.name}/{pipeline.stem}" + ("" if seed is None else f"-{seed}") + (".quick" if quick else "")
    settings = list(quick_settings(pipeline.read_text())) if quick else []
    return Member(name, pipeline.relative_to(inputs), seed, settings)


def quick_settings(text):
    """`--set` arguments that shorten all training of a pipeline."""
    stages = re.split(r"^\s*- (?=\w+:)", re.sub(r"#.*", "", text), flags=re.MULTILINE)
    for stage in stages:
        named = re.search(r"^train:[\s{]*as:\s*(\w+)", stage)
        if named:
            learned = re.search(r"\blearned:\s*(\{|\n)", stage)
            for path, value in (QUICK | (QUICK_LEARNED if learned else {})).items():
                yield f"{named[1]}.{path}={value}"


def set_up(inputs, source, old):
    """Copies pipelines and data to where both sides read them, and simulates the data of the studies with the old program."""
    if not inputs.is_dir():
        staged = inputs.with_name("inputs.unfinished")
        shutil.rmtree(staged, ignore_errors=True)
        for folder in ("pipelines", "studies", "data"):
            shutil.copytree(source / folder, staged / folder)
        simulate(old, staged, staged / "studies/data")
        staged.rename(inputs)


def simulate(side, inputs, out):
    for task in STUDIES.values():
        if not (out / task / FILES[-1]).is_file():
            _, wrong = side.call(inputs, f"data of {task}", "generate", task, "--out", (out / task).resolve(), "--seed", "7")
            if wrong:
                raise SystemExit(wrong)


def build(commit, work, word):
    """A checkout of the commit and its program; both share what they depend on."""
    tree, program = work / f"{word}-source", work / f"{word}-program"
    subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--force", "--detach", tree, commit], check=True)
    print(f"building {commit}", flush=True)
    environment = os.environ | {"CARGO_TARGET_DIR": str(work / "target")}
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=tree, env=environment, check=True)
    shutil.copy2(work / "target/release/semola-pipe", program)
    return program, tree


def same(old, new):
    """Are two arrays the same to the bit? Not even two zeros of different sign are."""
    types = pyarrow.types
    if old.type != new.type or len(old) != len(new) or not old.is_valid().equals(new.is_valid()):
        return False
    if types.is_floating(old.type):
        whole = {16: pyarrow.int16(), 32: pyarrow.int32(), 64: pyarrow.int64()}[old.type.bit_width]
        return old.view(whole).equals(new.view(whole))
    if types.is_list(old.type) or types.is_large_list(old.type) or types.is_fixed_size_list(old.type):
        lengths = [pyarrow.compute.list_value_length(values) for values in (old, new)]
        return lengths[0].equals(lengths[1]) and same(old.flatten(), new.flatten())
    return old.equals(new)


def short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def first_difference(old, new):
    pairs = list(zip(old.to_pylist(), new.to_pylist()))
    rows = [row for row, (a, b) in enumerate(pairs) if repr(a) != repr(b)]
    if not rows:
        return "the bits differ"
    before, after = (short(value) for value in pairs[rows[0]])
    return f"{len(rows)} of {len(pairs)} rows, first in row {rows[0]}: {before}, now {after}"


def differences(old_path, new_path, left_out):
    """What differs between two Parquet files, in words, and the number of rows."""
    old, new = (pyarrow.parquet.read_table(path) for path in (old_path, new_path))
    metadata = [pyarrow.parquet.read_metadata(path).metadata or {} for path in (old_path, new_path)]
    found = [f"metadata {key.decode()}" for key in sorted(metadata[0].keys() | metadata[1].keys())
             if metadata[0].get(key) != metadata[1].get(key)]
    if old.column_names != new.column_names:
        gone, come = (sorted(set(a) - set(b)) for a, b in ((old.column_names, new.column_names), (new.column_names, old.column_names)))
        found.append(f"columns: gone {gone}, new {come}" if gone or come else "the order of the columns")
    if len(old) != len(new):
        return [*found, f"{len(old)} rows, now {len(new)}"], len(new)
    for name in [name for name in old.column_names if name in new.column_names]:
        fields = old.schema.field(name), new.schema.field(name)
        if not fields[0].equals(fields[1], check_metadata=True):
            found.append(f"type of {name}: {fields[0]} {fields[0].metadata}, now {fields[1]} {fields[1].metadata}")
        elif name not in left_out:
            columns = [table.column(name).combine_chunks() for table in (old, new)]
            if not same(*columns):
                found.append(f"{name}: {first_difference(*columns)}")
    return found, len(new)


def events(run):
    lines = (run / "events.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in LEFT_OUT_OF_EVENTS} for line in lines]


class Report:
    """A line a table, and what it comes to."""

    def __init__(self):
        self.same, self.different = 0, []

    def line(self, name, count, found):
        if found:
            self.different.append(name)
        else:
            self.same += 1
        print(f"{name}: {count}, " + ("DIFFERENT: " + "; ".join(found) if found else "same"), flush=True)

    def files(self, name, old, new, left_out=frozenset()):
        if old.is_file() and new.is_file():
            found, rows = differences(old, new, left_out)
            self.line(name, f"{rows} rows", found)
        else:
            self.line(name, "no rows", [f"it is missing in {old.parent if new.is_file() else new.parent}"])

    def runs(self, name, old, new):
        if len(old) != len(new):
            self.line(name, f"{len(new)} runs", [f"{len(old)} runs before"])
        for number, (before, after) in enumerate(zip(old, new)):
            own = name if len(old) == 1 else f"{name}#{number}"
            for table in sorted({path.stem for run in (before, after) for path in (run / "tables").glob("*.parquet")}):
                self.files(f"{own} {table}", *(run / "tables" / f"{table}.parquet" for run in (before, after)),
                           LEFT_OUT | LEFT_OUT_OF.get(table, set()))
            self.events(f"{own} events", events(before), events(after))

    def events(self, name, old, new):
        pairs = [(short(a), short(b)) for a, b in zip(old, new) if repr(a) != repr(b)]
        found = [f"{len(old)} events before"] if len(old) != len(new) else []
        self.line(name, f"{len(new)} events", [*found, *(f"{a}, now {b}" for a, b in pairs[:3])])


def chosen(inputs, args):
    members = list(members_of(inputs, args.quick))
    wanted = [m for m in members if not args.only or any(fnmatch.fnmatch(m.name, f"*{pattern}*") for pattern in args.only)]
    if not wanted:
        raise SystemExit(f"--only: there are {', '.join(m.name for m in members)}")
    return wanted


def compare_data(new, inputs, report):
    """The data that the builds simulate."""
    if new.program:
        simulate(new, inputs, new.out / "data")
    elif not (new.out / "data").is_dir():
        return
    for task in STUDIES.values():
        for file in FILES:
            report.files(f"data/{task}/{file}", inputs / "studies/data" / task / file, new.out / "data" / task / file)


def run_all(sides, inputs, args, report):
    """Runs what is not finished, and compares each member where there are two sides."""
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = [(member, [pool.submit(side.run, member, inputs) for side in sides]) for member in chosen(inputs, args)]
        for member, jobs in waiting:
            results = [job.result() for job in jobs]
            wrong = [text for _, text in results if text]
            if wrong:
                report.line(member.name, "no tables", wrong)
            elif len(results) == 2:
                report.runs(member.name, *(runs for runs, _ in results))
            else:
                print(f"{member.name}: finished", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commits", nargs="*", metavar="COMMIT", help="OLD and NEW, or the one whose side is not given otherwise")
    for word in ("old", "new"):
        parser.add_argument(f"--{word}-bin", type=pathlib.Path, metavar="PROGRAM")
        parser.add_argument(f"--{word}-out", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="PATTERN", help="such as digits, studies/* or translation-11")
    parser.add_argument("--jobs", type=int, default=1, help="members at a time")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--no-new", action="store_true", help="only run the old side, into --old-out")
    args = parser.parse_args()
    words = ["old"] if args.no_new else ["old", "new"]
    if args.no_new and not args.old_out:
        parser.error("--no-new needs --old-out")
    without = [word for word in words if not getattr(args, f"{word}_bin")]
    # Results may be there without a program; with a commit more can be made.
    if len(args.commits) < len(without):
        without = [word for word in without if not getattr(args, f"{word}_out")]
    if len(args.commits) != len(without):
        parser.error(f"{len(args.commits)} commits for {len(without)} sides without a program")
    args.words, args.commits = words, dict(zip(without, args.commits))
    return args


def main():
    args = parse()
    work = pathlib.Path(tempfile.mkdtemp(prefix="same_tables-"))
    trees, report = {}, Report()
    try:
        sides, source = [], ROOT
        for word in args.words:
            program, out = getattr(args, f"{word}_bin"), getattr(args, f"{word}_out")
            if word in args.commits:
                program, trees[word] = build(args.commits[word], work, word)
                source = trees[word] if word == "old" else source
            sides.append(Side(word, program and program.resolve(), (out or work / word).resolve()))
        inputs = sides[0].out / "inputs"
        inputs.parent.mkdir(parents=True, exist_ok=True)
        set_up(inputs, source, sides[0])
        if len(sides) == 2:
            compare_data(sides[1], inputs, report)
        run_all(sides, inputs, args, report)
    finally:
        for tree in trees.values():
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=False)
        if args.keep:
            print(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    compared = f"{report.same} tables and logs are the same, {len(report.different)} differ; " if len(sides) == 2 else ""
    print(compared + ", ".join(f"{side.seconds:.0f} s of the {side.word} program" for side in sides))
    sys.exit(1 if report.different else 0)


if __name__ == "__main__":
    main()
