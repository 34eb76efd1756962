#!/usr/bin/env python3
"""Computes what imports must give, with ASE, numpy and the standard library, and writes golden.json.

    VENV/bin/python tests/import/golden.py [SAMPLES_DIR]      (default: ../shared/samples)

Every case is an import; every column has its rows, nulls, a checksum, the first and the last row. Nothing here is shared
with the program: formats that ASE and numpy do not read are read by a few lines of Python.
"""

import csv
import gzip
import io
import json
import struct
import sys
from pathlib import Path

import ase.io
import h5py
import numpy as np
from ase.data import atomic_numbers, chemical_symbols

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
SAMPLES = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[2] / "shared" / "samples")

QM9 = "A B C mu alpha homo lumo gap r2 zpve U0 U H G Cv".split()
QM9_UNITS = "GHz GHz GHz debye bohr³ hartree hartree hartree bohr² hartree hartree hartree hartree hartree cal/mol/K".split()


def flat(value):
    """A row as a flat list of numbers, a text, or None."""
    if value is None or isinstance(value, str):
        return value
    return [float(x) for x in np.asarray(value).ravel()]


def column(rows, kind, unit=None, shape=None):
    """Counts, a weighted checksum that notices permutations, and the outer rows."""
    rows = [flat(row) for row in rows]
    found = {"kind": kind, "nulls": sum(row is None for row in rows), "first": rows[0], "last": rows[-1]}
    if unit:
        found["unit"] = unit
    if shape:
        found["shape"] = shape
    present = [row for row in rows if row is not None]
    if kind == "string":
        found["characters"] = sum(len(row) for row in present)
        return found
    found["values"] = sum(len(row) for row in present)
    found["sum"] = float(sum(np.sum(row) for row in present))
    found["weighted"] = float(sum((i % 97 + 1) * np.dot(row, np.arange(1, len(row) + 1)) for i, row in enumerate(rows) if row is not None))
    found["absolute"] = float(sum((i % 97 + 1) * np.dot(np.abs(row), np.arange(1, len(row) + 1)) for i, row in enumerate(rows) if row is not None))
    return found


def case(name, format, root, inputs, columns, rows):
    return {"name": name, "format": format, "root": root, "inputs": inputs, "rows": rows, "columns": columns}


def extxyz(path):
    frames = ase.io.read(path, index=":", format="extxyz")
    columns = {
        "atomic_numbers": column([a.numbers for a in frames], "list<uint8>"),
        "positions": column([a.positions for a in frames], "list<float64[3]>"),
    }
    text = open(path).read()
    if "Lattice=" in text:
        columns["cell"] = column([a.cell.array for a in frames], "float64[9]", shape=[3, 3])
    if "pbc=" in text:
        columns["pbc"] = column([a.pbc for a in frames], "bool[3]", shape=[3])
    for name in frames[0].arrays:
        if name not in ("numbers", "positions"):
            value = frames[0].arrays[name]
            kind = {"f": "float64", "i": "int64"}[value.dtype.kind]
            kind = f"list<{kind}>" if value.ndim == 1 else f"list<{kind}[{value.shape[1]}]>"
            columns[name] = column([a.arrays[name] for a in frames], kind)
    results = frames[0].calc.results if frames[0].calc else {}
    for name in results:
        rows = [a.calc.results[name] for a in frames]
        if name == "forces":
            columns[name] = column(rows, "list<float64[3]>")
        elif name == "stress":
            # ASE keeps six of nine numbers; the file holds the symmetric matrix.
            full = lambda s: [s[0], s[5], s[4], s[5], s[1], s[3], s[4], s[3], s[2]]
            columns[name] = column([full(r) for r in rows], "float64[9]", shape=[3, 3])
        elif np.ndim(rows[0]) == 0:
            columns[name] = column(rows, "float64")
        else:
            columns[name] = column(rows, f"float64[{len(rows[0])}]", shape=[len(rows[0])])
    keys = []
    for a in frames:
        keys += [k for k in a.info if k not in keys]
    for key in keys:
        columns[key] = info([a.info.get(key) for a in frames])
    return columns, len(frames)


def info(rows):
    present = [r for r in rows if r is not None]
    if any(isinstance(r, str) for r in present):
        return column(rows, "string")
    kinds = {np.asarray(r).dtype.kind for r in present}
    kind = "bool" if kinds == {"b"} else "int64" if kinds == {"i"} else "float64"
    shapes = {np.shape(r) for r in present}
    if shapes == {()}:
        return column(rows, kind)
    if len(shapes) > 1:
        return column(rows, f"list<{kind}>")
    shape = list(shapes.pop())
    return column(rows, f"{kind}[{int(np.prod(shape))}]", shape=shape)


def plain(paths):
    frames, comments = [], []
    for path in paths:
        lines = open(path).read().splitlines()
        at = 0
        while at < len(lines) and lines[at].strip():
            end = at + 2 + int(lines[at])
            # ASE knows symbols only.
            atoms = [line.split() for line in lines[at + 2 : end]]
            atoms = [" ".join([chemical_symbols[int(a[0])] if a[0].isdigit() else a[0], *a[1:]]) for a in atoms]
            comments.append(lines[at + 1].strip())
            frames.append(ase.io.read(io.StringIO("\n".join(lines[at : at + 2] + atoms) + "\n"), format="xyz"))
            at = end
    columns = {
        "atomic_numbers": column([a.numbers for a in frames], "list<uint8>"),
        "positions": column([a.positions for a in frames], "list<float64[3]>"),
        "comment": column(comments, "string"),
    }
    return columns, len(frames)


def qm9(paths):
    number = lambda text: float(text.replace("*^", "e"))
    rows = []
    for path in paths:
        lines = open(path).read().splitlines()
        while lines:
            n = int(lines[0])
            atoms = [line.split() for line in lines[2 : 2 + n]]
            rows.append((lines[1].split(), atoms, *(line.split() for line in lines[2 + n : 5 + n])))
            lines = lines[5 + n :]
    columns = {
        "tag": column([r[0][0] for r in rows], "string"),
        "index": column([int(r[0][1]) for r in rows], "int64"),
        "atomic_numbers": column([[atomic_numbers[a[0]] for a in r[1]] for r in rows], "list<uint8>"),
        "positions": column([[[number(x) for x in a[1:4]] for a in r[1]] for r in rows], "list<float64[3]>", "Å"),
        "mulliken_charges": column([[number(a[4]) for a in r[1]] for r in rows], "list<float64>", "e"),
    }
    for i, (name, unit) in enumerate(zip(QM9, QM9_UNITS)):
        columns[name] = column([number(r[0][2 + i]) for r in rows], "float64", unit)
    columns["frequencies"] = column([[number(x) for x in r[2]] for r in rows], "list<float64>", "1/cm")
    for j, name in enumerate(["smiles", "inchi"]):
        columns[name] = column([r[3 + j][0] for r in rows], "string")
        columns[f"{name}_relaxed"] = column([r[3 + j][1] for r in rows], "string")
    return columns, len(rows)


def v2000(record):
    atoms = ase.io.read(io.StringIO(record), format="sdf")
    lines = record.splitlines()
    natoms, nbonds = int(lines[3][:3]), int(lines[3][3:6])
    bonds = [(int(l[:3]) - 1, int(l[3:6]) - 1, int(l[6:9])) for l in lines[4 + natoms : 4 + natoms + nbonds]]
    charges = [{1: 3, 2: 2, 3: 1, 5: -1, 6: -2, 7: -3}.get(int(l[36:39]), 0) for l in lines[4 : 4 + natoms]]
    return lines[0].strip(), atoms.numbers, atoms.positions, bonds, charges


def sdf(path):
    records = [r + "$$$$\n" for r in open(path).read().split("$$$$\n")[:-1]]
    rows = [v2000(r) for r in records]
    columns = {
        "name": column([r[0] for r in rows], "string"),
        "atomic_numbers": column([r[1] for r in rows], "list<uint8>"),
        "positions": column([r[2] for r in rows], "list<float64[3]>"),
        "formal_charges": column([r[4] for r in rows], "list<int8>"),
        "bonds": column([[b[:2] for b in r[3]] for r in rows], "list<int32[2]>"),
        "bond_orders": column([[b[2] for b in r[3]] for r in rows], "list<uint8>"),
    }
    return columns, len(rows)


def table(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file, delimiter=delimiter))
    columns = {}
    for i, name in enumerate(header):
        words = [row[i] for row in rows]
        values = [w for w in words if w.strip() not in ("", "NA")]
        for kind, read in [("int64", int), ("float64", float), ("bool", {"true": 1, "false": 0}.__getitem__), ("string", str)]:
            try:
                [read(v) for v in values]
            except (ValueError, KeyError):
                continue
            columns[name] = column([read(w) if w in values else None for w in words], kind)
            break
    return columns, len(rows)


def idx(path):
    data = gzip.open(path).read() if str(path).endswith(".gz") else open(path, "rb").read()
    code, rank = data[2], data[3]
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    dtype = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}[code]
    return np.frombuffer(data[4 + 4 * rank :], dtype).reshape(shape)


def array(values, unit=None):
    name = {"float16": "float32"}.get(values.dtype.name, values.dtype.name)
    if values.dtype.kind == "U":
        return column([str(v) for v in values], "string")
    shape = list(values.shape[1:])
    return column(list(values), f"{name}[{int(np.prod(shape))}]" if shape else name, unit, shape)


def images(paths):
    values = np.concatenate([idx(p) for p in paths])
    found = array(values)
    found["shape"] = [*values.shape[1:3], values.shape[3] if values.ndim == 4 else 1]
    return found


def labels(paths):
    return column(list(np.concatenate([idx(p) for p in paths]).astype("i8")), "int64")


def md17(path):
    z = np.load(path)
    energy = str(z["e_unit"]) if "e_unit" in z else "kcal/mol"
    n = len(z["R"])
    columns = {
        "positions": column(list(z["R"]), "list<float64[3]>", "Å"),
        "forces": column(list(z["F"]), "list<float64[3]>", f"{energy}/Å"),
        "energy": column(list(z["E"]), "float64", energy),
        "atomic_numbers": column([z["z"]] * n, "list<uint8>"),
    }
    return columns, n


def fan(faces):
    return [[t for f in faces for i in range(1, len(f) - 1) for t in (f[0], f[i], f[i + 1])]]


def mesh():
    lines = [l for l in (FIXTURES / "mesh.off").read_text().splitlines() if not l.startswith("#")]
    faces = [list(map(int, l.split()))[1:] for l in lines[6:]]
    points = np.loadtxt(lines[1:6])
    return {
        "file": column(["mesh.off"], "string"),
        "points": column([points], "list<float64[3]>"),
        "faces": column(fan(faces), "list<int32[3]>"),
    }


def cloud():
    values = np.loadtxt((FIXTURES / "cloud.off").read_text().splitlines()[2:])
    return {
        "file": column(["cloud.off"], "string"),
        "points": column([values[:, :3]], "list<float64[3]>"),
        "normals": column([values[:, 3:6]], "list<float64[3]>"),
        "colors": column([values[:, 6:]], "list<float64[3]>"),
    }


def ply(name):
    lines = (FIXTURES / "ascii.ply").read_text().splitlines()
    lines = lines[lines.index("end_header") + 1 :]
    values = np.loadtxt(lines[:4])
    faces = [list(map(int, l.split()))[1:] for l in lines[4:]]
    return {
        "file": column([f"{name}.ply"], "string"),
        "points": column([values[:, :3].astype("f4")], "list<float32[3]>"),
        "normals": column([values[:, 3:6].astype("f4")], "list<float32[3]>"),
        "colors": column([values[:, 6:9]], "list<uint8[3]>"),
        "quality": column([values[:, 9]], "list<float64>"),
        "faces": column(fan(faces), "list<int32[3]>"),
    }


def mixed_sdf():
    """Two molecules by ASE, the V3000 one by hand, items and joined properties by hand."""
    records = [r + "$$$$\n" for r in (FIXTURES / "molecules.sdf").read_text().split("$$$$\n")[:-1]]
    neon = ("neon", [10, 18], [[1.5, -2, 0.25], [0, 0.5, -4.125]], [(0, 1, 1)], [0, 0])
    rows = [v2000(records[0]), neon, v2000(records[2])]
    note = "first line\nsecond line"
    return {
        "name": column([r[0] for r in rows], "string"),
        "atomic_numbers": column([r[1] for r in rows], "list<uint8>"),
        "positions": column([r[2] for r in rows], "list<float64[3]>"),
        "formal_charges": column([r[4] for r in rows], "list<int8>"),
        "bonds": column([[b[:2] for b in r[3]] for r in rows], "list<int32[2]>"),
        "bond_orders": column([[b[2] for b in r[3]] for r in rows], "list<uint8>"),
        "energy": column([-76.4, -128.0, -76.5], "float64"),
        "count": column([3, 2, 3], "int64"),
        "note": column([note, "one", note], "string"),
        "id": column(["water", "neon", "heavy"], "string"),
        "gap": column([0.1, 0.2, 0.3], "float64"),
    }


def fixtures():
    path = lambda name: FIXTURES / name
    add = lambda format, inputs, columns, rows: case("+".join(inputs), format, "fixtures", inputs, columns, rows)
    yield add("extxyz", ["frames.extxyz"], *extxyz(path("frames.extxyz")))
    yield add("xyz", ["plain.xyz"], *plain([path("plain.xyz")]))
    yield add("xyz", ["numbers.xyz"], *plain([path("numbers.xyz")]))
    yield add("xyz", ["qm9.xyz"], *qm9([path("qm9.xyz")]))
    yield add("sdf", ["molecules.sdf", "molecules.csv"], mixed_sdf(), 3)
    both = ["images-idx3-ubyte", "labels-idx1-ubyte"]
    yield add("idx", both, {"image": images([path(both[0])]), "label": labels([path(both[1])])}, 7)
    packed = "packed-images-idx3-ubyte.gz"
    yield add("idx", [packed], {"image": images([path(packed)])}, 7)
    yield add("idx", ["shorts-idx4-short"], {"image": images([path("shorts-idx4-short")])}, 6)
    yield add("idx", ["doubles-idx2-double"], {"features": array(idx(path("doubles-idx2-double")))}, 4)
    names = ["floats_big_endian", "half_fortran", "flags", "bytes", "unsigned_fortran", "words"]
    yield add("npy", [f"{n}.npy" for n in names], {n: array(np.load(path(f"{n}.npy"))) for n in names}, 6)
    archive = np.load(path("compressed.npz"))
    yield add("npz", ["compressed.npz"], {n: array(archive[n]) for n in ["x", "y", "flag"]}, 8)
    yield add("npz", ["md17.npz"], *md17(path("md17.npz")))
    yield add("off", ["mesh.off"], mesh(), 1)
    yield add("off", ["cloud.off"], cloud(), 1)
    for name in ["ascii", "little", "big"]:
        yield add("ply", [f"{name}.ply"], ply(name), 1)
    yield add("csv", ["table.csv"], *table(path("table.csv"), ";"))


def hdf5():
    """Compared by builds with the feature `hdf5`."""
    with h5py.File(FIXTURES / "small.h5") as file:
        names = ["x", "y", "more/flag", "more/packed"]
        columns = {name: array(file[name][()]) for name in names}
    yield case("small.h5", "hdf5", "hdf5", ["small.h5"], columns, 6)


def samples():
    root = SAMPLES
    add = lambda format, inputs, columns, rows: case("+".join(inputs), format, "samples", inputs, columns, rows)
    for name in ["3bpa10", "acac10", "ethanol20", "qm9_first50_train"]:
        yield add("extxyz", [f"xyz/{name}.extxyz"], *extxyz(root / f"xyz/{name}.extxyz"))
    qm7 = [f"xyz/{p.name}" for p in sorted((root / "xyz").glob("qm7_*.xyz"))]
    yield add("xyz", qm7, *plain([root / p for p in qm7]))
    raw = sorted((root / "xyz_qm9_raw").glob("*.xyz"))
    yield add("xyz", ["xyz_qm9_raw"], *qm9(raw))
    columns, rows = sdf(root / "sdf/gdb1k_first50.sdf")
    yield add("sdf", ["sdf/gdb1k_first50.sdf"], columns, rows)
    properties, _ = table(root / "sdf/gdb1k_first50.csv")
    yield add("sdf", ["sdf/gdb1k_first50.sdf", "sdf/gdb1k_first50.csv"], columns | properties, rows)
    columns, rows = sdf(root / "sdf/qm9_mini.sdf")
    properties, _ = table(root / "sdf/qm9_mini.sdf.csv")
    yield add("sdf", ["sdf/qm9_mini.sdf", "sdf/qm9_mini.sdf.csv"], columns | properties, rows)
    for name in ["two_body_traj0", "zmumu500"]:
        yield add("csv", [f"csv/{name}.csv"], *table(root / f"csv/{name}.csv"))
    yield add("csv", ["sdf/gdb1k_first50.csv"], *table(root / "sdf/gdb1k_first50.csv"))
    for ending in ["", ".gz"]:
        pair = [f"idx/train100-images-idx3-ubyte{ending}", f"idx/train100-labels-idx1-ubyte{ending}"]
        yield add("idx", pair, {"image": images([root / pair[0]]), "label": labels([root / pair[1]])}, 100)
    four = ["t10k100-images-idx3-ubyte", "t10k100-labels-idx1-ubyte", "train100-images-idx3-ubyte", "train100-labels-idx1-ubyte"]
    four = [root / "idx" / name for name in four]
    inputs = [f"idx/{p.name}" for p in four]
    yield add("idx", inputs, {"image": images([four[0], four[2]]), "label": labels([four[1], four[3]])}, 200)
    yield add("npy", ["npy/mnist100_images_u8.npy"], {"mnist100_images_u8": array(np.load(root / "npy/mnist100_images_u8.npy"))}, 100)
    for name, rows in [("mnist100", 100), ("two_body200", 200)]:
        archive = np.load(root / f"npz/{name}.npz")
        yield add("npz", [f"npz/{name}.npz"], {n: array(archive[n]) for n in archive.files}, rows)
    yield add("npz", ["npz/ethanol200_md17_layout.npz"], *md17(root / "npz/ethanol200_md17_layout.npz"))


if __name__ == "__main__":
    cases = [*fixtures(), *hdf5(), *samples()]
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    (HERE / "golden.json").write_text(f"[\n{lines}\n]\n")
    print(len(cases), "cases")
