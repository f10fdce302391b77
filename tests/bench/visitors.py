"""Do two visitors at once wait longer than one after the other?  ``python -m tests.bench.visitors``

One call of a few milliseconds tells more of the system than of the engine: on two cores Linux lets a thread that has
begun keep its core for 1.4 ms, and only then the other visitor's begins.  So each visitor also calls ten times in a row.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch

from playground import ops
from playground.ops.methods import compiled

CASES = {"3 x 3": ((3, 3), 1), "3 x 3, ten times each": ((3, 3), 10), "31 x 31": ((31, 31), 1), "gaussian 31": ((31, 31), 1)}
"""Taps, and how often each visitor calls."""
TURNS = 20


def lines() -> Iterator[str]:
    compiled.fetch()
    yield "| 1.5 megapixels | one after the other, ms | at once, ms | at once / after |"
    yield "|---|---|---|---|"
    x = torch.rand(2, 3, 1000, 1500)
    with ThreadPoolExecutor(2) as pool:
        for name, (taps, often) in CASES.items():
            kernel = torch.outer(torch.rand(31), torch.rand(31)) if name.startswith("gaussian") else torch.randn(taps)

            def call(visitor: int, kernel: torch.Tensor = kernel, often: int = often) -> torch.Tensor:
                for _ in range(often):
                    y = ops.conv2d(x[visitor], kernel, padding="same", padding_mode="reflect")
                return y

            after, together = [], []
            for _ in range(TURNS):
                start = time.perf_counter()
                call(0), call(1)
                middle = time.perf_counter()
                list(pool.map(call, (0, 1)))
                after.append(middle - start)
                together.append(time.perf_counter() - middle)
            one, both = statistics.median(after[1:]), statistics.median(together[1:])
            yield f"| {name} | {1000 * one:.1f} | {1000 * both:.1f} | {both / one:.2f} |"


def main() -> None:
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
