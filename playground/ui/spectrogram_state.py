"""What has the visitor set on the spectrogram page?  A sound or a picture, as a picture, and back to a sound.

The recipe reads: ``stft``, what stands in front, decibels where they were chosen, the step, back from
decibels, gain, mask, and the inverse.  A picture as source begins with ``picture_spectrum`` instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from playground.errors import N_, RecipeError
from playground.ops import OPS, KernelRef
from playground.recipe.check import settings
from playground.recipe.model import Step
from playground.ui.state import Chain, Off, PageState, differing, slides, step_of, with_step

PICTURE = "picture-"
"""What the name of a source begins with that is a picture."""
OWN_PICTURE = PICTURE + "own"
SCALES = ("magnitude", "decibels")
SEPARATIONS = ("harmonic", "percussive")
INVERSES = ("istft", "griffin_lim")
BEGINNINGS = ("stft", "picture_spectrum")
SHOWS = ("both", "difference")
AXES = ("automatic", "linear", "log", "mel")
MAPS = ("viridis", "magma", "grey")
RANGE_LIMITS = (-140, 40)
"""What the colours can show, in dB: 0 is a sine at full scale."""
SPAN_DB = 70
"""dB from the loudest level to the darkest colour, where the colours follow the sound."""
FLOOR = -80.0
"""Of the decibels that a step may work on: what is below is silence."""
BANDS = (128, 0.0, None)
"""Of the mel axis: n_mels, fmin and fmax in Hz; None is half of the rate."""

Params = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class SpectrogramState(PageState):
    """Everything that can be set on the spectrogram page.

    ``sound_front`` are steps before the transform, ``front`` those between it and the step that is edited,
    ``back`` those between that and the inverse.
    ``begin`` and ``inverse_params`` are the settings of the transform and of its inverse that differ from
    the defaults; ``separate`` is a step of harmonic or percussive separation, ``mask`` the parameters of a
    mask.  ``axis`` and what follows are of the display only; without ``range`` the colours follow the sound; ``free`` shows the controls of every kernel
    also where a preset would fit.
    """

    kind: str = "spectrogram"
    source: str = "speech"
    colour: str = "as_is"
    kernel: KernelRef = KernelRef(name="box", params=(("size", (1, 9)),))
    sound_front: Chain = ()
    begin: Params = ()
    scale: str = "magnitude"
    floor: float = FLOOR
    separate: Step | None = None
    mask: Params | None = None
    inverse: str = "istft"
    inverse_params: Params = ()
    axis: str = "automatic"
    colours: str = "viridis"
    range: tuple[int, int] | None = None
    bands: tuple[int, float, float | None] = BANDS
    shows: str = "both"
    free: bool = False

    @property
    def is_picture(self) -> bool:
        """Whether the source is a picture, which is made a spectrogram and has no phase."""
        return self.source.startswith(PICTURE)

    @property
    def shown_axis(self) -> str:
        """The frequency axis: octaves for a sound, as the ear hears them; for a picture as its rows were spaced."""
        if self.axis != "automatic":
            return self.axis
        return self.transform("axis") if self.is_picture else "log"

    @property
    def medium_kind(self) -> str:
        return "image" if self.is_picture else "audio"

    @property
    def beginning(self) -> Step:
        """The step that makes the spectrogram."""
        return Step("picture_spectrum" if self.is_picture else "stft", self.begin)

    def transform(self, name: str) -> object:
        """One setting of the transform, defaults included."""
        return settings(self.beginning, self.medium_kind)[name]

    def with_transform(self, name: str, value: object) -> SpectrogramState:
        options = OPS[self.beginning.name].options
        return replace(self, begin=differing(dict(self.begin) | {name: value}, options))

    def with_setting(self, name: str, value: object) -> SpectrogramState:
        """A setting of the window; a stride moves what the original phase belongs to, so that another is looked for."""
        changed = super().with_setting(name, value)
        if name == "stride" and value != 1 and changed.inverse == "istft":
            changed = changed.with_inverse("griffin_lim")
        return changed

    @property
    def has_kernel(self) -> bool:
        """Whether the step that is edited slides a kernel."""
        if self.operation is not None:
            return False
        return self.separate is None or bool(self.window) or self.kernel != KernelRef(name="identity")

    @property
    def way_back(self) -> str:
        """The inverse that is used: a picture has no phase to use again."""
        return "griffin_lim" if self.is_picture else self.inverse

    def inverse_setting(self, name: str) -> object:
        """One setting of the inverse, defaults included."""
        return dict(self.inverse_params).get(name, OPS[self.way_back].options[name].default)

    def with_inverse(self, inverse: str) -> SpectrogramState:
        """The other way back; what both know stays."""
        return replace(self, inverse=inverse, inverse_params=_known(self.inverse_params, inverse))

    def with_inverse_setting(self, name: str, value: object) -> SpectrogramState:
        values = dict(self.inverse_params) | {name: value}
        return replace(self, inverse_params=differing(values, OPS[self.way_back].options))

    def with_source(self, source: str) -> SpectrogramState:
        """Another source; what a picture and a sound do not share begins anew, and a picture is first heard as it is."""
        changed = replace(self, source=source, made="")
        if changed.is_picture == self.is_picture:
            return changed
        begin = tuple((n, v) for n, v in self.begin if n in OPS[changed.beginning.name].options and n != "axis")
        params = _known(self.inverse_params, changed.way_back)
        changed = replace(changed, begin=begin, inverse_params=params, sound_front=(), colour="as_is")
        return replace(changed, front=(), free=False, **BLANK) if changed.is_picture else changed

    @property
    def changes_nothing(self) -> bool:
        """Whether all that is between the transform and its inverse is the identity."""
        running = [step for step in self.arranged(1) if isinstance(step, Step)]
        return running in ([], [Step("identity")])

    def group(self, channels: int = 1) -> list[Step]:
        """The steps between transform and inverse that the controls say."""
        steps = [] if self.separate is None else [self.separate]
        if self.operation is not None:
            steps = [self.operation]
        elif self.has_kernel:
            in_decibels = self.scale == "decibels"
            floor = () if self.floor == FLOOR else (("floor_db", self.floor),)
            steps += [Step("decibels", floor)] if in_decibels else []
            steps.append(self.kernel_step())
            steps += [Step("amplitude")] if in_decibels else []
        if self.gain != 1:
            steps.append(Step.of("gain", factor=self.gain))
        if self.mask is not None:
            steps.append(Step("mask", self.mask))
        return steps

    def chain(self, channels: int) -> Chain:
        last = Step(self.way_back, self.inverse_params)
        return (*self._beginnings(), *self.arranged(channels), last)

    def before_arranged(self, channels: int) -> int:
        return len(self._beginnings())

    def _beginnings(self) -> Chain:
        first = () if self.is_picture else (*self.sound_front, *([Step("mono")] if self.colour == "mono" else []))
        return (*first, self.beginning)

    def read_chain(self, chain: Chain, at: int | None = None) -> SpectrogramState:
        """The state that a checked chain says.

        Errors: RecipeError for one that is not a single spectrogram and its way back.
        """
        names = [step_of(step).name for step in chain]
        begins = [i for i, name in enumerate(names) if name in BEGINNINGS]
        ends = [i for i, name in enumerate(names) if name in INVERSES]
        if len(begins) > 1 or len(ends) > 1 or ends and ends[0] != len(names) - 1:
            raise RecipeError(N_("this page shows one spectrogram, from stft to istft or griffin_lim; this recipe has"
                                 " more before or after it"))  # fmt: skip
        if any(isinstance(chain[i], Off) for i in begins + ends):
            raise RecipeError(N_("the steps that make the spectrogram and the sound cannot be switched off"))
        start = begins[0] if begins else len(names)
        middle = chain[start + 1 : ends[0] if ends else len(names)]
        sound_front, colour = chain[:start], "as_is"
        if not self.is_picture and sound_front and sound_front[-1] == Step("mono"):
            sound_front, colour = sound_front[:-1], "mono"
        if self.is_picture and sound_front:
            raise RecipeError(N_("this page makes a spectrogram of a picture first; this recipe has {steps} before it"),
                              steps=", ".join(names[:start]))  # fmt: skip
        state = replace(self, sound_front=tuple(sound_front), colour=colour, front=(), **BLANK)
        if begins:
            state = replace(state, begin=chain[start].params)
        if ends:
            last = chain[ends[0]]
            if self.is_picture and last.name == "istft":
                raise RecipeError(N_("a picture has no phase, so istft cannot be used; griffin_lim finds one"))
            inverse = self.inverse if self.is_picture else last.name  # a sound, when it comes back, keeps its own
            state = replace(state, inverse=inverse, inverse_params=last.params)
        end = len(middle) if at is None else min(max(at - start - 1, 1), len(middle))
        return state.opened(middle, end) if middle else state

    def grouped(self, steps: list[Step]) -> SpectrogramState:
        return replace(self, front=(), **BLANK)._grouped(steps)

    def blank(self, front: Chain) -> SpectrogramState:
        return replace(self, front=front, **BLANK)

    def _grouped(self, given: list[Step]) -> SpectrogramState:
        state, steps = self, list(given)
        if len(steps) > 1 and steps[-1].name == "mask":
            state = replace(state, mask=steps.pop().params)
        if len(steps) > 1 and steps[-1].name == "gain":
            state = replace(state, gain=dict(steps.pop().params).get("factor", 1.0))
        closed = steps[-1].name == "amplitude"
        inner = steps[:-1] if closed else steps
        kernel = inner.pop() if inner and slides(inner[-1]) else None
        opened = bool(inner) and inner[-1].name == "decibels"
        if closed and (not opened or kernel is None):
            return self._other(given)
        if closed:
            state = replace(state, scale="decibels", floor=dict(inner.pop().params).get("floor_db", FLOOR))
        separate = None
        if inner and inner[-1].name in SEPARATIONS and (kernel is None or kernel.name == "identity" and kernel.params):
            separate = inner.pop()
        if kernel is None and separate is None:
            return self._other(given)
        state = replace(state, front=tuple(inner), separate=separate)
        return state if kernel is None else with_step(state, kernel)

    def _other(self, given: list[Step]) -> SpectrogramState:
        """The last step in the controls as one that slides no kernel; a mask alone is one of the identity."""
        front, last = tuple(given[:-1]), given[-1]
        if last.name == "mask":
            return replace(self, front=front, mask=last.params)
        return replace(self, front=front, operation=last)


BLANK = {
    "scale": "magnitude", "separate": None, "kernel": KernelRef(name="identity"), "window": (), "gain": 1.0, "mask": None,
    "operation": None, "back": (), "skipped": False,
}  # fmt: skip
"""A step that changes nothing, and nothing behind it."""


def _known(params: Params, inverse: str) -> Params:
    return tuple((n, v) for n, v in params if n in OPS[inverse].options)
