"""How does a program work on a spectrogram's rows and levels?  Filters by formula, decibels, medians, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from playground.ops.levels import ROUNDING, full_scale
from playground.recipe.code_draft import Draft, Planned, exactly, number
from playground.recipe.code_spectrum import write_placing, write_window


def _applied(draft: Draft) -> None:
    draft.say(torch="x = torch.from_numpy(filters).float() @ x", numpy="x = np.float32(filters @ x)")


def _mel(draft: Draft, planned: Planned) -> None:
    write_placing(draft)
    values, before = planned.settings, draft.before
    rate = float(before.rate)
    fmax = rate / 2 if values["fmax"] is None else values["fmax"]
    draft.call("filters", "mel_filters", [
        str(values["n_mels"]), f"fmin={exactly(values['fmin'])}", f"fmax={exactly(fmax)}",
        f"sample_rate={exactly(rate)}", f"n_fft={before.n_fft}",
    ])  # fmt: skip
    _applied(draft)


def _log_frequency(draft: Draft, planned: Planned) -> None:
    write_placing(draft)
    values, before = planned.settings, draft.before
    draft.call("filters", "octave_filters", [
        str(planned.output_shape[-2]), f"fmin={exactly(values['fmin'])}",
        f"bins_per_octave={values['bins_per_octave']}", f"sample_rate={exactly(before.rate)}", f"n_fft={before.n_fft}",
    ])  # fmt: skip
    _applied(draft)


def _linear_frequency(draft: Draft, _planned: Planned) -> None:
    draft.assign("inverse", "np.linalg.pinv(filters, rcond=1e-6)")
    draft.say(
        torch="x = (torch.from_numpy(inverse).float() @ x).clamp(min=0)",
        numpy="x = np.float32(np.maximum(inverse @ x, 0))",
    )


def _reference(draft: Draft) -> str:
    before = draft.before
    return number(full_scale(before.window, before.win_length, before.n_fft))


def _decibels(draft: Draft, planned: Planned) -> None:
    floor = number(planned.settings["floor_db"])
    draft.remark("A sine of amplitude 1 has half the window's sum at its bin.")
    draft.say(
        torch=f"x = 20 * torch.log10((x.abs() / {_reference(draft)}).clamp(min=1e-37))",
        numpy=f"x = 20 * np.log10(np.maximum(np.abs(x) / {_reference(draft)}, 1e-37))",
    )
    draft.say(torch=f"x = x.clamp(min={floor})", numpy=f"x = np.maximum(x, {floor})")


def _amplitude(draft: Draft, _planned: Planned) -> None:
    floor_db = draft.before.floor_db
    draft.remark("The floor, but for rounding, is silence.")
    floor = exactly(floor_db + ROUNDING * 2**-23 * abs(floor_db))
    draft.assign("x", f"{draft.library}.where(x <= {floor}, 0.0, {_reference(draft)} * 10 ** (x / 20))")


def _power(draft: Draft, planned: Planned) -> None:
    exponent = number(planned.settings["exponent"])
    draft.say(
        torch=f"x = x.abs() ** {exponent} * x.sign()", numpy=f"x = np.abs(x) ** {exponent} * np.sign(x)"
    )


def _mask(draft: Draft, planned: Planned) -> None:
    _channels, rows, frames = write_placing(draft)
    values, before = planned.settings, draft.before
    rate, first = float(before.rate), before.first_time
    begin = f" + {exactly(first)}" if first > 0 else f" - {exactly(-first)}" if first < 0 else ""
    draft.assign("hz", f"np.arange({rows}) * {exactly(rate)} / {before.n_fft}")
    draft.assign("seconds", f"np.arange({frames}) * {before.hop_length} / {exactly(rate)}{begin}")
    for name, places, low, high in (
        ("rows", "hz", values["low"], values["high"]), ("columns", "seconds", values["start"], values["end"])
    ):  # fmt: skip
        ends = "" if high is None else f", {exactly(high)}"
        draft.assign(name, f"within({places}, {exactly(low)}{ends})")
    inside = "rows[:, None] & columns"
    draft.say(torch=f"inside = torch.from_numpy({inside})", numpy=f"inside = {inside}")
    draft.assign("x", "x * ~inside" if values["region"] == "remove" else "x * inside")


# --- tones and clicks ----------------------------------------------------------------------------


def _separated(draft: Draft, planned: Planned) -> None:
    size, margin = planned.settings["kernel_size"], planned.settings["margin"]
    upright = planned.step.name == "percussive"
    draft.add(
        f"level, upright = running_medians({'x.abs()' if draft.flavour == 'torch' else 'np.abs(x)'}, {size})"
    )
    own, other = ("upright", "level") if upright else ("level", "upright")
    draft.assign("x", f"x * share({own}, {other}, margin={number(margin)})")


# --- pictures ------------------------------------------------------------------------------------


def _picture_spectrum(draft: Draft, planned: Planned) -> None:
    values, spectrum = planned.settings, planned.spectrum
    height, width = planned.input_shape[1:]
    frames, rate = planned.output_shape[-1], values["sample_rate"]
    if planned.input_shape[0] == 3:
        draft.assign("x", "(0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2])[None]")
    low, high = exactly(values["low"]), exactly(values["high"])
    draft.assign("hz", f"np.arange({spectrum.bins}) * {exactly(rate)} / {spectrum.n_fft}")
    draft.assign("bins", f"np.flatnonzero((hz >= {low}) & (hz <= {high}))")
    if values["axis"] == "linear":
        draft.assign("share", f"({high} - hz[bins]) / ({high} - {low})")
    else:
        draft.assign("share", f"np.log({high} / hz[bins]) / np.log({high} / {low})")
    samples = max(1, round(values["seconds"] * rate))
    draft.assign("columns", f"np.arange({frames}) * {spectrum.hop_length} / {samples} * {width} - 0.5")
    draft.assign("rows", f"reading(share * {height - 1}, {height})")
    draft.assign("columns", f"reading(columns, {width})")
    draft.say(
        torch="x = torch.from_numpy(rows).float() @ x @ torch.from_numpy(columns.T).float()",
        numpy="x = rows @ x @ columns.T",
    )
    draft.remark(
        "White is loudest, black is silent, and between them a value is as many dB softer as it is darker."
    )
    decades = number(values["range_db"] / 20)
    draft.assign("loudness", f"{draft.library}.where(x > 0, 10 ** ({decades} * (x - x.max())), 0.0)")
    zeros = f"({planned.output_shape[0]}, {spectrum.bins}, {frames})"
    draft.say(torch=f"x = torch.zeros({zeros})", numpy=f"x = np.zeros({zeros}, np.float32)")
    draft.assign("x[:, bins[0] : bins[-1] + 1]", "loudness")
    write_window(draft, spectrum)
    draft.remark("Parseval: the sound of these magnitudes gets the wanted level.")
    draft.assign("x", f"x * level_factor(x, window, {exactly(values['level_db'])})")


EMITTERS: Mapping[str, Callable[[Draft, Planned], None]] = MappingProxyType(
    {
        "mel": _mel, "log_frequency": _log_frequency, "linear_frequency": _linear_frequency, "decibels": _decibels,
        "amplitude": _amplitude, "power": _power, "mask": _mask, "harmonic": _separated, "percussive": _separated,
        "picture_spectrum": _picture_spectrum,
    }
)  # fmt: skip
"""What writes each step on a spectrogram."""
