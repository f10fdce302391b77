"""Which ways to change a spectrogram are worth a name?  Each is a kernel, or a separation, and one amount."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from playground.errors import N_
from playground.ops import KernelRef
from playground.recipe.model import Step
from playground.ui.spectrogram_state import BLANK, SpectrogramState
from playground.ui.state import OTHER

AMOUNT = "amount"


@dataclass(frozen=True)
class Preset:
    """A named change: words for the list, the heading and one sentence; how it is set and how it is read.

    ``make`` gives the state for an amount, ``read`` the amount of a state, or None where the state is not of
    this preset.  ``low``, ``high`` and ``step`` bound the amount, ``unit`` is what it is counted in.
    """

    label: str
    finding: str
    sentence: str
    make: Callable[[SpectrogramState, float], SpectrogramState]
    read: Callable[[SpectrogramState], float | None]
    amount: str = ""
    unit: str = ""
    low: float = 1
    high: float = 1
    step: float = 1
    default: float = 1


def of(state: SpectrogramState) -> str:
    """The name of the preset that a state is of; "any" where it is of none, "other" where no kernel slides.

    >>> of(SpectrogramState())
    'smooth_time'
    """
    if state.operation is not None:
        return OTHER
    if state.free:
        return "any"
    return next((name for name, preset in PRESETS.items() if preset.read(state) is not None), "any")


def choose(state: SpectrogramState, name: str, *, amount: float | None = None) -> SpectrogramState:
    """The state with another preset; "any" keeps the kernel, or gives a first one; "other" takes a step without one."""
    if name == OTHER:
        return replace(state, free=False, **BLANK | {"operation": Step("gain", (("factor", 2.0),)), "back": state.back})
    state = replace(state, operation=None)
    if name == "any":
        kernel = state.kernel if state.separate is None and state.kernel != IDENTITY else KernelRef(name="gaussian")
        return replace(state, separate=None, kernel=kernel, free=True)
    state = replace(state, free=False)
    preset = PRESETS[name]
    return preset.make(state, preset.default if amount is None else amount)


def _strides(state: SpectrogramState, **more: object) -> tuple[tuple[str, object], ...]:
    """The strides and the border as they are, and no other setting of the window but those given."""
    kept = {n: v for n, v in state.window if n in ("stride", "padding_mode", "fill")}
    return tuple(sorted((kept | more).items()))


def _kernel(ref: Callable[[float], KernelRef], window: Callable[[float], dict] = lambda amount: {}) -> Callable:
    def make(state: SpectrogramState, amount: float) -> SpectrogramState:
        return replace(state, kernel=ref(amount), separate=None, window=_strides(state, **window(amount)))

    return make


def _whether(found: Callable[[SpectrogramState], float | None]) -> Callable:
    def read(state: SpectrogramState) -> float | None:
        plain = not dict(state.window).keys() & {"flip_kernel", "padding"}
        return found(state) if state.separate is None and plain else None

    return read


def _box(axis: int) -> Callable[[SpectrogramState], float | None]:
    def found(state: SpectrogramState) -> float | None:
        params = dict(state.kernel.params)
        size = params.get("size")
        fits = state.kernel.name == "box" and set(params) == {"size"} and isinstance(size, tuple) and size[1 - axis] == 1
        return size[axis] if fits and "dilation" not in dict(state.window) else None

    return _whether(found)


def _one(name: str, parameter: str) -> Callable[[SpectrogramState], float | None]:
    """Of a kernel that has this one parameter set, or its own default."""

    def found(state: SpectrogramState) -> float | None:
        if state.kernel.name != name or set(dict(state.kernel.params)) - {parameter} or "dilation" in dict(state.window):
            return None
        value = state.parameter(parameter)
        return None if value is None else value

    return _whether(found)


def _dilated(ref: KernelRef, axis: int) -> Callable[[SpectrogramState], float | None]:
    """Of a kernel without parameters, spread along one axis."""

    def found(state: SpectrogramState) -> float | None:
        dilation = state.setting("dilation")
        pair = dilation if isinstance(dilation, tuple) else (dilation, dilation)
        return pair[axis] if state.kernel == ref and pair[1 - axis] == 1 else None

    return _whether(found)


def _spread(axis: int) -> Callable[[float], dict]:
    def window(amount: float) -> dict:
        if amount == 1:
            return {}
        return {"dilation": (int(amount), 1) if axis == 0 else (1, int(amount))}

    return window


def _separated(name: str) -> tuple[Callable, Callable]:
    def make(state: SpectrogramState, amount: float) -> SpectrogramState:
        params = () if amount == 31 else (("kernel_size", int(amount)),)
        return replace(state, separate=Step(name, params), kernel=IDENTITY, window=_strides(state), scale="magnitude")

    def read(state: SpectrogramState) -> float | None:
        step = state.separate
        if step is None or step.name != name or set(dict(step.params)) - {"kernel_size"}:
            return None
        return step.get("kernel_size", 31)

    return make, read


IDENTITY = KernelRef(name="identity")
ONSETS = KernelRef(numbers=((-1.0, 0.0, 1.0),))
TONES = KernelRef(numbers=((-0.5,), (1.0,), (-0.5,)))
_harmonic, _percussive = _separated("harmonic"), _separated("percussive")

PRESETS: dict[str, Preset] = {
    "smooth_time": Preset(
        N_("Smooth along time"), N_("Smoothing along time: attacks smear, tones stay"),
        N_("Each value becomes the average of its neighbours in time: what lasts stays, what is short is spread out."),
        _kernel(lambda n: KernelRef(name="box", params=(("size", (1, int(n))),))), _box(1),
        N_("Average over"), N_("frames"), 3, 101, 2, 9,
    ),
    "smooth_frequency": Preset(
        N_("Smooth along frequency"), N_("Smoothing along frequency: tones blur, attacks stay"),
        N_("Each value becomes the average of its neighbours in frequency: tones turn into bands of noise."),
        _kernel(lambda n: KernelRef(name="box", params=(("size", (int(n), 1)),))), _box(0),
        N_("Average over"), N_("bins"), 3, 101, 2, 9,
    ),
    "blur": Preset(
        N_("Blur"), N_("A blurred spectrogram: time and frequency both smear"),
        N_("A Gaussian in both directions, as on a picture."),
        _kernel(lambda n: KernelRef(name="gaussian", params=(("sigma", float(n)),))), _one("gaussian", "sigma"),
        N_("Sigma"), N_("bins and frames"), 0.5, 10, 0.5, 2.0,
    ),
    "onsets": Preset(
        N_("Onsets"), N_("What rises in time: only the attacks are left"),
        N_("The difference along time, −1 0 1: positive where a sound begins. Where it fades the result is negative,"
           " which is heard as silence."),
        _kernel(lambda n: ONSETS, _spread(1)), _dilated(ONSETS, 1),
        N_("Reach"), N_("frames"), 1, 32, 1, 1,
    ),
    "tones": Preset(
        N_("Tones"), N_("What stands out in frequency: only the tones are left"),
        N_("The second difference along frequency, −½ 1 −½: positive on the ridge of a tone."),
        _kernel(lambda n: TONES, _spread(0)), _dilated(TONES, 0),
        N_("Reach"), N_("bins"), 1, 32, 1, 2,
    ),
    "sharpen": Preset(
        N_("Sharpen"), N_("A sharpened spectrogram: every ridge stands out"),
        N_("The value minus the Laplacian around it: differences grow."),
        _kernel(lambda n: KernelRef(name="sharpen", params=() if n == 1 else (("amount", float(n)),))),
        _one("sharpen", "amount"), N_("Amount"), "", 0.1, 5, 0.1, 1.0,
    ),
    "harmonic": Preset(
        N_("Harmonic"), N_("Harmonic: what lasts in time"),
        N_("Every value keeps the share that a median along time has of both medians: no convolution, and not linear."),
        *_harmonic, N_("Median over"), N_("frames"), 3, 101, 2, 31,
    ),
    "percussive": Preset(
        N_("Percussive"), N_("Percussive: what is short in time"),
        N_("Every value keeps the share that a median along frequency has of both: no convolution, and not linear."),
        *_percussive, N_("Median over"), N_("bins"), 3, 101, 2, 31,
    ),
    "shift": Preset(
        N_("Shift in frequency"), N_("Shifted in frequency: every tone moves by the same number of Hz"),
        N_("A kernel with a single 1 off its middle. All partials move by equal Hz, so that a harmonic sound turns into a"
           " bell: transposing would multiply them instead."),
        _kernel(lambda n: KernelRef(name="shift", params=(("down", int(n)), ("right", 0)) if n else (("right", 0),))),
        lambda state: _shifted(state), N_("Bins up"), N_("bins"), -64, 64, 1, 12,
    ),
    "unchanged": Preset(
        N_("Unchanged"), N_("The spectrogram as it is: there and back again"),
        N_("The identity: with the original phase the sound comes back as it was. Set a stride, a mask, or the phase."),
        _kernel(lambda n: IDENTITY), _one("identity", "size"),
    ),
}  # fmt: skip
"""In the order of the list, the first one being the page's first sight."""


@_whether
def _shifted(state: SpectrogramState) -> float | None:
    params = dict(state.kernel.params)
    if state.kernel.name != "shift" or params.get("right", 8) != 0 or "dilation" in dict(state.window):
        return None
    return params.get("down", 0)
