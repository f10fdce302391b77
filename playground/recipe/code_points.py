"""How is each value changed alone, or moved elsewhere?  The plain lines for it, nearly alike in both libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from playground.recipe.code_draft import Draft, Planned, number
from playground.recipe.code_kernels import write_kernel


def _grey(draft: Draft, planned: Planned) -> None:
    if planned.input_shape[0] == 1:
        draft.remark("It is grey already.")
    else:
        draft.assign("x", "(0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2])[None]")


def _channel(draft: Draft, planned: Planned) -> None:
    index = planned.settings["index"]
    draft.assign("x", f"x[{index} : {index + 1}]")
    if planned.kind == "spectrogram" and draft.original:
        draft.assign("spectrum", f"spectrum[{index} : {index + 1}]")
        draft.phase_channels = 1


def _gain(draft: Draft, planned: Planned) -> None:
    draft.assign("x", f"x * {number(planned.settings['factor'])}")


def _mono(draft: Draft, _planned: Planned) -> None:
    draft.say(torch="x = x.mean(dim=0, keepdim=True)", numpy="x = x.mean(axis=0, keepdims=True)")


def _offset(draft: Draft, planned: Planned) -> None:
    draft.assign("x", f"x + {number(planned.settings['amount'])}")


def _absolute(draft: Draft, _planned: Planned) -> None:
    draft.say(torch="x = x.abs()", numpy="x = np.abs(x)")


def _square(draft: Draft, _planned: Planned) -> None:
    draft.assign("x", "x * x")


def _relu(draft: Draft, _planned: Planned) -> None:
    draft.say(torch="x = F.relu(x)", numpy="x = np.maximum(x, 0)")


def _clip(draft: Draft, planned: Planned) -> None:
    limits = f"{number(planned.settings['low'])}, {number(planned.settings['high'])}"
    draft.say(torch=f"x = x.clamp({limits})", numpy=f"x = np.clip(x, {limits})")


def _normalise(draft: Draft, planned: Planned) -> None:
    draft.assign("x", "between_0_and_1(x)" if planned.settings["to"] == "range" else "standardised(x)")


def _colour_matrix(draft: Draft, planned: Planned) -> None:
    write_kernel(draft, planned, target="matrix")
    draft.say(
        torch="x = F.conv2d(x, matrix[:, :, None, None])",
        numpy="x = np.float32(np.tensordot(matrix, x, 1))",
    )


# --- elsewhere -----------------------------------------------------------------------------------


def _crop1d(draft: Draft, planned: Planned) -> None:
    start, length = planned.settings["start"], planned.output_shape[-1]
    draft.assign("x", f"x[:, {start} : {start + length}]")


def _crop2d(draft: Draft, planned: Planned) -> None:
    top, left = planned.settings["top"], planned.settings["left"]
    height, width = planned.output_shape[1:]
    draft.assign("x", f"x[:, {top} : {top + height}, {left} : {left + width}]")


def _flip1d(draft: Draft, _planned: Planned) -> None:
    draft.say(torch="x = x.flip(-1)", numpy="x = x[:, ::-1]")


def _flip2d(draft: Draft, planned: Planned) -> None:
    horizontal = planned.settings["direction"] == "horizontal"
    where = "[:, :, ::-1]" if horizontal else "[:, ::-1]"
    dim = -1 if horizontal else -2
    draft.say(torch=f"x = x.flip({dim})", numpy=f"x = x{where}")
    if planned.kind == "spectrogram" and draft.original and not draft.before.is_moved:
        draft.say(torch=f"spectrum = spectrum.flip({dim}).conj()", numpy=f"spectrum = spectrum{where}.conj()")


# --- noise ---------------------------------------------------------------------------------------


def _noise(draft: Draft, planned: Planned) -> None:
    values = planned.settings
    made = f"{values['distribution']}_noise(x.shape, seed={values['seed']})"
    amount = number(values["amount"])
    draft.say(
        torch=f"x = x + torch.from_numpy(np.float32({amount} * {made}))",
        numpy=f"x = x + np.float32({amount} * {made})",
    )


EMITTERS: Mapping[str, Callable[[Draft, Planned], None]] = MappingProxyType(
    {
        "grey": _grey, "channel": _channel, "gain": _gain, "mono": _mono, "offset": _offset, "absolute": _absolute,
        "square": _square, "relu": _relu, "clip": _clip, "normalise": _normalise, "colour_matrix": _colour_matrix,
        "crop1d": _crop1d, "crop2d": _crop2d, "flip1d": _flip1d, "flip2d": _flip2d, "noise": _noise,
    }
)  # fmt: skip
"""What writes each step that asks no neighbours."""
