#!/usr/bin/env python3
"""The work of benches/against.rs in PyTorch, measured in turns with it: processor time of one thread, ratios of medians.

    make bench-torch            (benches/requirements-torch.txt has the versions)
    benches/against_torch.py [CASE ...] [--rounds 7] [--seconds 0.4] [--compile] [--out docs/performance.md]

Both keep their processes and take turns in every round, after a round that is not counted. The table goes between the marks
`against:` of the file, else to the terminal. A step is a shuffled batch, forward, loss, backward, clipping to norm 1 and (fused) AdamW; `known` moves
half of the batch by rotations of the plane, `learned` by matrix_exp of a learned basis of gl(2), whose loss along random directions is
looked at in every fifth step.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

# Freed memory is kept, as ours is: PyTorch's best case.
if os.environ.get("MALLOC_TRIM_THRESHOLD_") is None:
    os.environ.update(MALLOC_TRIM_THRESHOLD_=str(256 << 20), MALLOC_MMAP_THRESHOLD_=str(32 << 20), OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    os.execv(sys.executable, [sys.executable, *sys.argv])

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from torch_images import cnn
from torch_points import PointNet, Transformer

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What the issue of speed asks: ours over the better of PyTorch's.
GOALS = {"mlp_plain": (0.6, 0.7, 0.85), "mlp_known": (0.4, 0.6, 0.75), "mlp_learned": (0.35, 0.55, 0.65), "augment_2": 0.15, "augment_4": 0.15,
         "augment_8": 0.25, "warp": 0.6, "cnn": 0.5, "transformer": 0.5, "point_net": 0.4, "pair": 0.15, "gemm": 1.05, "adamw": 1.0}
NAMES = {"mlp": "MLP 8-384³-8", "cnn": "CNN 16-32, 28×28", "point_net": "PointNet 64-128-256, 23 points", "transformer": "transformer 3×64, 4 heads, 23 points",
         "pair": "pairs 3×64, 23 points", "augment": "exp(Σ w L) x and its gradient, k =", "warp": "warp of 128 images 28×28, with gradient", "gemm": "product 1024³",
         "adamw": "norm and AdamW of 302,216 parameters"}


class Pair(nn.Module):
    """Three layers of messages between all pairs of points, 16 Gaussians of the distance; a vector at each point."""

    def __init__(self, width=64, radial=16):
        super().__init__()
        self.embed = nn.Linear(3, width)
        self.register_buffer("centres", torch.linspace(0, 4, radial))
        self.layers = nn.ModuleList()
        for _ in range(3):
            self.layers.append(nn.ModuleDict({
                "own": nn.Linear(width, width), "other": nn.Linear(width, width), "radial": nn.Linear(radial, width), "apart": nn.Linear(3, width),
                "mix": nn.Linear(2 * width, width)}))
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        h = self.embed(x)
        apart = x[:, :, None] - x[:, None]
        distance = (apart.square().sum(-1) + 1e-12).sqrt()
        radial = torch.exp(-4 * (distance[..., None] - self.centres) ** 2)
        for layer in self.layers:
            m = F.silu(layer["own"](h)[:, :, None] + layer["other"](h)[:, None] + layer["radial"](radial) + layer["apart"](apart))
            h = h + F.silu(layer["mix"](torch.cat([h, m.sum(2)], -1)))
        return self.head(h)


def mlp():
    return nn.Sequential(nn.Linear(8, 384), nn.SiLU(), nn.Linear(384, 384), nn.SiLU(), nn.Linear(384, 384), nn.SiLU(), nn.Linear(384, 8))


class Steps:
    """Optimisation steps of a network."""

    def __init__(self, make, x, y, batch, kind, loss, compiled):
        torch.manual_seed(0)
        self.net = make()
        self.run = torch.compile(self.net) if compiled else self.net
        self.x, self.y, self.batch, self.kind, self.loss = x, y, batch, kind, loss
        self.best = torch.optim.AdamW(self.net.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
        self.order, self.at, self.number = torch.randperm(len(x)), 0, 0
        if kind == "learned":
            self.basis = nn.Parameter(0.1 * torch.randn(4, 4))
            self.slow = torch.optim.Adam([self.basis], lr=5e-3, fused=True)

    def rows(self):
        if self.at + self.batch > len(self.order):
            self.order, self.at = torch.randperm(len(self.x)), 0
        chosen = self.order[self.at:self.at + self.batch]
        self.at += self.batch
        return self.x[chosen], self.y[chosen]

    def moved(self, x, y, g):
        turn = lambda v: torch.einsum("nij,nbj->nbi", g, v.reshape(len(v), -1, 2)).reshape(v.shape)
        return turn(x), turn(y)

    def __call__(self):
        x, y = self.rows()
        half = self.batch // 2
        if self.kind == "known":
            angle = 2 * torch.pi * torch.rand(self.batch - half)
            c, s = angle.cos(), angle.sin()
            gx, gy = self.moved(x[half:], y[half:], torch.stack([c, -s, s, c], 1).reshape(-1, 2, 2))
            x, y = torch.cat([x[:half], gx]), torch.cat([y[:half], gy])
        elif self.kind == "learned":
            basis = self.basis / self.basis.norm(dim=1, keepdim=True).clamp_min(1e-6)
            g = torch.linalg.matrix_exp(((0.25 * torch.randn(self.batch - half, 4)) @ basis).reshape(-1, 2, 2))
            gx, gy = self.moved(x[half:], y[half:], g)
            if self.number % 5 == 0:
                with torch.no_grad():
                    r = torch.linalg.matrix_exp(torch.randn(half, 2, 2) / 2)
                    rx, ry = self.moved(x[:half], y[:half], r)
                    self.loss(self.run(rx), ry)
            x, y = torch.cat([x[:half], gx]), torch.cat([y[:half], gy])
            self.slow.zero_grad(set_to_none=True)
        self.number += 1
        self.best.zero_grad(set_to_none=True)
        total = self.loss(self.run(x), y)
        if self.kind == "learned":
            gram = self.basis @ self.basis.T + 1e-3 * torch.eye(4)
            total = total - 1e-3 * torch.logdet(gram)
        total.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.best.step()
        if self.kind == "learned":
            self.slow.step()


def augment(k, rows):
    basis = torch.randn(6, k * k, requires_grad=True)
    w, x = 0.25 * torch.randn(rows, 6), torch.randn(rows, 8 // k, k)

    def once():
        basis.grad = None
        g = torch.linalg.matrix_exp((w @ basis).reshape(-1, k, k))
        torch.einsum("nij,nbj->nbi", g, x).sum().backward()
    return once


def warp():
    basis, w, x = torch.randn(4, 4, requires_grad=True), 0.1 * torch.randn(128, 4), torch.randn(128, 1, 28, 28)

    def once():
        basis.grad = None
        g = torch.linalg.matrix_exp((w @ basis).reshape(-1, 2, 2))
        grid = F.affine_grid(torch.cat([g, torch.zeros(128, 2, 1)], 2), x.shape, align_corners=False)
        F.grid_sample(x, grid, align_corners=False).sum().backward()
    return once


def gemm():
    a, b, out = torch.randn(1024, 1024), torch.randn(1024, 1024), torch.empty(1024, 1024)
    return lambda: torch.mm(a, b, out=out)


def adamw():
    net = mlp()
    for p in net.parameters():
        p.grad = torch.randn_like(p)
    best = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01, fused=True)

    def once():
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        best.step()
    return once


def variants(case, compiled):
    """What PyTorch offers for a case, by name."""
    name, *rest = case.rsplit("_", 2) if not case.startswith("augment") else case.split("_")
    if case in ("warp", "gemm", "adamw"):
        return {"eager": {"warp": warp, "gemm": gemm, "adamw": adamw}[case]()}
    if name == "augment":
        return {"eager": augment(int(rest[0]), int(rest[1]))}
    kind, batch = rest[0], int(rest[1])
    square = lambda out, y: (out - y).square().mean()
    vectors = lambda rows, *shape: torch.randn(rows, *shape)
    if name == "mlp":
        task = (mlp, vectors(8192, 8), vectors(8192, 8), square)
    elif name == "cnn":
        task = (lambda: cnn([16, 32], 64), vectors(1024, 1, 28, 28), torch.arange(1024) % 10, F.cross_entropy)
    elif name == "point_net":
        task = (PointNet, vectors(512, 23, 3), vectors(512, 10), square)
    else:
        task = ({"transformer": Transformer, "pair": Pair}[name], vectors(512, 23, 3), vectors(512, 23, 3), square)
    make, x, y, loss = task
    found = {"eager": Steps(make, x, y, batch, kind, loss, False)}
    if name == "cnn":
        last = lambda: make().to(memory_format=torch.channels_last)
        found["channels last"] = Steps(last, x.to(memory_format=torch.channels_last), y, batch, kind, loss, False)
    if compiled and kind == "plain":
        found["compiled"] = Steps(make, x, y, batch, kind, loss, True)
    return found


def timed(once, times):
    start = time.process_time()
    for _ in range(times):
        once()
    return (time.process_time() - start) * 1e3 / times


class Ours:
    def __init__(self):
        made = subprocess.run(["cargo", "bench", "--locked", "--bench", "against", "--no-run", "--message-format=json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        messages = map(json.loads, made.stdout.splitlines())
        program = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "against"][-1]
        self.cases = subprocess.check_output([program, "--list"], text=True).split()
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, case, times):
        self.process.stdin.write(f"{case} {times}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def goal(case):
    for name, value in GOALS.items():
        if case.startswith(name):
            return value[["64", "256", "1024"].index(case.rsplit("_", 1)[1])] if isinstance(value, tuple) else value
    return None


def label(case):
    name = next(n for n in NAMES if case.startswith(n))
    parts = case[len(name) + 1:].split("_")
    if name == "augment":
        return f"{NAMES[name]} {parts[0]}, {parts[1]} rows"
    return NAMES[name] + (f", {parts[0]}, batch {parts[1]}" if len(parts) == 2 else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4, help="of one measurement")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well (needs a C++ compiler)")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    ours = Ours()
    lines = ["| work | ours, ms | PyTorch, ms | ours / PyTorch's best (rounds) | asked |", "|---|---|---|---|---|"]
    for case in args.cases or ours.cases:
        theirs = variants(case, args.compile)
        first = {name: timed(once, 3) for name, once in theirs.items()}
        times = max(2, int(args.seconds * 1e3 / max(1e-3, min(first.values()))))
        own_times = max(2, min(times * 4, int(args.seconds * 1e3 / max(1e-3, ours(case, 5)))))
        rounds = []
        for number in range(args.rounds + 1):
            one = {"ours": ours(case, own_times)} | {name: timed(once, times) for name, once in theirs.items()}
            if number:
                rounds.append(one)
        middle = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
        best = min((name for name in theirs), key=middle.get)
        ratios = sorted(r["ours"] / r[best] for r in rounds)
        told = "; ".join(f"{middle[name]:.3g} {name}" for name in theirs)
        asked = goal(case)
        lines.append(f"| {label(case)} | {middle['ours']:.3g} | {told} | {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}) | {f'≤ {asked}' if asked else ''} |")
        print(lines[-1], flush=True)
    cpu = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    about = (f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), {cpu}, one thread, {args.rounds} rounds in turns, "
             f"{time.strftime('%Y-%m-%d')}: processor time of one step or call, medians.")
    table = "\n".join([about, "", *lines])
    if args.out is None:
        print(table)
        return
    text = args.out.read_text()
    begin, end = "<!-- against: made by make bench-torch -->", "<!-- against: end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    args.out.write_text(f"{head}{begin}\n{table}\n{end}{tail}")


if __name__ == "__main__":
    main()
