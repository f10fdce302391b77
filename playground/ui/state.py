"""What has the visitor set on the picture page?  One frozen value; the widgets only show it.

``recipe_of`` says it as a recipe and ``state_of`` reads it back from one, so that a link, the Back
button and the widgets can never disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from playground.ops import KERNELS, KernelRef
from playground.recipe.check import check, conv_options, kernel_options, settings
from playground.recipe.model import Recipe, Step

COLOURS = ("automatic", "as_is", "grey", "red", "green", "blue")
CHANNELS = {"red": 0, "green": 1, "blue": 2}
FIRST_NUMBERS = ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0))
"""What "Your own" begins with: the identity, so that the first change is the visitor's."""

FIRST_PARAMS: dict[str, tuple[tuple[str, object], ...]] = {
    "gaussian": (("sigma", 3.0),),
    "box": (("size", 9),),
    "binomial": (("size", 9),),
}
"""Where the default is too mild to be seen on a screen, what the page begins with instead."""


@dataclass(frozen=True)
class PageState:
    """Everything that can be set; the defaults are the first sight.

    ``front`` are the steps whose output is this page's input, ``window`` the settings of the
    convolution that differ from a kernel's defaults, ``gain`` a factor after it.
    """

    source: str = "cat"
    front: tuple[Step, ...] = ()
    colour: str = "automatic"
    kernel: KernelRef = KernelRef(name="sobel_x")
    window: tuple[tuple[str, object], ...] = ()
    gain: float = 1.0
    signed: str = "automatic"
    same_size: bool = True

    @property
    def family(self) -> str:
        return KERNELS[self.kernel.name].family if self.kernel.name else "own"

    def setting(self, name: str) -> object:
        """One setting of the window, defaults included."""
        return dict(self.window).get(name, conv_options("image")[name].default)

    def with_setting(self, name: str, value: object) -> PageState:
        kept = dict(self.window) | {name: value}
        options = conv_options("image")
        return replace(self, window=tuple(sorted((n, v) for n, v in kept.items() if v != options[n].default)))

    def parameter(self, name: str) -> object:
        """One parameter of the kernel as it was given, its default where it was not."""
        return dict(self.kernel.params).get(name, kernel_options(self.kernel.name)[name].default)

    def with_parameter(self, name: str, value: object) -> PageState:
        kept = dict(self.kernel.params) | {name: value}
        options = kernel_options(self.kernel.name)
        params = tuple(sorted((n, v) for n, v in kept.items() if v != options[n].default))
        return replace(self, kernel=replace(self.kernel, params=params))


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
    """The state as a checked recipe for a picture of ``channels`` channels.

    >>> recipe_of(PageState()).steps
    (Step(name='grey', params=()), Step(name='sobel_x', params=()))
    """
    steps = list(state.front)
    if state.colour in CHANNELS:
        steps.append(Step.of("channel", index=CHANNELS[state.colour]))
    elif (
        state.colour == "grey"
        or state.colour == "automatic"
        and answers_edges(state.kernel)
        and channels in (1, 3)
    ):
        steps.append(Step("grey"))
    if state.kernel.name is not None:
        steps.append(Step(state.kernel.name, tuple(sorted(state.kernel.params + state.window))))
    else:
        window = {name: option.default for name, option in conv_options("image").items()} | dict(state.window)
        steps.append(Step.of("conv2d", kernel=state.kernel, **window))
    if state.gain != 1:
        steps.append(Step.of("gain", factor=state.gain))
    return check(Recipe(tuple(steps)), "image")


def state_of(recipe: Recipe, base: PageState) -> PageState:
    """Read a checked recipe back: the last convolution is what the page edits, the rest stands in front.

    >>> state_of(recipe_of(PageState()), PageState()) == PageState()
    True
    """
    steps, gain = list(recipe.steps), 1.0
    if len(steps) > 1 and steps[-1].name == "gain" and _slides(steps[-2]):
        gain = settings(steps.pop(), "image")["factor"]
    if not steps or not _slides(steps[-1]):
        front = tuple(steps)
        return replace(
            base, front=front, colour="as_is", kernel=KernelRef(name="identity"), window=(), gain=gain
        )
    step, values = steps[-1], settings(steps[-1], "image")
    steps.pop()
    if step.name == "conv2d":
        ref = values["kernel"]
    else:
        own = kernel_options(step.name)
        ref = KernelRef(name=step.name, params=tuple((n, v) for n, v in step.params if n in own))
    options = conv_options("image")
    window = tuple(sorted((n, values[n]) for n in options if values[n] != options[n].default))
    colour = "as_is" if answers_edges(ref) else "automatic"
    if steps and steps[-1] == Step("grey"):
        steps.pop()
        colour = "automatic" if answers_edges(ref) else "grey"
    elif steps and steps[-1].name == "channel":
        index = settings(steps[-1], "image")["index"]
        found = [name for name, number in CHANNELS.items() if number == index]
        if found:
            steps.pop()
            colour = found[0]
    return replace(base, front=tuple(steps), colour=colour, kernel=ref, window=window, gain=gain)


def use_output(state: PageState, *, channels: int) -> PageState:
    """Put the present steps in front; the new step begins as the identity."""
    front = recipe_of(state, channels=channels).steps
    return replace(state, front=front, colour="as_is", kernel=KernelRef(name="identity"), window=(), gain=1.0)


def undo(state: PageState) -> PageState:
    """Take the last step in front back into the controls."""
    return state_of(Recipe(state.front), state)


def choose_kernel(state: PageState, name: str, *, remembered: dict[str, KernelRef]) -> PageState:
    """Change the kernel, as it was last set; "numbers" are the visitor's own."""
    if name == "numbers":
        ref = remembered.get(name, KernelRef(numbers=FIRST_NUMBERS))
    else:
        ref = remembered.get(name, KernelRef(name=name, params=FIRST_PARAMS.get(name, ())))
    return replace(state, kernel=ref)


def _slides(step: Step) -> bool:
    # groups have no control: such a step stays in front as it is
    return step.name in KERNELS or step.name == "conv2d" and step.get("groups", 1) == 1


def _flat(numbers: tuple) -> list[float]:
    return [n for part in numbers for n in (_flat(part) if isinstance(part, tuple) else [part])]
