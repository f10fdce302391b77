"""Which pictures are always there?  Photographs under ``assets/``, and test pictures made by formula.

A test picture is exact in float32 and the same on every machine.  Names can stand in a link: lowercase
letters, digits and ``-``.  ``assets/SOURCES.md`` says where each photograph comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import N_, MediaError
from .image_file import load_image
from .types import Image, digest_of

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SEED = 7
COMPUTED = N_("computed by a formula")


@dataclass(frozen=True)
class Sample:
    """A picture that is always there: its name in links, its label on pages, whom to thank, how to get it."""

    name: str
    label: str
    credit: str
    load: Callable[[], Image]


def picture(name: str) -> Image:
    """The sample picture called ``name``.

    >>> picture("cat").size
    (300, 451)
    """
    if name not in PICTURES:
        raise MediaError(
            N_("no sample picture is called {name!r}; choose one of: {names}"),
            name=name[:40],
            names=", ".join(sorted(PICTURES)),
        )
    return PICTURES[name].load()


def impulse() -> np.ndarray:
    """One white dot on black: what comes out is the kernel itself.  Shape: ``(65, 65)``."""
    values = np.zeros((65, 65))
    values[32, 32] = 1
    return values


def step() -> np.ndarray:
    """Black on the left, white on the right, one vertical edge.  Shape: ``(128, 128)``."""
    return np.repeat(np.arange(128)[None] >= 64, 128, axis=0).astype(float)


def checkerboard() -> np.ndarray:
    """Squares of 16 pixels, black at the top left.  Shape: ``(128, 128)``."""
    row, column = np.indices((128, 128)) // 16
    return ((row + column) % 2).astype(float)


def zone_plate() -> np.ndarray:
    """Rings ``0.5 + 0.5 cos(pi r^2 / N)`` around the centre.  Shape: ``(N, N)``, N = 256.

    The phase grows by ``2 pi r / N`` per pixel: r/N cycles per pixel at radius r, so that the middle of each
    side, r = N/2, is at the Nyquist frequency.  Every second sample of it shows rings that are not there.
    """
    n = 256
    y, x = np.indices((n, n)) - n // 2
    return 0.5 + 0.5 * np.cos(np.pi * (x**2 + y**2) / n)


def flat() -> np.ndarray:
    """Grey 0.5 everywhere: nothing but the borders and the kernel's sum can show.  Shape: ``(64, 64)``."""
    return np.full((64, 64), 0.5)


def gradient() -> np.ndarray:
    """From 0 at the left to 1 at the right in equal steps: a constant derivative.  Shape: ``(64, 129)``."""
    return np.repeat(np.arange(129)[None] / 128, 64, axis=0)


def noise() -> np.ndarray:
    """Uniform in [0, 1), 24 random bits a pixel, all frequencies alike.  Shape: ``(128, 128)``."""
    # raw bits of the generator: its stream is fixed by NumPy's policy, that of the distributions is not
    return (np.random.PCG64(SEED).random_raw(128 * 128) >> 40).reshape(128, 128) / 2**24


def counting() -> np.ndarray:
    """0/63, 1/63, ... 63/63, row by row: small enough to compute by hand.  Shape: ``(8, 8)``."""
    return np.arange(64).reshape(8, 8) / 63


def _photograph(label: str, file: str, credit: str) -> Sample:
    def load() -> Image:
        return load_image((ASSETS / "pictures" / file).read_bytes(), file)

    return Sample(file.partition(".")[0], label, credit, load)


def _formula(label: str, name: str, compute: Callable[[], np.ndarray]) -> Sample:
    def load() -> Image:
        import torch

        values = np.ascontiguousarray(compute()[None], dtype=np.float32)
        return Image(torch.from_numpy(values), None, name, digest_of(values.tobytes()), values.shape[1:])

    return Sample(name, label, COMPUTED, load)


PICTURES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        _photograph(N_("Cat"), "cat.png", "Stefan van der Walt, CC0"),
        _photograph(N_("Bricks"), "bricks.png", "CC0 Textures, CC0"),
        _photograph(N_("Cup"), "cup.png", "Rachel Michetti, CC0"),
        _photograph(N_("Text page"), "page.png", "scikit-image team, BSD-3-Clause"),
        _photograph(N_("Photographer"), "camera.png", "Lav Varshney, CC0"),
        _photograph(N_("Coins"), "coins.png", "Brooklyn Museum, no known copyright restrictions"),
        _photograph(N_("Rocket"), "rocket.jpg", "SpaceX, public domain"),
        _photograph(N_("Astronaut"), "astronaut.png", "NASA, public domain"),
        _photograph(N_("Shaken clock"), "clock.png", "Stefan van der Walt, public domain"),
        _photograph(N_("Horse"), "horse.png", "Andreas Preuss, CC0"),
        _formula(N_("One white dot"), "impulse", impulse),
        _formula(N_("Edge"), "step", step),
        _formula(N_("Checkerboard"), "checkerboard", checkerboard),
        _formula(N_("Zone plate"), "zone-plate", zone_plate),
        _formula(N_("Flat grey"), "flat", flat),
        _formula(N_("Gradient"), "gradient", gradient),
        _formula(N_("Noise"), "noise", noise),
        _formula(N_("0 to 63"), "counting", counting),
    )
}
