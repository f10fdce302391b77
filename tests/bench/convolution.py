"""How fast is our correlation beside what a user would call instead?  ``python -m tests.bench.convolution [cells]``

The engine's own loops are fetched before.  Every result is checked first.  Then all run in turn on fresh values, so that a busy machine slows all alike; a
figure is the median.  A contender much slower than the fastest is not run again.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Iterator

from playground.ops.methods import compiled
from tests.bench.contenders import CONTENDERS, deviation, make, parse

CELLS = (
    ["2d:1000x1500x1:5:1:1:random", "2d:1000x1500x3:31:1:1:box", "1d:441000x2:8191:1:1:box"]
    + [f"2d:{shape}:{taps}:1:1:random" for shape in ("512x512x3", "1000x1500x3", "3000x4000x3") for taps in (3, 9, 15, 31)]
    + [f"2d:1000x1500x3:{taps}:1:1:gaussian" for taps in (9, 31, 63)]
    + [f"2d:1000x1500x3:{taps}:{stride}:1:random" for stride in ("2", "3", "1/2") for taps in (3, 9, 15)]
    + ["2d:1000x1500x3:3:1:2:random", "2d:1000x1500x3:5:1:4:random", "2d:1000x1500x3:3:4:1:random"]
    + ["2d:1000x1500x3:5:2:1:random", "2d:1000x1500x3:5:2:1:gaussian", "2d:1000x1500x3:13:1:1:gaussian"]
    + ["2d:200x300x3:3:1/2:1:random", "2d:600x800x3:5:1/2:1:random", "2d:600x800x3:7:1/3:1:random"]
    + ["2d:1000x1500x3:3:2:2:random", "2d:300x451x3:3:2:1:random", "1d:1500000x2:3:1:1:random", "1d:3000000x2:5:1:1:random"]
    + [f"1d:1500000x2:{taps}:2:1:random" for taps in (3, 15, 63)]
    + ["1d:1500000x2:15:1/3:1:random", "1d:441000x2:3:1/2:1:random", "1d:3000000x2:101:1:1:box"]
    + [f"1d:441000x2:{taps}:1:1:random" for taps in (3, 31, 127, 255, 2047, 44101)]
    + [f"1d:7938000x2:{taps}:{stride}:1:random" for taps in (3, 31, 255) for stride in ("1", "2", "1/2")]
)  # fmt: skip
TURNS, SECONDS = 7, 6.0
ALLOWED = 2e-6


def compare(text: str) -> dict[str, object]:
    """One cell: our milliseconds, the fastest other's, and how far ours is off."""
    cell, first, off = parse(text), {}, {}
    for name, contender in CONTENDERS.items():
        for seed in (0, 1):  # the first call is cold
            x, kernel = make(cell, seed)
            run = contender(cell, x, kernel)
            if run is None:
                break
            start = time.perf_counter()
            found = run()
            first[name] = time.perf_counter() - start
            if seed or first[name] > 5:
                off[name] = deviation(cell, x, kernel, found)
                assert off[name] < 10 * ALLOWED, f"{name} is off by {off[name]} at {text}"
                break
    fastest = min(seconds for name, seconds in first.items() if name != "ours")
    names = [name for name in first if name == "ours" or first[name] < 4 * fastest + 0.001]
    times: dict[str, list[float]] = {name: [] for name in names}
    begun = time.perf_counter()
    for turn in range(TURNS):
        x, kernel = make(cell, 100 + turn)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            run = CONTENDERS[name](cell, x, kernel)
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
        if turn >= 2 and time.perf_counter() - begun > SECONDS:
            break
    middle = {name: 1000 * statistics.median(found) for name, found in times.items()}
    other = min((name for name in middle if name != "ours"), key=middle.__getitem__)
    return {"cell": text, "ours": middle["ours"], "other": other, "theirs": middle[other],
            "ratio": middle["ours"] / middle[other], "off": off["ours"]}  # fmt: skip


def lines(cells: list[str]) -> Iterator[str]:
    """The table, row by row, and what it comes to."""
    yield "| cell | ours, ms | fastest other | ms | ours / other | off by |"
    yield "|---|---|---|---|---|---|"
    rows = []
    compiled.fetch()
    for text in cells:
        rows.append(row := compare(text))
        yield (f"| `{text}` | {row['ours']:.2f} | {row['other']} | {row['theirs']:.2f} | {row['ratio']:.2f}"
               f" | {row['off']:.1e} |")  # fmt: skip
    mean = math.exp(statistics.fmean(math.log(row["ratio"]) for row in rows))
    yield ""
    yield (f"{len(rows)} cells: geometric mean {mean:.2f}, worst {max(row['ratio'] for row in rows):.2f}, largest"
           f" deviation {max(row['off'] for row in rows):.1e} of sum abs kernel times max abs input.")  # fmt: skip


def main() -> None:
    for line in lines(sys.argv[1:] or CELLS):
        print(line, flush=True)


if __name__ == "__main__":
    main()
