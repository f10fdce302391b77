"""How does a program hold a kernel?  As somebody would type it, where that is short enough.

Rows of numbers; one value repeated; an outer product; a few taps among zeros; a formula; else packed numbers.
"""

from __future__ import annotations

import base64
import textwrap
import zlib
from typing import TYPE_CHECKING

import numpy as np

from playground.ops import KernelRef
from playground.ops.lazy import torch
from playground.recipe.code_draft import WIDTH, Draft, Planned, number, numbers, wrapped

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 9
"""Up to so many rows and columns are written as rows of numbers."""
LISTED = 130
"""Up to so many numbers are written out where they are one row, or two to multiply."""
FEW = 24
"""Up to so many taps among many zeros are written one by one."""
ROUNDING = 1e-12
"""Of the largest number: what an outer product may differ by."""


def write_kernel(draft: Draft, planned: Planned, *, target: str = "kernel") -> None:
    """Append the lines that make the kernel of a step.

    One that was loaded is read from a file: ``files`` gets its digest.
    """
    ref = reference(planned)
    if ref is not None and ref.digest is not None:
        _write_loaded(draft, planned, ref, target)
    elif _name(planned, ref) == "reverb":
        _write_reverb(draft, planned, ref, target)
    else:
        write_numbers(draft, taps(planned), target=target)


def reference(planned: Planned) -> KernelRef | None:
    """The kernel that a step names, or None where the step is itself a kernel's name."""
    found = planned.step.get("kernel")
    return found if isinstance(found, KernelRef) else None


def taps(planned: Planned) -> Tensor:
    """The numbers of a step's kernel, or of its matrix.

    Shape: as the kernel's.
    """
    return planned.settings["kernel"] if planned.kernel is None else planned.kernel


def write_numbers(draft: Draft, kernel: Tensor, *, target: str = "kernel") -> None:
    """Append the lines that make an array of these numbers.

    Shape: ``(k,)``, ``(kh, kw)``, or with two axes of channels in front.

    >>> draft = Draft("numpy")
    >>> write_numbers(draft, torch.ones(5, 5) / 25)
    >>> draft.lines
    ['kernel = np.full((5, 5), 1 / 25)']
    """
    values = np.asarray(kernel.detach().cpu().to(torch.float64))
    make = "torch.tensor" if draft.flavour == "torch" else "np.array"
    shape, flat = tuple(int(n) for n in values.shape), values.ravel()
    if flat.size > 3 and (flat == flat[0]).all():
        value = f"1 / {flat.size}" if np.isclose(flat[0] * flat.size, 1, rtol=1e-7) else number(flat[0])
        draft.assign(target, f"{draft.library}.full({numbers(shape)}, {value})")
    elif values.ndim <= 2 and max(shape) <= SIDE and _is_short(values):
        _write_rows(draft, target, make, values)
    elif np.count_nonzero(flat) <= FEW < flat.size and values.ndim <= 2:
        _write_taps(draft, target, values)
    elif values.ndim == 1 and flat.size <= LISTED:
        draft.add(f"{target} = {make}([", *wrapped([number(v) for v in flat], indent=4), "])")
    elif values.ndim == 2 and sum(shape) <= 4 * LISTED and (factors := _factors(values)) is not None:
        column, row = factors
        alike = column.shape == row.shape and np.allclose(column, row, rtol=ROUNDING, atol=0)
        if not alike:
            write_numbers(draft, torch.from_numpy(column), target="column")
        write_numbers(draft, torch.from_numpy(row), target="row")
        draft.assign(target, f"{draft.library}.outer({'row' if alike else 'column'}, row)")
    elif values.ndim == 2 and flat.size <= SIDE * SIDE:
        _write_rows(draft, target, make, values)
    elif flat.size <= 36:
        draft.add(f"{target} = {make}([", *wrapped([number(v) for v in flat], indent=4), "])")
        draft.assign(target, f"{target}.reshape{numbers(shape)}")
    else:
        _write_packed(draft, target, values)


def _write_rows(draft: Draft, target: str, make: str, values: np.ndarray) -> None:
    if values.ndim == 1 or len(values) == 1:
        row = _row(values.ravel())
        opened, closed = ("[", "]") if values.ndim == 1 else ("[[", "]]")
        line = f"{target} = {make}({opened}{row}{closed})"
        if len(line) <= WIDTH:
            draft.add(line)
        else:
            draft.add(
                f"{target} = {make}({opened}",
                *wrapped([number(v) for v in values.ravel()], indent=4),
                f"{closed})",
            )
        return
    rows = []
    for row in values:
        line = f"        [{_row(row)}],"
        fits = len(line) <= WIDTH
        rows += [line] if fits else ["        [", *wrapped([number(v) for v in row], indent=12), "        ],"]
    draft.add(f"{target} = {make}(", "    [", *rows, "    ]", ")")


def _row(values: np.ndarray) -> str:
    return ", ".join(number(v) for v in values)


def _is_short(values: np.ndarray) -> bool:
    """Whether each row fits on a line."""
    return all(len(_row(row)) + 10 <= WIDTH for row in np.atleast_2d(values))


def _write_taps(draft: Draft, target: str, values: np.ndarray) -> None:
    draft.assign(target, f"{draft.library}.zeros({numbers(values.shape)})")
    for place in np.argwhere(values):
        index = ", ".join(str(int(i)) for i in place)
        draft.assign(f"{target}[{index}]", number(float(values[tuple(place)])))


def _factors(values: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A column and a row whose products the kernel is, each times the same constant where it is positive."""
    top, left = np.unravel_index(np.abs(values).argmax(), values.shape)
    peak = values[top, left]
    if peak == 0:
        return None
    column, row = values[:, left] / np.sqrt(abs(peak)), values[top] / np.sqrt(abs(peak)) * np.sign(peak)
    fits = np.abs(np.outer(column, row) - values).max() <= ROUNDING * abs(peak)
    return (column, row) if fits else None


def _write_packed(draft: Draft, target: str, values: np.ndarray) -> None:
    packed = base64.b64encode(zlib.compress(values.astype("<f4").tobytes(), 9)).decode("ascii")
    name = f"KERNEL_{len(draft.constants) + 1}"
    lines = [f'    "{line}"' for line in textwrap.wrap(packed, WIDTH - 8)]
    draft.constants.append("\n".join([
        f"# {values.size} numbers of float32, packed by zlib and written as letters.", f"{name} = (", *lines, ")",
    ]))  # fmt: skip
    shape = numbers(tuple(int(n) for n in values.shape))
    unpacked = f"unpacked({name}).reshape{shape}"
    draft.say(torch=f"{target} = torch.from_numpy({unpacked})", numpy=f"{target} = {unpacked}")


# --- kernels that are no list of numbers ---------------------------------------------------------


def _name(planned: Planned, ref: KernelRef | None) -> str | None:
    return planned.step.name if ref is None else ref.name


def _parameters(planned: Planned, ref: KernelRef | None) -> dict[str, object]:
    return dict(planned.step.params if ref is None else ref.params)


def _write_reverb(draft: Draft, planned: Planned, ref: KernelRef | None, target: str) -> None:
    """Noise that dies away by 60 dB: its numbers are NumPy's for ever, and need not be listed."""
    given, length = _parameters(planned, ref), len(planned.kernel) - 1
    draft.add(
        f"tail = np.random.RandomState({number(given.get('seed', 0))}).standard_normal({length})",
        f"tail *= 10 ** (-3 * np.arange(1, {length + 1}) / {length})  # 60 dB softer at its end",
        f"{target} = np.append(1, {number(given.get('wet', 0.5))} * tail / np.linalg.norm(tail))",
    )
    _write_prepared(draft, given, 1, target)
    draft.say(torch=f"{target} = torch.from_numpy({target}).float()", numpy="")


def _write_loaded(draft: Draft, planned: Planned, ref: KernelRef, target: str) -> None:
    if ref.digest not in draft.files:
        draft.files.append(ref.digest)
    shape = numbers(tuple(int(n) for n in taps(planned).shape))
    draft.assign(target, f"kernels[{draft.files.index(ref.digest)}].reshape{shape}")
    _write_prepared(draft, dict(ref.params), taps(planned).ndim, target)


def _write_prepared(draft: Draft, given: dict[str, object], axes: int, target: str) -> None:
    """Divide by the sum, or take the mean away; for each channel that comes out alone where channels mix."""
    over = ""
    if axes > 2:
        over = (
            f"{numbers(tuple(range(1, axes)))}, {'keepdim' if draft.flavour == 'torch' else 'keepdims'}=True"
        )
    if given.get("normalise"):
        draft.assign(target, f"{target} / {target}.sum({over})")
    if given.get("zero_mean"):
        draft.assign(target, f"{target} - {target}.mean({over})")
