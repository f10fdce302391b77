"""What can go wrong, said in one sentence: what was given, and what would work.

A message is a template with values, never an f-string, so that a page can show it in another
language: ``str(error)`` is the English sentence, ``playground.ui.words.say(error)`` the translated
one.  ``N_`` marks a template for the translators and returns it unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass


def N_(text: str) -> str:
    """Mark ``text`` for translation and return it as it is.

    >>> N_("no kernel is called {name}")
    'no kernel is called {name}'
    """
    return text


@dataclass(frozen=True)
class Notice:
    """Something done on the user's behalf that must not stay silent: a template and its values.

    >>> str(notice(N_("reduced from {before} to {after} megapixels"), before=24, after=12))
    'reduced from 24 to 12 megapixels'
    """

    template: str
    items: tuple[tuple[str, object], ...] = ()

    @property
    def values(self) -> dict[str, object]:
        return dict(self.items)

    def __str__(self) -> str:
        return self.template.format(**self.values)


def notice(template: str, /, **values: object) -> Notice:
    """Make a ``Notice`` of a template and the values that fill it."""
    return Notice(template, tuple(values.items()))


class PlaygroundError(Exception):
    """One sentence for the user: a template and the values that fill it.

    >>> str(PlaygroundError(N_("stride is {given}; it must be at least 1"), given=0))
    'stride is 0; it must be at least 1'
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template, values)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**self.values)


class MediaError(PlaygroundError):
    """A file, a picture or a sound that cannot be used as it is."""


class RecipeError(PlaygroundError, ValueError):
    """A link, a recipe or a parameter that does not say something possible."""


class GeometryError(PlaygroundError, ValueError):
    """Sizes that do not fit together: no window fits, a size of zero, a negative padding."""


class LimitError(PlaygroundError):
    """Work or memory beyond what this machine should be asked for."""
