"""Convolution on pictures and sounds: load, run a recipe, look, save.

The flow: ``media`` turns bytes into tensors and back; ``recipe`` says what to do, as plain data; ``engine`` runs it,
with the operations of ``ops``, and answers with a ``result``; ``explain`` shows why, ``view`` how it looks;
``batch`` and ``cli`` do it for files, ``ui`` on pages.

The names below are what a program needs; each is loaded when it is first used.

>>> import playground
>>> playground.run(playground.from_text("grey~sobel-x", "image"), playground.picture("cat")).output.shape
torch.Size([1, 300, 451])
"""

from __future__ import annotations

import importlib

__version__ = "1.0.0"

_HOMES = {
    "Audio": "playground.media.types",
    "Image": "playground.media.types",
    "PlaygroundError": "playground.errors",
    "Recipe": "playground.recipe.model",
    "Result": "playground.result",
    "Step": "playground.recipe.model",
    "from_text": "playground.recipe.text",
    "load": "playground.batch",
    "load_audio": "playground.media.audio_file",
    "load_image": "playground.media.image_file",
    "picture": "playground.media.samples",
    "run": "playground.engine",
    "sound": "playground.media.samples",
    "to_text": "playground.recipe.text",
}
"""A public name, and the module that has it."""
_MODULES = {"ops": "playground.ops", "samples": "playground.media.samples"}

__all__ = ["__version__", *sorted([*_HOMES, *_MODULES])]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
