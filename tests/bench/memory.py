"""How much memory does a call take beside its input?  In a fresh process each.  ``python -m tests.bench.memory``"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = {
    "12 megapixels, 3 x 3": "(3, 3000, 4000), (3, 3), 1",
    "12 megapixels, 31 x 31": "(3, 3000, 4000), (31, 31), 1",
    "12 megapixels, 31 x 31, stride 2": "(3, 3000, 4000), (31, 31), 2",
    "12 megapixels, 9 x 9, stride 1/2": "(3, 3000, 4000), (9, 9), Fraction(1, 2)",
    "three minutes of stereo, 31 taps": "(2, 7938000), (31,), 1",
    "three minutes of stereo, 44101 taps": "(2, 7938000), (44101,), 1",
}
CODE = """
    from fractions import Fraction
    import torch
    from playground import ops
    from playground.ops.conv import forecast
    from playground.ops.methods import compiled

    def held(name):
        return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(name))

    shape, taps, stride = {case}
    x, kernel = torch.rand(shape), torch.randn(taps)
    conv = ops.conv1d if len(taps) == 1 else ops.conv2d
    conv(torch.rand(64, 64) if len(taps) == 2 else torch.rand(9999), kernel, padding=max(taps))  # libraries wake up
    compiled.fetch()
    before = held("VmRSS")
    y = conv(x, kernel, padding="same", padding_mode="reflect", stride=stride)
    plan = forecast(shape, kernel, dimensions=len(taps), padding="same", stride=stride)[1]
    print(held("VmHWM") - before, plan.working_bytes, x.nbytes, y.nbytes)
"""


def lines() -> Iterator[str]:
    yield "| case | grown by, MB | plan's bound, MB | grown / larger of input and result |"
    yield "|---|---|---|---|"
    for name, case in CASES.items():
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(CODE.format(case=case))], capture_output=True, text=True, check=True,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        grown, bound, given, made = map(int, done.stdout.split())
        yield f"| {name} | {grown / 1e6:.0f} | {bound / 1e6:.0f} | {grown / max(given, made):.2f} |"


def main() -> None:
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
