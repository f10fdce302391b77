"""What does twice the picture cost, and what do more taps?  Beside the bare OpenCV call.  ``python -m tests.bench.growth``

Writes the curves as growth.svg next to this file.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from playground import ops
from playground.ops.methods import compiled

MEGAPIXELS = (1, 2, 4, 8, 16, 24)
TAPS = (3, 5, 7, 9, 11, 13, 15, 21, 31, 45, 63)
PLACE = Path(__file__).with_name("growth.svg")


def pair(megapixels: float, taps: int, turns: int = 5) -> tuple[float, float]:
    """Milliseconds of ours and of ``cv2.filter2D`` on a colour picture, medians of turns taken alternately."""
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    x = np.random.default_rng(0).random((3, height, height * 3 // 2), dtype=np.float32)
    image, kernel = np.ascontiguousarray(np.moveaxis(x, 0, -1)), np.random.default_rng(1).random((taps, taps), np.float32)
    values, weights = torch.from_numpy(x), torch.from_numpy(kernel)
    runs = (
        lambda: ops.conv2d(values, weights, padding="same", padding_mode="reflect"),
        lambda: cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101),
    )
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        for run, found in zip(runs, times, strict=True):
            start = time.perf_counter()
            run()
            if turn:
                found.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def lines() -> Iterator[str]:
    """Both tables; the plot is written at the end."""
    compiled.fetch()
    curves = []
    for title, unit, points in [
        ("3 x 3 taps, growing pictures", "megapixels", {n: pair(n, 3) for n in MEGAPIXELS}),
        ("1.5 megapixels, growing kernels", "taps per side", {n: pair(1.5, n, 3) for n in TAPS}),
    ]:
        curves.append((title, unit, points))
        yield f"| {unit} | ours, ms | cv2.filter2D, ms | ours / OpenCV |"
        yield "|---|---|---|---|"
        yield from (f"| {n} | {a:.1f} | {b:.1f} | {a / b:.2f} |" for n, (a, b) in points.items())
        yield ""
    PLACE.write_text(drawn(curves), encoding="utf-8")


def drawn(curves: list[tuple[str, str, dict[int, tuple[float, float]]]]) -> str:
    """Two panels with logarithmic axes: ours drawn through, OpenCV's dashed.  SVG."""
    width, height, parts = 420, 300, []
    for number, (title, unit, points) in enumerate(curves):
        xs = np.log(list(points))
        ys = np.log(np.array(list(points.values())))
        at = lambda v, low, high, size: 50 + (v - low) / max(high - low, 1e-9) * (size - 80)  # noqa: E731
        across = at(xs, xs.min(), xs.max(), width) + number * width
        up = height - at(ys, ys.min(), ys.max(), height)
        for column, style in enumerate(('stroke="#0b57a4"', 'stroke="#a4460b" stroke-dasharray="6 4"')):
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up[:, column], strict=True))
            parts.append(f'<polyline points="{line}" fill="none" stroke-width="2" {style}/>')
        left = number * width
        parts += [f'<text x="{a:.0f}" y="{height - 28}" text-anchor="middle">{n}</text>' for a, n in zip(across, points, strict=True)]
        parts += [
            f'<text x="{left + 4}" y="{up[i, 0]:.0f}">{list(points.values())[i][0]:.3g} ms</text>' for i in (0, -1)
        ]
        parts.append(f'<text x="{left + 50}" y="18">{title}</text><text x="{left + 50}" y="{height - 8}">{unit}</text>')
    parts.append('<text x="250" y="36">through: ours, dashed: cv2.filter2D</text>')
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * width}" height="{height}" font-family="sans-serif" font-size="11">\n{body}\n</svg>\n'


def main() -> None:
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
