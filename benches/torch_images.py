"""The networks of benches/images.rs in PyTorch (eager), forward and backward: python benches/torch_images.py [threads]

Group convolutions get the same arithmetic: the kernels of all turns are gathered from the learned ones, then convolved.
Both memory layouts are measured.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BATCH = 128


class Group(nn.Module):
    """C4 group convolutions 8-16 with kernels of side 5."""

    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.randn(8, 1, 5, 5) / 5)
        self.second = nn.Parameter(torch.randn(16, 32, 5, 5) / 28)
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(8)), nn.Parameter(torch.zeros(16))])
        self.head = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, x):
        w = torch.cat([torch.rot90(self.first, r, (2, 3)) for r in range(4)])
        x = F.max_pool2d(F.relu(F.conv2d(x, w, self.biases[0].repeat(4), padding=2)), 2)
        learned = self.second.reshape(16, 4, 8, 5, 5)
        w = [torch.rot90(learned, r, (3, 4)).roll(r, 1).reshape(16, 32, 5, 5) for r in range(4)]
        x = F.max_pool2d(F.relu(F.conv2d(x, torch.cat(w), self.biases[1].repeat(4), padding=2)), 2)
        return self.head(x.unflatten(1, (4, 16)).amax(1).mean((2, 3)))


def cnn(channels, hidden):
    layers, before = [], 1
    for c in channels:
        layers += [nn.Conv2d(before, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        before = c
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(49 * before, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def measure(make, layout):
    torch.manual_seed(0)
    net = make().to(memory_format=layout)
    x = torch.randn(BATCH, 1, 28, 28).to(memory_format=layout)
    y = torch.randint(0, 10, (BATCH,))
    times = []
    for _ in range(30):
        start = time.perf_counter()
        net.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        times.append((time.perf_counter() - start) * 1e3)
    return min(times), sorted(times)[len(times) // 2]


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    nets = {"cnn 32-64, 128": lambda: cnn([32, 64], 128), "cnn 16-32, 64": lambda: cnn([16, 32], 64), "c4 8-16, 64": Group}
    for name, make in nets.items():
        for label, layout in (("contiguous", torch.contiguous_format), ("channels last", torch.channels_last)):
            least, median = measure(make, layout)
            print(f"{name} ({label}): least {least:.1f} ms, median {median:.1f} ms")


if __name__ == "__main__":
    main()
