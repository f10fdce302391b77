"""What is a recipe?  Steps in order, each a name and its parameters; never a tensor, never a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One operation or named kernel and the parameters that differ from its defaults, sorted.

    >>> Step.of("gaussian", size=9, sigma=2.0)
    Step(name='gaussian', params=(('sigma', 2.0), ('size', 9)))
    """

    name: str
    params: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, name: str, /, **params: object) -> Step:
        return cls(name, tuple(sorted(params.items())))

    def get(self, name: str, default: object = None) -> object:
        return dict(self.params).get(name, default)


@dataclass(frozen=True)
class Recipe:
    """Steps, first to last.

    >>> Recipe((Step("grey"), Step("sobel_x"))).steps[-1].name
    'sobel_x'
    """

    steps: tuple[Step, ...] = ()
