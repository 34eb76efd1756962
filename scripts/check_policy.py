#!/usr/bin/env python3
"""Checks the dependencies against deny.toml without cargo-deny: licences, bans, duplicates, sources.

Usage: scripts/check_policy.py            (needs cargo and Python 3.11)

It reads what `cargo metadata` says about the locked versions. Advisories and yanked versions it cannot know: for these run
`cargo deny check` (cargo install cargo-deny).
"""

import json
import operator
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def packages(targets):
    """The locked packages of these targets."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    for target in targets:
        command += ["--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def is_allowed(expression, allowed):
    """Whether an SPDX expression is satisfied by allowed licences; `/` is an old form of OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def joined(word, operand, combine):
        value = operand()
        while tokens and tokens[0] == word:
            tokens.pop(0)
            value = combine(value, operand())
        return value

    def alternatives():
        return joined("OR", conjunction, operator.or_)

    def conjunction():
        return joined("AND", term, operator.and_)

    def term():
        token = tokens.pop(0)
        if token == "(":
            value = alternatives()
            tokens.pop(0)
            return value
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += f" WITH {tokens.pop(0)}"
        return token in allowed

    return alternatives() and not tokens


def is_version(version, wanted):
    """Whether a version is one of `0.8`, `1` or `1.2.3`."""
    return version == wanted or version.startswith(f"{wanted}.")


def main():
    policy = tomllib.loads((ROOT / "deny.toml").read_text())
    metadata = packages(policy["graph"]["targets"])
    wrong = []
    allowed = set(policy["licenses"]["allow"])
    registries = {f"registry+{url}" for url in policy["sources"]["allow-registry"]}
    banned = {entry["crate"]: entry["reason"] for entry in policy["bans"]["deny"]}
    versions = {}
    for package in metadata["packages"]:
        name, version, source = package["name"], package["version"], package["source"]
        versions.setdefault(name, set()).add(version)
        if not package["license"] or not is_allowed(package["license"], allowed):
            wrong.append(f"{name} {version}: licence {package['license']!r} is not allowed")
        if source is None and not package["manifest_path"].startswith(str(ROOT)):
            wrong.append(f"{name} {version}: comes from {package['manifest_path']}")
        if source is not None and source not in registries:
            wrong.append(f"{name} {version}: comes from {source}")
        if name in banned:
            wrong.append(f"{name} {version}: banned: {banned[name]}")
        if package["id"] in metadata["workspace_members"]:
            stars = [d["name"] for d in package["dependencies"] if d["req"] == "*" and not d.get("path")]
            wrong += [f"{name}: takes any version of {star}" for star in stars]
    skipped = {}
    for entry in policy["bans"]["skip"]:
        name, wanted = entry.split("@")
        skipped.setdefault(name, []).append(wanted)
    for name, found in sorted(versions.items()):
        left = [v for v in found if not any(is_version(v, wanted) for wanted in skipped.get(name, []))]
        if len(left) > 1:
            wrong.append(f"{name}: several versions: {', '.join(sorted(left))}")
    for name, wanted in ((name, wanted) for name, all_of in skipped.items() for wanted in all_of):
        if not any(is_version(version, wanted) for version in versions.get(name, [])):
            wrong.append(f"{name}@{wanted}: skipped, but no such version is used any more")
    for line in wrong:
        print(line)
    print(f"{len(metadata['packages'])} packages, {len(wrong)} against deny.toml")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
