"""Do two visitors at once wait longer than one after the other?  ``python -m tests.bench.visitors``"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch

from playground import ops
from playground.ops.methods import compiled

CASES = {"3 x 3": (3, 3), "31 x 31": (31, 31), "gaussian 31": (31, 31)}


def lines() -> Iterator[str]:
    compiled.fetch()
    yield "| 1.5 megapixels | one after the other, ms | at once, ms | at once / after |"
    yield "|---|---|---|---|"
    x = torch.rand(2, 3, 1000, 1500)
    with ThreadPoolExecutor(2) as pool:
        for name, taps in CASES.items():
            kernel = torch.outer(torch.rand(31), torch.rand(31)) if name.startswith("gaussian") else torch.randn(taps)

            def call(visitor: int, kernel: torch.Tensor = kernel) -> torch.Tensor:
                return ops.conv2d(x[visitor], kernel, padding="same", padding_mode="reflect")

            after, together = [], []
            for _ in range(10):
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
