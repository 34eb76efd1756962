"""Two networks of benches/points.rs in PyTorch (eager), forward and backward: python benches/torch_points.py [threads]

Processor time, least and median of many passes, in milliseconds.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class PointNet(nn.Module):
    """3-64-128-256 at each point, the largest of each, 10 values."""

    shape = (32, 64, 3)

    def __init__(self):
        super().__init__()
        self.each = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU())
        self.head = nn.Linear(256, 10)

    def forward(self, x):
        return self.head(self.each(x).amax(1))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, h):
        rows, count, width = h.shape
        q, k, v = self.qkv(self.before(h)).reshape(rows, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(rows, count, width)
        h = h + self.mix(seen)
        return h + self.perceptron(self.between(h))


class Transformer(nn.Module):
    """Three blocks of width 64 with 4 heads, a vector at each point."""

    shape = (32, 32, 3)

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 64)
        self.blocks = nn.Sequential(*[Block(64, 4) for _ in range(3)])
        self.last, self.head = nn.LayerNorm(64), nn.Linear(64, 3)

    def forward(self, x):
        return self.head(self.last(self.blocks(self.embed(x))))


def measure(make):
    torch.manual_seed(0)
    net, x = make(), torch.randn(*make.shape, requires_grad=True)
    times = []
    for _ in range(100):
        start = time.process_time()
        net.zero_grad(set_to_none=True)
        net(x).square().mean().backward()
        times.append((time.process_time() - start) * 1e3)
    return min(times), sorted(times)[len(times) // 2]


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for make in (PointNet, Transformer):
        least, median = measure(make)
        print(f"{make.__name__} {make.shape[0]}x{make.shape[1]}: least {least:.1f} ms, median {median:.1f} ms")


if __name__ == "__main__":
    main()
