#!/usr/bin/env python3
"""Pack the program for others: target/dist/semola-pipe-VERSION-TARGET.tar.gz, and a Python wheel that installs the same program.

usage: scripts/dist.py [PROGRAM]      (default: builds it with `cargo build --profile dist`)

The archive holds the stripped program, shell completions, manual pages, the documentation, the licence, and the licences of all crates in
it. Equal inputs give an equal archive. Prints the path, the size and the oldest glibc that the program starts with.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target" / "dist"
SHELLS = {"bash": "semola-pipe.bash", "zsh": "_semola-pipe", "fish": "semola-pipe.fish"}
LICENCE = re.compile(r"^(licen[cs]e|copying|notice|unlicense)", re.IGNORECASE)


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def built() -> Path:
    subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--bin", "semola-pipe"], cwd=ROOT, check=True)
    directory = json.loads(output("cargo", "metadata", "--format-version", "1", "--no-deps"))["target_directory"]
    return Path(directory) / "dist" / "semola-pipe"


def licences(host: str) -> str:
    """Name, version, licence and licence texts of every crate that is linked into the program."""
    found = json.loads(output("cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host))
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    linked, todo = set(), [found["resolve"]["root"]]
    while todo:
        one = todo.pop()
        if one not in linked:
            linked.add(one)
            deps = nodes[one]["deps"]
            todo += [d["pkg"] for d in deps if any(kind["kind"] is None for kind in d["dep_kinds"])]
    parts = []
    for package in sorted((packages[one] for one in linked), key=lambda p: (p["name"], p["version"])):
        if package["source"] is None:
            continue
        parts.append(f"{'=' * 80}\n{package['name']} {package['version']}: {package['license'] or 'see below'}\n{package['repository'] or ''}\n")
        for file in sorted(Path(package["manifest_path"]).parent.iterdir()):
            if file.is_file() and LICENCE.match(file.name):
                parts.append(f"\n--- {file.name}\n\n{file.read_text(errors='replace').rstrip()}\n")
    return "\n".join(parts)


def pages(program: Path, of: tuple = ()) -> list:
    """The program and its commands, as words; each page lists the commands below it."""
    page = output(str(program), "man", *of)
    prefix = "-".join(["semola-pipe", *of]) + "-"
    below = re.findall(r"^(\S+)\(1\)$", page.replace("\\-", "-"), re.MULTILINE)
    found = [of]
    for name in below:
        if name.startswith(prefix):
            found += pages(program, (*of, name.removeprefix(prefix)))
    return found


def oldest_glibc(program: Path) -> str:
    if shutil.which("objdump") is None:
        return "unknown (no objdump)"
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", output("objdump", "-T", str(program)))
    newest = max(((int(a), int(b)) for a, b in versions), default=None)
    return "none: static" if newest is None else f"{newest[0]}.{newest[1]}"


def wheel(version: str, host: str, glibc: str, files: dict) -> Path:
    """A wheel (PEP 427) whose only content is the program, which pip puts beside `python`. Equal inputs give equal bytes."""
    machine = host.split("-")[0]
    tag = f"py3-none-manylinux_{glibc.replace('.', '_')}_{machine}" if re.fullmatch(r"\d+\.\d+", glibc) else f"py3-none-linux_{machine}"
    name = f"semola_pipe-{version}"
    summary = "Find the symmetries of a data set and train with them: declarative pipelines, Parquet in, Parquet out"
    about = f"Metadata-Version: 2.1\nName: semola-pipe\nVersion: {version}\nSummary: {summary}\nLicense: MIT\nRequires-Python: >=3.7\n"
    how = f"Wheel-Version: 1.0\nGenerator: scripts/dist.py\nRoot-Is-Purelib: false\nTag: {tag}\n"
    content = {
        f"{name}.data/scripts/semola-pipe": files["semola-pipe"],
        f"{name}.dist-info/METADATA": (about.encode(), 0o644),
        f"{name}.dist-info/WHEEL": (how.encode(), 0o644),
        f"{name}.dist-info/LICENSE": files["LICENSE"],
        f"{name}.dist-info/THIRD-PARTY-LICENCES.txt": files["THIRD-PARTY-LICENCES.txt"],
    }
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = f"{name}.dist-info/RECORD"
    lines = [f"{path},sha256={digest(data)},{len(data)}" for path, (data, _) in content.items()] + [f"{record},,"]
    content[record] = ("\n".join(lines).encode() + b"\n", 0o644)
    out = OUT / f"{name}-{tag}.whl"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, (data, mode) in content.items():
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
            packed.writestr(info, data)
    return out


def main() -> None:
    program = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else built()
    host = re.search(r"host: (\S+)", output("rustc", "-vV")).group(1)
    version = output(str(program), "--version").split()[-1].split("+")[0]
    name = f"semola-pipe-{version}-{host}"
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        stripped = Path(directory) / "semola-pipe"
        subprocess.run(["strip", "-o", str(stripped), str(program)], check=True)
        files = {"semola-pipe": (stripped.read_bytes(), 0o755)}
        for shell, file in SHELLS.items():
            files[f"completions/{file}"] = (output(str(program), "completions", shell).encode(), 0o644)
        for page in pages(program):
            name_of = "-".join(["semola-pipe", *page])
            files[f"man/man1/{name_of}.1"] = (output(str(program), "man", *page).encode(), 0o644)
        files["THIRD-PARTY-LICENCES.txt"] = (licences(host).encode(), 0o644)
        kept = [p for p in output("git", "ls-files", "docs", "pipelines", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE").split("\n") if p]
        files.update({path: ((ROOT / path).read_bytes(), 0o644) for path in kept})
        archive = OUT / f"{name}.tar.gz"
        with archive.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
            with tarfile.open(fileobj=packed, mode="w") as tar:
                for path, (content, mode) in sorted(files.items()):
                    info = tarfile.TarInfo(f"{name}/{path}")
                    info.size, info.mode = len(content), mode
                    tar.addfile(info, io.BytesIO(content))
        glibc = oldest_glibc(stripped)
        wheeled = wheel(version, host, glibc, files)
    for path in (archive, wheeled):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB; glibc {glibc} or newer")


if __name__ == "__main__":
    main()
