"""Which frequencies does a row gather?  Bands as the ear spaces them, and the way back to equal steps.

Rows of the transform stand ``sample_rate / n_fft`` Hz apart.  A matrix of filters ``(R, F)`` times such a
spectrogram ``(F, T)`` is one with ``R`` bands: along the mel scale, or with equal steps in each octave.
Every filter is a triangle in frequency: it rises from the centre of the band below to its own and falls
to that of the band above.

Sources: Slaney (1998), Auditory Toolbox (the mel scale and its norm, as librosa's); Brown (1991),
Calculation of a constant Q spectral transform (steps of an octave).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError, Notice, notice
from playground.ops import tensors
from playground.ops.lazy import torch
from playground.ops.parameters import Integer, Real
from playground.ops.registry import op
from playground.ops.rows import bin_frequencies, note_name, transform_size, triangles

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "empty_filters", "empty_filters_notice", "linear_frequency", "log_filters", "log_frequency", "mel", "mel_filters",
    "note_name",
]  # fmt: skip

MEL_BREAK = 1000.0
"""Hz up to which the mel scale is linear, 3 mel for 200 Hz; beyond, 27 mel are a factor of 6.4."""
LARGEST_TRANSFORM = 65536
"""The largest ``n_fft`` that is proposed."""
SINGULAR = 1e-12
"""Of the largest eigenvalue of a Gram matrix: what is smaller is rounding."""


# --- mel -----------------------------------------------------------------------------------------


def mel_filters(*, n_mels: int, fmin: float, fmax: float | None, sample_rate: float, n_fft: int) -> Tensor:
    """The filters of ``mel``: each is 2 / its width in Hz high; ``fmax`` None is half the sample rate.

    Shape: ``-> (n_mels, n_fft // 2 + 1)``, float64.  Equal to ``librosa.filters.mel``, and where
    torchaudio has the bins at their places (even ``n_fft`` and rate) to ``melscale_fbanks``.

    Errors: GeometryError for ``fmax`` above half the sample rate and for ``fmin`` not below ``fmax``.

    >>> mel_filters(n_mels=2, fmin=0, fmax=1000, sample_rate=2000, n_fft=12)[0].mul(1e4).round().long()
    tensor([ 0, 15, 30, 15,  0,  0,  0])
    """
    grid = bin_frequencies(sample_rate=sample_rate, n_fft=n_fft)
    edges = _mel_edges(n_mels, fmin, fmax, sample_rate)
    below, at, above = edges[:-2], edges[1:-1], edges[2:]
    return triangles(at, grid, below=below, above=above).mul_((2 / (above - below).clamp(min=1e-9))[:, None])


def _mel_edges(n_mels: int, fmin: float, fmax: float | None, sample_rate: float) -> Tensor:
    """The feet and peaks of the filters in Hz, equally far apart in mel: ``(n_mels + 2,)``."""
    if n_mels < 1:
        raise GeometryError(N_("n_mels={given} leaves nothing; use at least 1 band"), given=n_mels)
    low, high = _band(fmin, fmax, sample_rate)
    mel = torch.linspace(_mel(low), _mel(high), n_mels + 2, dtype=torch.float64)
    curved = MEL_BREAK * torch.exp((mel - 15).clamp(min=0) * (math.log(6.4) / 27))
    edges = torch.where(mel < 15, mel * (200 / 3), curved)
    edges[0], edges[-1] = low, high  # to the last bit: half the sample rate has no weight
    return edges


def _mel(hz: float) -> float:
    return hz * 3 / 200 if hz < MEL_BREAK else 15 + math.log(hz / MEL_BREAK) * 27 / math.log(6.4)


def _band(fmin: float, fmax: float | None, sample_rate: float) -> tuple[float, float]:
    """Both ends in Hz, or why they have no meaning."""
    half = sample_rate / 2
    if fmax is not None and fmax > half:
        raise GeometryError(
            N_("fmax={given} Hz is above {half} Hz, half the sample rate, where frequencies end; use at most that"),
            given=f"{fmax:g}", half=f"{half:g}",
        )  # fmt: skip
    high = half if fmax is None else fmax
    if not 0 <= fmin < high:
        raise GeometryError(
            N_("the bands would go from fmin={fmin} Hz to {fmax} Hz; fmin must be at least 0 and below the upper end"),
            fmin=f"{fmin:g}", fmax=f"{high:g}",
        )  # fmt: skip
    return float(fmin), float(high)


@op(
    media=("spectrogram",),
    shape=lambda shape, *, n_mels=128, **_: (*shape[:-2], n_mels, shape[-1]),
    price=lambda shape, output, **_: _price(shape, output),
)
def mel(
    x: Tensor,
    *,
    n_mels: Annotated[int, Integer(1, 1024)] = 128,
    fmin: Annotated[float, Real(0, 384000, 10, unit="Hz")] = 0.0,
    fmax: Annotated[float | None, Real(1, 384000, 10, unit="Hz")] = None,
    sample_rate: float = 44100.0,
    n_fft: int | None = None,
) -> Tensor:
    """Gather the rows into bands along the mel scale: equal steps for the ear.

    Shape: ``(..., F, T) -> (..., n_mels, T)``.  ``fmin`` and ``fmax`` in Hz, ``fmax`` None is half of
    ``sample_rate``; ``n_fft`` None stands for ``2 (F - 1)``.

    Errors: GeometryError as ``mel_filters``, and where ``F`` is not ``n_fft // 2 + 1``.

    >>> mel(torch.ones(1025, 4), n_mels=40).shape
    torch.Size([40, 4])
    """
    n_fft = transform_size(x, n_fft=n_fft)
    return _apply(mel_filters(n_mels=n_mels, fmin=fmin, fmax=fmax, sample_rate=sample_rate, n_fft=n_fft), x)


def _apply(filters: Tensor, x: Tensor) -> Tensor:
    return torch.matmul(filters.to(device=x.device, dtype=x.dtype), x)


def _price(shape: tuple[int, ...], output: tuple[int, ...]) -> tuple[int, int]:
    """The result and the matrix, in float64 and as the input is; a dense product."""
    samples = math.prod(output)
    return 4 * samples + 12 * output[-2] * shape[-2], samples * shape[-2]


# --- bands that no row falls into ----------------------------------------------------------------


def empty_filters(filters: Tensor) -> list[int]:
    """The filters that gather nothing: bands so narrow that no row of the transform falls into them.

    Shape: ``(R, F)``.

    >>> empty_filters(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    [1]
    """
    return (filters == 0).all(dim=-1).nonzero().flatten().tolist()


def empty_filters_notice(
    filters: Tensor, *, sample_rate: float, n_fft: int, fmin: float, fmax: float | None
) -> Notice | None:
    """Which mel bands stay 0 whatever the sound, and what would fill them; None where there are none.

    Shape: ``(R, F)``, as ``mel_filters`` with the same options makes them.

    >>> options = {"fmin": 0, "fmax": None, "sample_rate": 44100, "n_fft": 512}
    >>> print(empty_filters_notice(mel_filters(n_mels=128, **options), **options))
    11 of 128 bands (rows 0, 3, 6, 9, 14, …, counted from 0) lie between two bins and stay 0; any of these fills
    all bands: n_mels=91, n_fft=1024, fmin=1850
    """
    empty = empty_filters(filters)
    if not empty:
        return None
    said = {"count": len(empty), "bands": len(filters), "rows": _ranges(empty)}

    def fills(n_mels: int, n_fft: int, fmin: float) -> bool:
        edges, grid = _mel_edges(n_mels, fmin, fmax, sample_rate), grid_of(n_fft)
        first, last = torch.searchsorted(grid, edges[:-2], right=True), torch.searchsorted(grid, edges[2:])
        return bool((first < last).all())

    grid_of = functools.cache(lambda n_fft: bin_frequencies(sample_rate=sample_rate, n_fft=n_fft))
    end = sample_rate / 2 if fmax is None else fmax
    tried: dict[str, Iterable[tuple[int, int, float]]] = {
        "n_mels={0}": ((n, n_fft, fmin) for n in range(len(filters) - 1, 0, -1)),
        "n_fft={1}": (
            (len(filters), 2**p, fmin) for p in range(n_fft.bit_length(), LARGEST_TRANSFORM.bit_length())
        ),
        "fmin={2}": (
            (len(filters), n_fft, low) for low in range(10 * (int(fmin) // 10 + 1), math.ceil(end / 4), 10)
        ),
    }
    found = {form: next((values for values in each if fills(*values)), None) for form, each in tried.items()}
    remedies = [form.format(*values) for form, values in found.items() if values is not None]
    if not remedies:
        return notice(
            N_("{count} of {bands} bands (rows {rows}, counted from 0) lie between two bins and stay 0"),
            **said,
        )
    return notice(
        N_("{count} of {bands} bands (rows {rows}, counted from 0) lie between two bins and stay 0; any of these fills"
           " all bands: {remedies}"),
        **said, remedies=", ".join(remedies),
    )  # fmt: skip


def _ranges(numbers: list[int], most: int = 5) -> str:
    """Ascending numbers as a reader writes them: ``0, 2–4``; after ``most`` pieces an ellipsis."""
    pieces: list[list[int]] = []
    for number in numbers:
        if pieces and number == pieces[-1][-1] + 1:
            pieces[-1].append(number)
        else:
            pieces.append([number])
    shown = [f"{p[0]}–{p[-1]}" if len(p) > 1 else f"{p[0]}" for p in pieces[:most]]
    return ", ".join(shown + ["…"] * (len(pieces) > most))


# --- octaves -------------------------------------------------------------------------------------


def log_filters(
    *, bins_per_octave: int, fmin: float, fmax: float | None, sample_rate: float, n_fft: int
) -> Tensor:
    """The filters of ``log_frequency``: row ``i`` stands at ``fmin * 2 ** (i / bins_per_octave)`` Hz.

    Shape: ``-> (R, n_fft // 2 + 1)``, float64, with rows up to ``fmax``, None for half the sample rate.
    No foot of a triangle is nearer to its peak than the next bin: where rows are denser than bins this
    is linear interpolation between two of them, where they are sparser an average.  Every row sums to 1.

    Errors: GeometryError for ``fmax`` above half the sample rate and for ``fmin`` of 0 or not below ``fmax``.

    >>> log_filters(bins_per_octave=1, fmin=1000, fmax=4000, sample_rate=16000, n_fft=16).argmax(dim=1)
    tensor([1, 2, 4])
    """
    grid = bin_frequencies(sample_rate=sample_rate, n_fft=n_fft)
    rows = _log_rows(bins_per_octave, fmin, fmax, sample_rate)
    feet = fmin * 2 ** (torch.arange(-1, rows + 1, dtype=torch.float64) / bins_per_octave)
    below, at, above = feet[:-2], feet[1:-1], feet[2:]
    step = sample_rate / n_fft
    weights = triangles(
        at, grid, below=torch.minimum(below, at - step), above=torch.maximum(above, at + step)
    )
    return weights.div_(weights.sum(dim=1, keepdim=True))


def _log_rows(bins_per_octave: int, fmin: float, fmax: float | None, sample_rate: float) -> int:
    if bins_per_octave < 1 or fmin <= 0:
        raise GeometryError(
            N_("bins_per_octave={bins} from fmin={fmin} Hz on has no rows; use at least 1, and an fmin above 0 Hz"),
            bins=bins_per_octave, fmin=f"{fmin:g}",
        )  # fmt: skip
    low, high = _band(fmin, fmax, sample_rate)
    return math.floor(bins_per_octave * math.log2(high / low) + 1e-9) + 1


def _log_shape(
    shape: tuple[int, ...], *, bins_per_octave: int = 24, fmin: float = 32.703, fmax: float | None = None,
    sample_rate: float = 44100.0, **_: object,
) -> tuple[int, ...]:  # fmt: skip
    return (*shape[:-2], _log_rows(bins_per_octave, fmin, fmax, sample_rate), shape[-1])


@op(media=("spectrogram",), shape=_log_shape, price=lambda shape, output, **_: _price(shape, output))
def log_frequency(
    x: Tensor,
    *,
    bins_per_octave: Annotated[int, Integer(1, 96)] = 24,
    fmin: Annotated[float, Real(1, 20000, unit="Hz")] = 32.703,
    fmax: Annotated[float | None, Real(1, 384000, 10, unit="Hz")] = None,
    sample_rate: float = 44100.0,
    n_fft: int | None = None,
) -> Tensor:
    """Read the rows in equal steps of an octave, as keys of a piano lie: a transposition is a shift.

    Shape: ``(..., F, T) -> (..., R, T)``, with ``bins_per_octave`` rows in each octave from ``fmin`` to
    ``fmax`` Hz (None: half of ``sample_rate``); ``n_fft`` None stands for ``2 (F - 1)``.  32.703 Hz is C1.

    Errors: GeometryError as ``log_filters``, and where ``F`` is not ``n_fft // 2 + 1``.

    >>> log_frequency(torch.ones(1025, 4), bins_per_octave=12, fmin=440, fmax=880).shape
    torch.Size([13, 4])
    """
    n_fft = transform_size(x, n_fft=n_fft)
    filters = log_filters(
        bins_per_octave=bins_per_octave, fmin=fmin, fmax=fmax, sample_rate=sample_rate, n_fft=n_fft
    )
    return _apply(filters, x)


# --- back ----------------------------------------------------------------------------------------


@op(
    media=("spectrogram",),
    shape=lambda shape, *, filters, **_: (*shape[:-2], filters.shape[-1], shape[-1]),
    price=lambda shape, output, **_: _price_back(shape, output),
)
def linear_frequency(x: Tensor, *, filters: Tensor) -> Tensor:
    """The smallest spectrogram whose bands come nearest to ``x``: least squares, negative values set to 0.

    Shape: ``(..., R, T) -> (..., F, T)`` with ``filters`` ``(R, F)``, those that made the bands.  What no
    filter gathered is 0.  The pseudo-inverse is float64, of the smaller of ``filters``' two Gram matrices.

    Errors: GeometryError where ``x`` has not one row for each filter.

    >>> bands = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    >>> linear_frequency(torch.tensor([[3.0], [4.0]]), filters=bands).flatten()
    tensor([3., 4., 4.])
    """
    tensors.check(x, "x", at_least=2)
    if x.shape[-2] != filters.shape[0]:
        raise GeometryError(
            N_("the spectrogram has {rows} rows and there are {count} filters; give the filters that made its bands"),
            rows=x.shape[-2], count=filters.shape[0],
        )  # fmt: skip
    return _apply(_pseudo_inverse(filters), x).clamp(min=0)


def _pseudo_inverse(filters: Tensor) -> Tensor:
    """Moore and Penrose's: ``F^T (F F^T)^+``, or ``(F^T F)^+ F^T`` where that is smaller."""
    f = filters.to(torch.float64)
    wide = f.shape[0] <= f.shape[1]
    values, vectors = torch.linalg.eigh(f @ f.T if wide else f.T @ f)
    kept = values > SINGULAR * values[-1]
    inverse = (vectors * torch.where(kept, 1 / values.where(kept, 1.0), 0.0)) @ vectors.T
    return f.T @ inverse if wide else inverse @ f.T


def _price_back(shape: tuple[int, ...], output: tuple[int, ...]) -> tuple[int, int]:
    """As ``_price``, and an eigendecomposition of about ten multiplications of its matrix."""
    working, adds = _price(shape, output)
    small, large = sorted((shape[-2], output[-2]))
    matrices = 3 * small * small + 2 * small * large
    return working + 8 * matrices, adds + 10 * small**3 + 2 * small * small * large
