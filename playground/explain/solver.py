"""Which kernel, stride and padding turn this size into that one?  From 128 to 64, from 64 to 128, or kept.

The formulas of ``ops.geometry`` are solved for the padding, for each kernel size, dilation and stride.  The list is
in the order of preference:

1. one whole stride or 1/s without dilation; then strides p/q, which PyTorch has no call for and which are looked
   for only where there is no such one; then dilations
2. what networks commonly use (``COMMON``), in the order of that table
3. the same padding on both sides, and no output padding
4. no surprise: every sample is read, taps are shared out evenly, nothing is left over at the end
5. small kernels, small dilations, little padding
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from playground.errors import N_, GeometryError
from playground.ops.conv import MAX_STRIDE
from playground.ops.geometry import Axis, settle

KERNEL_SIZES = tuple(range(1, 17))
DILATIONS = (1, 2, 3, 4)
MOST_SIZES, MOST_DILATION = 24, 16
"""How many kernel sizes and dilations are looked through at once, and the largest of the latter: a second's work."""
MOST_FRACTIONS = 3
"""Settings of a stride p/q: they differ in the kernel only."""
MOST_PER_AXIS = 1000
"""The settings of one axis from which pairs are made."""
COMMON = (
    (3, Fraction(1), 1), (1, Fraction(1), 0), (5, Fraction(1), 2), (7, Fraction(1), 3),
    (3, Fraction(2), 1), (4, Fraction(2), 1), (2, Fraction(2), 0), (5, Fraction(2), 2), (7, Fraction(2), 3),
    (4, Fraction(1, 2), 1), (2, Fraction(1, 2), 0), (3, Fraction(1, 2), 1), (4, Fraction(4), 0), (16, Fraction(16), 0),
)  # fmt: skip
"""Kernel size, stride and padding as torch counts it of VGG, ResNet, DCGAN, U-Net and vision transformers."""


@dataclass(frozen=True)
class Setting:
    """One axis of a convolution that does it.

    ``padding`` is (before, after) as ``conv1d`` and ``conv2d`` have it, around the stuffed input at a stride of
    1/s; ``word`` is "valid", "same" or "full" where that says the same, else "".
    """

    kernel_size: int
    stride: Fraction
    padding: tuple[int, int]
    dilation: int = 1
    word: str = ""

    def axis(self, length: int) -> Axis:
        """The setting on an input of ``length`` samples.

        >>> Setting(3, Fraction(2), (1, 1)).axis(128).output
        64
        """
        return settle(
            length, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )

    @property
    def transposed(self) -> bool:
        """Whether it is a transposed convolution in torch: a stride of 1/s."""
        return self.stride.denominator > 1

    @property
    def torch_padding(self) -> int | None:
        """The ``padding`` of torch's conv or conv_transpose; None where it differs on the two sides."""
        before, after = self.padding
        if self.transposed:
            return self.dilation * (self.kernel_size - 1) - before
        return before if before == after else None

    @property
    def output_padding(self) -> int:
        """The ``output_padding`` of torch's conv_transpose; 0 at whole strides."""
        return self.padding[1] - self.padding[0] if self.transposed else 0

    @property
    def in_torch(self) -> str:
        """The options of torch's call in one line, "" for a stride p/q, which takes two calls."""
        if self.stride.numerator > 1 and self.transposed or self.torch_padding is None:
            return ""
        options = [("kernel_size", self.kernel_size), ("stride", max(self.stride.numerator, self.stride.denominator))]
        options += [(name, value) for name, value in (
            ("padding", self.torch_padding), ("output_padding", self.output_padding),
        ) if value]  # fmt: skip
        options += [("dilation", self.dilation)] if self.dilation > 1 else []
        call = "conv_transpose" if self.transposed else "conv"
        return f"{call}({', '.join(f'{name}={value}' for name, value in options)})"


def solve(
    n_in: int, n_out: int, *, kernel_size: Sequence[int] = KERNEL_SIZES, dilation: Sequence[int] = DILATIONS,
    most: int = 12,
) -> list[Setting]:  # fmt: skip
    """At most ``most`` settings that make ``n_out`` samples of ``n_in``, nicest first; maybe none.

    Errors: GeometryError for sizes below 1, for more than ``MOST_SIZES`` kernel sizes or dilations, and for
    dilations above ``MOST_DILATION``.

    >>> [setting.in_torch for setting in solve(128, 64, most=3)]
    ['conv(kernel_size=3, stride=2, padding=1)', 'conv(kernel_size=4, stride=2, padding=1)',
     'conv(kernel_size=2, stride=2)']
    >>> solve(64, 128, most=1)[0].in_torch
    'conv_transpose(kernel_size=4, stride=2, padding=1)'
    """
    _check(n_in, n_out, kernel_size, dilation)
    found = {
        setting
        for k in set(kernel_size)
        for d in (set(dilation) if k > 1 else {1})
        for setting in (*_at_whole_strides(n_in, n_out, k, d), *_between_samples(n_in, n_out, k, d))
    }
    if all(setting.dilation > 1 for setting in found):
        others = sorted(_at_fractions(n_in, n_out, kernel_size), key=lambda setting: _order(setting, n_in))
        found |= set(others[:MOST_FRACTIONS])
    return sorted(found, key=lambda setting: _order(setting, n_in))[:most]


def solve_axes(
    sizes_in: Sequence[int], sizes_out: Sequence[int], *, kernel_size: Sequence[int] = KERNEL_SIZES,
    dilation: Sequence[int] = DILATIONS, most: int = 12,
) -> list[tuple[Setting, ...]]:  # fmt: skip
    """A setting for each axis: first those that are the same on all axes, then those that differ.

    Errors: GeometryError as ``solve``, and for unequal numbers of axes.

    >>> [[setting.in_torch for setting in both] for both in solve_axes((128, 96), (64, 48), most=1)]
    [['conv(kernel_size=3, stride=2, padding=1)', 'conv(kernel_size=3, stride=2, padding=1)']]
    >>> [[str(setting.stride) for setting in both] for both in solve_axes((128, 24), (64, 48), most=1)]
    [['2', '1/2']]
    """
    if not len(sizes_in) == len(sizes_out) > 0:
        raise GeometryError(N_("{given} sizes before and {made} after; give one for each axis"),
                            given=len(sizes_in), made=len(sizes_out))  # fmt: skip
    lists = [
        solve(n, m, kernel_size=kernel_size, dilation=dilation, most=MOST_PER_AXIS)
        for n, m in zip(sizes_in, sizes_out, strict=True)
    ]
    if not all(lists):
        return []
    shared = set(lists[0]).intersection(*lists[1:])
    alike = [(setting,) * len(lists) for setting in lists[0] if setting in shared]
    differ = [both for both in _in_step(lists, most) if len(set(both)) > 1]
    differ.sort(key=lambda both: _order_of_all(both, sizes_in))
    return (alike + differ)[:most]


def as_step(settings: Sequence[Setting]) -> dict[str, object]:
    """The parameters of ``conv1d`` or ``conv2d`` beside the kernel: stride, padding, dilation.

    >>> as_step(solve(128, 64, most=1)), as_step(solve_axes((128, 24), (64, 48), most=1)[0])["stride"]
    ({'stride': 2, 'padding': 'same', 'dilation': 1}, (2, Fraction(1, 2)))
    """
    words = {setting.word for setting in settings}
    sides = tuple(n for setting in settings for n in setting.padding)
    return {
        "stride": _one([_plain(setting.stride) for setting in settings]),
        "padding": words.pop() if len(words) == 1 and "" not in words else sides,
        "dilation": _one([setting.dilation for setting in settings]),
    }


def _check(n_in: int, n_out: int, kernel_size: Sequence[int], dilation: Sequence[int]) -> None:
    if min(n_in, n_out, *kernel_size, *dilation) < 1:
        raise GeometryError(
            N_("sizes from {n_in} to {n_out}, kernels from {kernel} and dilations from {dilation}: all must be at least 1"),
            n_in=n_in, n_out=n_out, kernel=min(kernel_size), dilation=min(dilation),
        )  # fmt: skip
    if max(len(kernel_size), len(dilation)) > MOST_SIZES or max(dilation, default=1) > MOST_DILATION:
        raise GeometryError(
            N_("{sizes} kernel sizes and {dilations} dilations up to {largest} are too many to look through; give at most"
               " {most} of each, dilations up to {limit}"),
            sizes=len(kernel_size), dilations=len(dilation), largest=max(dilation), most=MOST_SIZES,
            limit=MOST_DILATION,
        )  # fmt: skip


def _at_whole_strides(n: int, m: int, k: int, d: int) -> Iterator[Setting]:
    """``floor((n + 2p - D - 1) / s) + 1 = m`` for p from 0 to D, and one more at the end where no p does it.

    So ``n + before + after - D - 1`` lies from ``(m - 1) s`` to ``(m - 1) s + s - 1``.
    """
    reach = d * (k - 1)
    for s in range(1, MAX_STRIDE + 1):
        least = (m - 1) * s - n + reach + 1  # of the padding in all
        for total in range(max(0, least), min(2 * reach, least + s - 1) + 1):
            before = total // 2
            if total % 2 == 0 or total == least == least + s - 1:
                yield _worded(n, k, Fraction(s), (before, total - before), d)


def _between_samples(n: int, m: int, k: int, d: int) -> Iterator[Setting]:
    """``(n - 1) s - 2p + D + 1 + extra = m`` for torch's p from 0 to D and an output padding below s or d."""
    reach = d * (k - 1)
    for s in range(2, MAX_STRIDE + 1):
        full = (n - 1) * s + reach + 1
        for p in range(max(0, (full - m + 1) // 2), min(reach, (full - m + max(s, d) - 1) // 2) + 1):
            yield _worded(n, k, Fraction(1, s), (reach - p, reach - p + m - full + 2 * p), d)


def _at_fractions(n: int, m: int, kernel_size: Sequence[int]) -> Iterator[Setting]:
    """A stride p/q under "same": ``ceil(n q / p) = m``."""
    for q in range(2, MAX_STRIDE + 1):
        for p in range(2, MAX_STRIDE + 1):
            if gcd(p, q) == 1 and -(-n * q // p) == m:
                for k in set(kernel_size):
                    axis = settle(n, k, stride=Fraction(p, q), padding="same")
                    yield Setting(k, Fraction(p, q), (axis.before, axis.after), 1, "same")


def _worded(n: int, k: int, stride: Fraction, padding: tuple[int, int], d: int) -> Setting:
    reach, s = d * (k - 1), stride.denominator
    same = (reach // 2, reach - reach // 2) if s == 1 else (reach - reach // 2, reach // 2 + s - 1)
    words = {(reach, reach): "full", (0, 0): "valid"}
    return Setting(k, stride, padding, d, "same" if padding == same else words.get(padding, ""))


def _order(setting: Setting, n_in: int) -> tuple:
    axis = setting.axis(n_in)
    key = (setting.kernel_size, setting.stride, setting.torch_padding)
    known = COMMON.index(key) if key in COMMON and setting.dilation == 1 else len(COMMON)
    lopsided = setting.padding[0] != setting.padding[1]
    unread = axis.down - min(axis.kernel_size, axis.down // gcd(axis.down, axis.dilation))
    uneven = axis.kernel_size % axis.up != 0 or gcd(axis.up, axis.dilation) > 1
    left_over = max(0, axis.remainder - axis.after)
    size = (setting.kernel_size, setting.dilation, max(axis.up, axis.down), sum(setting.padding), setting.padding)
    rank = 2 if setting.dilation > 1 else int(axis.up > 1 and axis.down > 1)
    return (rank, known, lopsided, bool(unread) + uneven + bool(left_over), *size)


def _in_step(lists: Sequence[Sequence[Setting]], most: int) -> list[tuple[Setting, ...]]:
    """The nicest of each axis together, then the next, of those that take the same kernel; and the nicest of all."""
    found = [tuple(each[0] for each in lists)]
    for kernel in dict.fromkeys((setting.kernel_size, setting.dilation) for setting in lists[0]):
        parts = [[s for s in each if (s.kernel_size, s.dilation) == kernel][:most] for each in lists]
        found += zip(*parts, strict=False)
    return list(dict.fromkeys(found))


def _order_of_all(settings: Sequence[Setting], sizes_in: Sequence[int]) -> tuple:
    """Kernels that are the same first, then as the worst of the axes."""
    orders = [_order(setting, n) for setting, n in zip(settings, sizes_in, strict=True)]
    return len({setting.kernel_size for setting in settings}), *(max(parts) for parts in zip(*orders, strict=True))


def _plain(stride: Fraction) -> int | Fraction:
    return stride.numerator if stride.denominator == 1 else stride


def _one(values: Sequence[object]) -> object:
    return values[0] if len(set(values)) == 1 else tuple(values)
