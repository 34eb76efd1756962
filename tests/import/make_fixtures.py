#!/usr/bin/env python3
"""Writes the fixtures of `import`: one small file or more in each format, by the libraries that write the format.

    python3 -m venv VENV && VENV/bin/pip install ase numpy h5py
    VENV/bin/python tests/import/make_fixtures.py

Values are drawn from a fixed seed or invented; no data set is copied.
"""

import gzip
import struct
from pathlib import Path

import ase
import ase.io
import h5py
import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator

OUT = Path(__file__).parent / "fixtures"
rng = np.random.default_rng(0)


def molecule(symbols):
    return ase.Atoms(symbols, positions=np.round(rng.normal(size=(len(ase.Atoms(symbols)), 3)), 6))


def extxyz():
    """Frames of different sizes, with and without a key, with arrays, texts and truth values."""
    frames = []
    for i, symbols in enumerate(["OH2", "CH4", "C2H5OH", "Fe2O3", "UF6"]):
        atoms = molecule(symbols)
        atoms.cell = np.diag([10.0, 11.0, 12.0 + i]) + (0.5 if i == 3 else 0.0)
        atoms.pbc = [True, i % 2 == 0, False]
        atoms.info["config type"] = f"set {i % 2}"
        atoms.info["index"] = i
        atoms.info["converged"] = i != 2
        atoms.info["weights"] = np.arange(3) * 0.5 + i
        atoms.info["ragged"] = np.arange(i + 2)
        atoms.info["note"] = 'says "yes"' if i == 1 else "plain"
        if i != 4:
            atoms.info["charge"] = 0.25 * i
        atoms.arrays["mulliken"] = np.round(rng.normal(size=len(atoms)), 5)
        atoms.arrays["tags2"] = np.arange(len(atoms))
        atoms.calc = SinglePointCalculator(
            atoms,
            energy=-100.0 - i / 3,
            forces=np.round(rng.normal(size=(len(atoms), 3)), 6),
            dipole=np.round(rng.normal(size=3), 6),
            stress=np.round(rng.normal(size=6), 6),
        )
        frames.append(atoms)
    ase.io.write(OUT / "frames.extxyz", frames, format="extxyz")


def xyz():
    ase.io.write(OUT / "plain.xyz", [molecule("OH2"), molecule("C6H6"), molecule("NaCl")], format="xyz", comment="made")
    (OUT / "numbers.xyz").write_text("2\nby number\n6 0.0 0.0 0.0\n8 1.128 0 -1.5e-3\n1\n\n92\t1\t2\t3\n\n")


def qm9():
    """The dialect of QM9's authors: invented values for two molecules."""
    blocks = []
    for index, (smiles, inchi, symbols) in enumerate([("C", "InChI=1S/CH4/h1H4", "CH4"), ("N", "InChI=1S/H3N/h1H3", "NH3")], 1):
        atoms = molecule(symbols)
        properties = np.round(rng.normal(size=15) * 10, 5)
        words = [f"{x}" for x in properties]
        words[9] = "4.4749*^-2"
        lines = [str(len(atoms)), f"gdb {index}\t" + "\t".join(words) + "\t"]
        for i, (symbol, position) in enumerate(zip(atoms.get_chemical_symbols(), atoms.positions)):
            numbers = [f"{x:.10f}" for x in position] + [f"{0.01 * i:.6f}"]
            if i == 2:
                numbers[0] = "-6.1*^-6"
            lines.append("\t".join([symbol, *numbers]))
        lines.append("\t".join(f"{x:.4f}" for x in np.sort(rng.uniform(100, 3000, size=3 * len(atoms) - 6))))
        lines += [f"{smiles}\t{smiles}\t", f"{inchi}\t{inchi}"]
        blocks.append("\n".join(lines) + "\n")
    (OUT / "qm9.xyz").write_text("".join(blocks))


def sdf():
    """V2000 with a charge, V3000, data items of each type, and a table of properties by title."""
    water = (
        "water\n  by hand\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n"
        "    0.0000    0.0000    0.1173 O   0  5  0  0  0  0  0  0  0  0  0  0\n"
        "    0.0000    0.7572   -0.4692 H   0  0  0  0  0  0  0  0  0  0  0  0\n"
        "    0.0000   -0.7572   -0.4692 H   0  0  0  0  0  0  0  0  0  0  0  0\n"
        "  1  2  1  0\n  1  3  1  0\nM  END\n"
        "> <energy>\n-76.4\n\n> <count>\n3\n\n> <note>\nfirst line\nsecond line\n\n$$$$\n"
    )
    neon = (
        "neon\n  by hand\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 2 1 0 0 0\n"
        "M  V30 BEGIN ATOM\nM  V30 1 Ne 1.5 -2 0.25 0\nM  V30 2 Ar 0 0.5 -4.125 0\nM  V30 END ATOM\n"
        "M  V30 BEGIN BOND\nM  V30 1 1 1 2\nM  V30 END BOND\nM  V30 END CTAB\nM  END\n"
        "> <energy>\n-128\n\n> <count>\n2\n\n> <note>\none\n\n$$$$\n"
    )
    (OUT / "molecules.sdf").write_text(water + neon + water.replace("water", "heavy").replace("-76.4", "-76.5e0"))
    (OUT / "molecules.csv").write_text("id,gap\nheavy,0.3\nwater,0.1\nneon,0.2\n")


def idx():
    images = rng.integers(0, 256, size=(7, 5, 4), dtype=np.uint8)
    labels = rng.integers(0, 10, size=7, dtype=np.uint8)
    head = lambda code, array: struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    (OUT / "images-idx3-ubyte").write_bytes(head(0x08, images) + images.tobytes())
    (OUT / "labels-idx1-ubyte").write_bytes(head(0x08, labels) + labels.tobytes())
    packed = gzip.compress(head(0x08, images) + images.tobytes(), mtime=0)
    (OUT / "packed-images-idx3-ubyte.gz").write_bytes(packed)
    shorts = rng.integers(-3000, 3000, size=(6, 2, 2, 3)).astype(">i2")
    (OUT / "shorts-idx4-short").write_bytes(head(0x0B, shorts) + shorts.tobytes())
    doubles = rng.normal(size=(4, 3)).astype(">f8")
    (OUT / "doubles-idx2-double").write_bytes(head(0x0E, doubles) + doubles.tobytes())


def npy():
    np.save(OUT / "floats_big_endian.npy", rng.normal(size=(6, 2, 3)).astype(">f8"))
    np.save(OUT / "half_fortran.npy", np.asfortranarray(rng.normal(size=(6, 2, 4)).astype("f2")))
    np.save(OUT / "flags.npy", rng.integers(0, 2, size=6).astype(bool))
    np.save(OUT / "bytes.npy", rng.integers(-128, 128, size=(6, 3)).astype("i1"))
    np.save(OUT / "unsigned_fortran.npy", np.asfortranarray(rng.integers(0, 2**62, size=(6, 3)).astype(">u8")))
    np.save(OUT / "words.npy", np.array(["a", "bc", "Å", "", "e", "f"]))


def npz():
    fortran = np.asfortranarray(rng.normal(size=(8, 2, 3)))
    arrays = {"x": fortran, "y": rng.integers(0, 9, size=8), "flag": np.arange(8) % 3 == 0, "name": np.array("eight")}
    np.savez_compressed(OUT / "compressed.npz", **arrays)
    md17 = {
        "R": rng.normal(size=(5, 4, 3)),
        "F": rng.normal(size=(5, 4, 3)),
        "E": rng.normal(size=(5, 1)) - 97000,
        "z": np.array([6, 8, 1, 1], dtype=np.uint8),
        "name": np.array("formaldehyde"),
    }
    np.savez(OUT / "md17.npz", **md17)


def off():
    points = np.round(rng.normal(size=(5, 3)), 4)
    lines = [" ".join(map(str, p)) for p in points]
    (OUT / "mesh.off").write_text("OFF5 2 0\n# made\n" + "\n".join(lines) + "\n3 0 1 2\n4 1 2 3 4\n")
    normals = np.round(rng.normal(size=(4, 3)), 4)
    colors = rng.integers(0, 256, size=(4, 3))
    rows = [" ".join(map(str, [*p, *n, *c])) for p, n, c in zip(points, normals, colors)]
    (OUT / "cloud.off").write_text("CNOFF\n4 0 0\n" + "\n".join(rows) + "\n")


def ply():
    points = np.round(rng.normal(size=(4, 3)), 3).astype("f4")
    normals = np.round(rng.normal(size=(4, 3)), 3).astype("f4")
    colors = rng.integers(0, 256, size=(4, 3), dtype=np.uint8)
    quality = np.round(rng.normal(size=4), 6)
    kinds = ["float"] * 6 + ["uchar"] * 3 + ["double"]
    names = ["x", "y", "z", "nx", "ny", "nz", "red", "green", "blue", "quality"]
    properties = "".join(f"property {kind} {name}\n" for kind, name in zip(kinds, names))
    head = (
        "ply\nformat {} 1.0\ncomment made\nelement vertex 4\n"
        + properties
        + "element face 2\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = [[0, 1, 2], [0, 1, 2, 3]]
    rows = [[*p, *n, *c, q] for p, n, c, q in zip(points, normals, colors, quality)]
    text = "".join(" ".join(f"{x}" for x in row) + "\n" for row in rows)
    text += "".join(" ".join(map(str, [len(f), *f])) + "\n" for f in faces)
    (OUT / "ascii.ply").write_text(head.format("ascii") + text)
    for name, kind, order in [("little", "binary_little_endian", "<"), ("big", "binary_big_endian", ">")]:
        data = head.format(kind).encode()
        data += b"".join(struct.pack(order + "6f3Bd", *row) for row in rows)
        data += b"".join(struct.pack(f"{order}B{len(f)}i", len(f), *f) for f in faces)
        (OUT / f"{name}.ply").write_bytes(data)


def csv():
    rows = ["id;energy;flag;name;hits", "1;-1.5;true;a;3", '2;2e3;false;"b;""c""";', "3;;true;;NA", "4;0.25;false;Å;-7"]
    (OUT / "table.csv").write_bytes("\r\n".join(rows).encode() + b"\r\n")


def hdf5():
    with h5py.File(OUT / "small.h5", "w") as file:
        file["x"] = rng.normal(size=(6, 2, 3))
        file.create_dataset("y", data=rng.integers(-5, 5, size=6).astype(">i4"))
        file.create_dataset("more/packed", data=rng.integers(0, 256, size=(6, 4), dtype=np.uint8), compression="gzip")
        file["more/flag"] = np.arange(6) % 2 == 0
    with h5py.File(OUT / "uneven.h5", "w") as file:
        file["x"] = np.zeros(3)
        file["y"] = np.zeros(4)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for make in [extxyz, xyz, qm9, sdf, idx, npy, npz, off, ply, csv, hdf5]:
        make()
