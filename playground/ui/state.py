"""What has the visitor set on a page?  One frozen value; the widgets only show it.

``recipe_of`` says it as a recipe and ``state_of`` reads it back from one, so that a link, the Back
button and the widgets can never disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from playground.errors import N_, RecipeError
from playground.media.types import digest_of
from playground.ops import KERNELS, KernelRef
from playground.ops.registry import Option
from playground.recipe.check import check, conv_options, kernel_options, kind_after, settings
from playground.recipe.model import Recipe, Step

COLOURS = ("automatic", "as_is", "grey", "red", "green", "blue")
CHANNELS = {"red": 0, "green": 1, "blue": 2}
MIXES = ("as_is", "mono")
PLAYS = ("new_rate", "old_rate")
LEAVES = {
    "image": N_("{name} does not make a picture again; open this recipe on the spectrogram page"),
    "audio": N_("{name} does not make a sound again; open this recipe on the spectrogram page"),
}
"""What a page says of a step that does not come back to its medium."""
OTHER = "other"
"""The family of the steps that slide no kernel."""
FIRST_NUMBERS = {
    "image": ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0)),
    "audio": (0.0, 1.0, 0.0),
    "spectrogram": ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0)),
}
"""What "Your own" begins with: the identity, so that the first change is the visitor's."""

FIRST_RESPONSE = KernelRef(digest=digest_of(b""))
"""What "Your own room" begins with, before a file is there: the identity, named by no bytes."""

FIRST_PARAMS: dict[tuple[str, str], tuple[tuple[str, object], ...]] = {
    ("image", "gaussian"): (("sigma", 3.0),),
    ("image", "box"): (("size", 9),),
    ("image", "binomial"): (("size", 9),),
    ("audio", "gaussian"): (("sigma", 20.0),),
}
"""Where the default is too mild to be seen or heard, what the page begins with instead."""


@dataclass(frozen=True)
class Off:
    """A step that stands in the chain and is not run."""

    step: Step


Chain = tuple[Step | Off, ...]


@dataclass(frozen=True)
class PageState:
    """Everything that can be set; ``first.FIRST`` holds each page's first sight.

    One step of a chain is edited: its kernel and ``window``, the settings of the convolution that differ
    from the kernel's defaults, with how channels are taken before it, ``colour`` (one of COLOURS on a
    picture, one of MIXES on a sound), and ``gain``, a factor after it; or, where ``operation`` is given,
    that step, which slides no kernel.  ``front`` are the steps before, ``back`` those after; ``skipped``
    says that the edited one is switched off.  ``made`` says what file of one's own the source stands for.
    """

    kind: str = "image"
    source: str = "cat"
    made: str = ""
    front: Chain = ()
    colour: str = "automatic"
    kernel: KernelRef = KernelRef(name="sobel_x")
    window: tuple[tuple[str, object], ...] = ()
    gain: float = 1.0
    signed: str = "automatic"
    same_size: bool = True
    play: str = "new_rate"
    operation: Step | None = None
    back: Chain = ()
    skipped: bool = False

    @property
    def family(self) -> str:
        if self.operation is not None:
            return OTHER
        return KERNELS[self.kernel.name].words(self.kind).family if self.kernel.name else "own"

    @property
    def causal(self) -> bool:
        """Whether the kernel begins at time 0: an echo, a hall, an own impulse response."""
        if self.kernel.name is not None:
            return KERNELS[self.kernel.name].causal
        return self.kernel.digest is not None

    @property
    def window_options(self) -> dict[str, Option]:
        """The settings of the convolution, with the defaults of this kernel on this medium."""
        return conv_options(self.kind, causal=self.causal)

    def setting(self, name: str) -> object:
        """One setting of the window, defaults included."""
        return dict(self.window).get(name, self.window_options[name].default)

    def with_setting(self, name: str, value: object) -> PageState:
        return replace(self, window=differing(dict(self.window) | {name: value}, self.window_options))

    def parameter(self, name: str) -> object:
        """One parameter of the kernel as it was given, its default where it was not."""
        return dict(self.kernel.params).get(name, kernel_options(self.kernel.name)[name].default)

    def with_parameter(self, name: str, value: object) -> PageState:
        params = differing(dict(self.kernel.params) | {name: value}, kernel_options(self.kernel.name))
        return replace(self, kernel=replace(self.kernel, params=params))

    def kernel_step(self) -> Step:
        """The kernel and its window as a step."""
        if self.kernel.name is not None:
            return Step(self.kernel.name, tuple(sorted(self.kernel.params + self.window)))
        window = {name: option.default for name, option in self.window_options.items()} | dict(self.window)
        return Step.of("conv1d" if self.kind == "audio" else "conv2d", kernel=self.kernel, **window)

    def with_kernel(self, ref: KernelRef) -> PageState:
        """Another kernel; what was set of the window stays where it is no default of the new one."""
        changed = replace(self, kernel=ref)
        return replace(changed, window=differing(dict(self.window), changed.window_options))

    def with_source(self, source: str) -> PageState:
        return replace(self, source=source, made="")

    @property
    def medium_kind(self) -> str:
        """The kind of medium that the source is."""
        return self.kind

    @property
    def is_grey(self) -> bool:
        """Whether a step in front has left one channel."""
        return any(isinstance(step, Step) and step.name in ("grey", "channel") for step in self.front)

    def group(self, channels: int) -> list[Step]:
        """The steps that the controls say, the edited one and what goes with it."""
        if self.operation is not None:
            return [self.operation]
        steps = []
        if self.colour in CHANNELS:
            steps.append(Step.of("channel", index=CHANNELS[self.colour]))
        elif self.colour == "mono":
            steps.append(Step("mono"))
        elif self.colour == "grey" or (
            self.colour == "automatic" and answers_edges(self.kernel) and channels in (1, 3) and not self.is_grey
        ):
            steps.append(Step("grey"))
        steps.append(self.kernel_step())
        if self.gain != 1:
            steps.append(Step.of("gain", factor=self.gain))
        return steps

    def arranged(self, channels: int) -> Chain:
        """The steps that can be arranged: what stands in front, the edited ones, and what follows."""
        group = self.group(channels)
        return (*self.front, *(map(Off, group) if self.skipped else group), *self.back)

    def chain(self, channels: int) -> Chain:
        """All steps, also those that are switched off."""
        return self.arranged(channels)

    def before_arranged(self, channels: int) -> int:
        """How many steps of the chain stand before those that can be arranged."""
        return 0

    def end(self, channels: int) -> int:
        """Where the edited steps end among those that can be arranged."""
        return len(self.front) + len(self.group(channels))

    def edited_step(self, channels: int) -> Step:
        """The step that is edited, of those that go together."""
        group = self.group(channels)
        return next((step for step in group if slides(step)), group[0])

    def focus(self, channels: int) -> int:
        """The place of the edited step among those that run; behind the last where it is switched off."""
        if self.skipped:
            return len(self.recipe(channels).steps)
        at = self.before_arranged(channels) + len(self.front)
        in_front = sum(isinstance(step, Step) for step in self.chain(channels)[:at])
        return in_front + self.group(channels).index(self.edited_step(channels))

    def recipe(self, channels: int) -> Recipe:
        """The state as a recipe of the steps that run, not yet checked."""
        return Recipe(tuple(step for step in self.chain(channels) if isinstance(step, Step)))

    def opened(self, chain: Chain, end: int) -> PageState:
        """The steps that end at ``end`` in the controls, as many as belong together; ``chain`` can be arranged."""
        off, start = isinstance(chain[end - 1], Off), end
        while start and isinstance(chain[start - 1], Off) == off:
            start -= 1
        state = self.grouped([step_of(step) for step in chain[start:end]])
        front = map(Off, state.front) if off else state.front
        state = replace(state, front=(*chain[:start], *front), back=chain[end:], skipped=off)
        if self.kind == "image" and state.operation is None and answers_edges(state.kernel):
            if state.colour == ("as_is" if state.is_grey else "grey"):  # what "automatic" comes to here
                return replace(state, colour="automatic")
        return state

    def grouped(self, steps: list[Step]) -> PageState:
        """The last of these steps that belong together in the controls, the others in front."""
        return _grouped(steps, self)

    def blank(self, front: Chain) -> PageState:
        """A new step, the identity, behind these."""
        colour = "as_is" if self.kind == "audio" else "automatic"
        return replace(self, front=front, back=(), skipped=False, operation=None, colour=colour,
                       kernel=KernelRef(name="identity"), window=(), gain=1.0)  # fmt: skip

    def read(self, recipe: Recipe) -> PageState:
        """The state that a checked recipe says; what a recipe does not say stays as it is here."""
        return self.read_chain(recipe.steps)

    def read_chain(self, chain: Chain, at: int | None = None) -> PageState:
        """The state of a whole chain whose edited steps end at ``at``, by default at its end.

        Errors: RecipeError for a chain that leaves the page's kind of medium.
        """
        for step in map(step_of, chain):
            if kind_after(step.name, self.kind) != self.kind:
                raise RecipeError(LEAVES[self.kind], name=step.name)
        return self.opened(chain, at or len(chain)) if chain else self.blank(())


def differing(values: dict[str, object], options: dict[str, Option]) -> tuple[tuple[str, object], ...]:
    """The values that differ from their option's default, sorted by name."""
    return tuple(sorted((n, v) for n, v in values.items() if v != options[n].default))


def answers_edges(ref: KernelRef) -> bool:
    """Whether results have both signs by nature: an edge kernel, or numbers that sum to 0.

    >>> answers_edges(KernelRef(numbers=((1.0, -1.0),))), answers_edges(KernelRef(name="box"))
    (True, False)
    """
    if dict(ref.params).get("zero_mean"):
        return True
    if ref.name is not None:
        return KERNELS[ref.name].signed
    flat = list(_flat(ref.numbers or ()))
    return min(flat, default=0) < 0 and abs(math.fsum(flat)) <= 1e-6 * math.fsum(map(abs, flat))


def recipe_of(state: PageState, *, channels: int = 3) -> Recipe:
    """The state as a checked recipe for a medium of ``channels`` channels.

    >>> recipe_of(PageState()).steps
    (Step(name='grey', params=()), Step(name='sobel_x', params=()))
    """
    return check(state.recipe(channels), state.medium_kind)


def state_of(recipe: Recipe, base: PageState) -> PageState:
    """Read a checked recipe back: its last step is what the page edits, the rest stands in front.

    >>> state_of(recipe_of(PageState()), PageState()) == PageState()
    True
    """
    return base.read(recipe)


def _grouped(given: list[Step], base: PageState) -> PageState:
    steps, gain = list(given), 1.0
    if len(steps) > 1 and steps[-1].name == "gain" and slides(steps[-2]):
        gain = settings(steps.pop(), base.kind)["factor"]
    base = replace(base, operation=None, gain=gain)
    if not slides(steps[-1]):
        return replace(base, operation=steps.pop(), front=tuple(steps))
    state = with_step(base, steps.pop())
    ref = state.kernel
    colour = _plain(base.kind, ref)
    last = steps[-1] if steps else None
    if last == Step("grey"):
        steps.pop()
        colour = "grey"
    elif last == Step("mono"):
        steps.pop()
        colour = "mono"
    elif last is not None and last.name == "channel":
        index = settings(last, base.kind)["index"]
        found = [name for name, number in CHANNELS.items() if number == index]
        if found:
            steps.pop()
            colour = found[0]
    return replace(state, front=tuple(steps), colour=colour)


def with_step(state: PageState, step: Step) -> PageState:
    """The state whose kernel and window are those of a step that slides."""
    values = settings(step, state.kind)
    if step.name in KERNELS:
        own = kernel_options(step.name)
        ref = KernelRef(name=step.name, params=tuple((n, v) for n, v in step.params if n in own))
    else:
        ref = values["kernel"]
    state = replace(state, kernel=ref)
    return replace(state, window=differing({n: values[n] for n in state.window_options}, state.window_options))


def _plain(kind: str, ref: KernelRef) -> str:
    """The choice of channels under which no step stands before the kernel."""
    return "as_is" if kind == "audio" or answers_edges(ref) else "automatic"


def choose_kernel(state: PageState, name: str, *, remembered: dict[str, KernelRef]) -> PageState:
    """Change the kernel, as it was last set; "numbers" and "response" are the visitor's own."""
    state = replace(state, operation=None)
    if name in remembered:
        return state.with_kernel(remembered[name])
    if name == "numbers":
        return state.with_kernel(KernelRef(numbers=FIRST_NUMBERS[state.kind]))
    if name == "response":
        return state.with_kernel(FIRST_RESPONSE)
    return state.with_kernel(KernelRef(name=name, params=FIRST_PARAMS.get((state.kind, name), ())))


def name_of(ref: KernelRef) -> str:
    """The kernel's name; "numbers" for typed ones, "response" for a loaded one."""
    return ref.name or ("numbers" if ref.numbers is not None else "response")


def step_of(step: Step | Off) -> Step:
    """The step itself, switched off or not."""
    return step.step if isinstance(step, Off) else step


def slides(step: Step) -> bool:
    """Whether a step slides a kernel that the controls can show."""
    # groups have no control: such a step stays in front as it is
    return step.name in KERNELS or step.name in ("conv1d", "conv2d") and step.get("groups", 1) == 1


def _flat(numbers: tuple) -> list[float]:
    return [n for part in numbers for n in (_flat(part) if isinstance(part, tuple) else [part])]
