"""How does a sound become a spectrogram and a sound again?  ``torch.stft`` and its inverse, or the same in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from playground.ops.frames import frame_count
from playground.recipe.code_conv import write_padding
from playground.recipe.code_draft import Draft, Planned, Spectrum, exactly, number

WELL_COVERED = 4
"""Hops in a window from which every sample has so much weight that ``torch.istft`` and we agree."""
WINDOWS = {
    "hann": "hann", "hamming": "hamming", "blackman": "blackman", "bartlett": "bartlett", "rectangular": "boxcar",
}  # fmt: skip
"""The windows' names in SciPy."""


def write_window(draft: Draft, spectrum: Spectrum, *, target: str = "window") -> None:
    """Append the lines that make the window of a transform.

    In NumPy it has ``n_fft`` samples, zeros around a shorter one; ``torch.stft`` puts those there itself.
    """
    win = spectrum.win_length
    torch_line = (
        f"torch.ones({win})" if spectrum.window == "rectangular" else f"torch.{spectrum.window}_window({win})"
    )
    draft.say(torch=f"{target} = {torch_line}",
              numpy=f'{target} = signal.get_window("{WINDOWS[spectrum.window]}", {win})')  # fmt: skip
    room = spectrum.n_fft - win
    if draft.flavour == "numpy" and room:
        draft.remark("A window shorter than the transform stands in its middle.")
        draft.assign(target, f"np.pad({target}, ({room // 2}, {room - room // 2}))")


def _sides(spectrum: Spectrum) -> list[tuple[int, int]]:
    reach = spectrum.n_fft // 2 if spectrum.center else 0
    return [(reach, reach)]


def _transform(draft: Draft, spectrum: Spectrum, target: str, x: str) -> None:
    lengths = [f"n_fft={spectrum.n_fft}", f"hop_length={spectrum.hop_length}"]
    if spectrum.win_length != spectrum.n_fft:
        lengths.append(f"win_length={spectrum.win_length}")
    if draft.flavour == "torch":
        draft.call(
            target, "torch.stft", [x, *lengths, "window=window", "center=False", "return_complex=True"]
        )
    else:
        draft.assign(target, f"stft({x}, window, hop_length={spectrum.hop_length})")


def _stft(draft: Draft, planned: Planned) -> None:
    spectrum = planned.spectrum
    write_window(draft, spectrum)
    if spectrum.center:
        draft.remark("Frames are centred on their samples: half a window is added at both ends.")
        write_padding(draft, _sides(spectrum), [planned.input_shape[-1]], padding_mode=spectrum.padding_mode)
    _transform(draft, spectrum, "spectrum", "x")
    draft.phase_channels = planned.input_shape[0]
    draft.say(torch="x = spectrum.abs()", numpy="x = np.float32(np.abs(spectrum))")


# --- before the inverse --------------------------------------------------------------------------


def write_placing(draft: Draft) -> tuple[int, ...]:
    """Append the lines that put every row at its bin; returns the shape after them.

    Rows that steps have moved are cut beyond the last bin, and silent where there is none.
    """
    spectrum = draft.before
    begin, bins = -round(spectrum.rows.origin), spectrum.bins
    channels, rows, frames = draft.shape
    if begin == 0 and rows == bins:
        return draft.shape
    draft.remark("Every row goes to the frequency at which it will be heard.")
    first, last = max(0, begin), min(bins, begin + rows)
    zeros = f"{draft.library}.zeros(({channels}, {bins}, {frames}){', np.float32' if draft.flavour == 'numpy' else ''})"
    draft.assign("placed", zeros)
    if first < last:
        draft.assign(f"placed[:, {first}:{last}]", f"x[:, {first - begin} : {last - begin}]")
    draft.assign("x", "placed")
    return (channels, bins, frames)


def _write_stretch(draft: Draft, shape: tuple[int, ...]) -> None:
    spectrum = draft.before
    if not spectrum.is_moved and shape[-1] == spectrum.frames:
        return
    draft.remark("The phase of each value is that of the nearest bin and frame from which it came.")
    begin = spectrum.columns.offset / spectrum.columns.scale
    bins, frames = f"np.arange({shape[-2]})", f"(np.arange({shape[-1]}) + {exactly(begin)})"
    for name, scale, places, most in (
        ("bins", spectrum.rows.scale, bins, spectrum.bins), ("frames", spectrum.columns.scale, frames, spectrum.frames)
    ):  # fmt: skip
        draft.assign(name, f"np.clip(np.round({exactly(scale)} * {places}), 0, {most - 1}).astype(int)")
    draft.assign("spectrum", "spectrum[:, bins][:, :, frames]")


def _write_phase(draft: Draft, shape: tuple[int, ...]) -> None:
    _write_stretch(draft, shape)
    if shape[0] != draft.phase_channels:  # a step mixed the channels
        kept = [min(i, draft.phase_channels - 1) for i in range(shape[0])]
        draft.assign("spectrum", f"spectrum[{kept}]")


def _write_signed(draft: Draft, negative: str) -> None:
    match negative:
        case "silence":
            draft.say(torch="x = x.clamp(min=0)  # no magnitude is negative", numpy="x = np.maximum(x, 0)")
        case "absolute":
            draft.say(torch="x = x.abs()  # no magnitude is negative", numpy="x = np.abs(x)")


# --- and back ------------------------------------------------------------------------------------


def _inverse(draft: Draft, spectrum: Spectrum, x: str, *, length: int) -> str:
    """The call that makes a sound of ``length`` samples of complex ``x``."""
    hop, win = spectrum.hop_length, spectrum.win_length
    if draft.flavour == "torch" and spectrum.center and WELL_COVERED * hop <= win:
        shorter = f", win_length={win}" if win != spectrum.n_fft else ""
        return f"torch.istft({x}, {spectrum.n_fft}, {hop}{shorter}, window=window, length={length})"
    start = spectrum.n_fft // 2 if spectrum.center else 0
    return f"istft({x}, {_full_window(draft, spectrum)}, hop_length={hop}, start={start}, length={length})"


def _full_window(draft: Draft, spectrum: Spectrum) -> str:
    """In torch ``istft`` of the program needs the zeros around the window, too."""
    room = spectrum.n_fft - spectrum.win_length
    return (
        f"F.pad(window, ({room // 2}, {room - room // 2}))" if draft.flavour == "torch" and room else "window"
    )


def _istft(draft: Draft, planned: Planned) -> None:
    shape = write_placing(draft)
    _write_phase(draft, shape)
    _write_signed(draft, planned.settings["negative"])
    draft.say(
        torch="x = x * torch.exp(1j * spectrum.angle())", numpy="x = x * np.exp(1j * np.angle(spectrum))"
    )
    draft.assign("x", _inverse(draft, draft.before, "x", length=planned.output_shape[-1]))


def _griffin_lim(draft: Draft, planned: Planned) -> None:
    spectrum, values, samples = draft.before, planned.settings, planned.output_shape[-1]
    shape = write_placing(draft)
    if values["start"] == "original":
        _write_phase(draft, shape)
    _write_signed(draft, values["negative"])
    _write_beginning(draft, values["start"], values["seed"])
    draft.say(torch="magnitude = x.abs()", numpy="magnitude = np.abs(x)")
    inner = _inner_length(spectrum, shape[-1], samples)
    outer = Draft(draft.flavour)
    write_padding(outer, _sides(spectrum), [inner], padding_mode=spectrum.padding_mode, target="sound")
    _transform(outer, spectrum, "again", "sound")
    draft.add("", "def there(sound):", *(f"    {line}" for line in outer.lines), "    return again", "")
    push = Fraction(values["momentum"]) / (1 + Fraction(values["momentum"]))
    draft.add(
        "before = 0",
        f"found = there({_inverse(draft, spectrum, 'estimate', length=inner)})",
        f"for _ in range({values['iterations']}):",
        f"    direction = found - {number(float(push))} * before  # on in the direction of the last step",
        "    before = found",
    )
    draft.say(
        torch="    estimate = magnitude * direction.sgn()",
        numpy="    estimate = magnitude * np.exp(1j * np.angle(direction)) * (direction != 0)",
    )
    draft.add(f"    x = {_inverse(draft, spectrum, 'estimate', length=inner)}", "    found = there(x)")
    if inner != samples:
        draft.assign("x", _inverse(draft, spectrum, "estimate", length=samples))


def _write_beginning(draft: Draft, start: str, seed: int) -> None:
    match start:
        case "original":
            draft.say(torch="estimate = x * torch.exp(1j * spectrum.angle())",
                      numpy="estimate = x * np.exp(1j * np.angle(spectrum))")  # fmt: skip
        case "zero":
            draft.say(torch="estimate = x.to(torch.complex64)", numpy="estimate = x.astype(complex)")
        case "random":
            draft.remark("The search begins at random phases of a seed.")
            draft.say(
                torch=f"turns = torch.rand(x.shape, generator=torch.Generator().manual_seed({seed}))",
                numpy=f"turns = torch_rand(x.shape, seed={seed})",
            )
            draft.say(torch="estimate = torch.polar(x, 2 * math.pi * turns)",
                      numpy="estimate = x * np.exp(2j * np.pi * turns)")  # fmt: skip


def _inner_length(spectrum: Spectrum, frames: int, samples: int) -> int:
    """Samples at which is searched: those asked for, or as many as the frames have."""
    n_fft, hop = spectrum.n_fft, spectrum.hop_length
    fits = spectrum.center or samples >= n_fft
    if fits and frame_count(samples, n_fft=n_fft, hop_length=hop, center=spectrum.center) == frames:
        return samples
    return (frames - 1) * hop + n_fft - (2 * (n_fft // 2) if spectrum.center else 0)


EMITTERS: Mapping[str, Callable[[Draft, Planned], None]] = MappingProxyType(
    {"stft": _stft, "istft": _istft, "griffin_lim": _griffin_lim}
)
"""What writes each step between sounds and spectrograms."""
