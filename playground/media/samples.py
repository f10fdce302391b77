"""Which pictures and sounds are always there?  Those under ``assets/``, and tests made by formula.

A test picture or sound is the same on every machine.  Names can stand in a link: lowercase letters, digits
and ``-``.  ``assets/SOURCES.md`` says where each photograph and each recording comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import N_, MediaError
from .audio_file import load_audio
from .types import Audio, Image, digest_of

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SEED = 7
RATE = 44_100  # Hz, of every sample sound
COMPUTED = N_("computed by a formula")


@dataclass(frozen=True)
class Sample:
    """A picture or a sound that is always there: name in links, label on pages, whom to thank, how to get it."""

    name: str
    label: str
    credit: str
    load: Callable[[], Image | Audio]


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


def sound(name: str) -> Audio:
    """The sample sound called ``name``.

    >>> sound("drums").seconds
    4.0
    """
    if name not in SOUNDS:
        raise MediaError(
            N_("no sample sound is called {name!r}; choose one of: {names}"),
            name=name[:40],
            names=", ".join(sorted(SOUNDS)),
        )
    return SOUNDS[name].load()


# --- pictures ---------------------------------------------------------------------------------------


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


# --- sounds -----------------------------------------------------------------------------------------


def sine() -> np.ndarray:
    """440 Hz, the A above middle C, at half of full scale.  Shape: ``(88200,)``, 2 s.

    880 whole periods: it continues seamlessly in a circle, and under any other border it ends in mid-air.
    """
    return 0.5 * np.sin(2 * np.pi * 440 / RATE * np.arange(2 * RATE))


def sine_third() -> np.ndarray:
    """A third of the sample rate, 14700 Hz: 0, 1/4, -1/4 and again.  Shape: ``(88200,)``, 2 s.

    Any three neighbours sum to exactly 0, so that a moving average of 3 leaves nothing.
    """
    return np.tile([0, 0.25, -0.25], 2 * RATE // 3)


def sweep() -> np.ndarray:
    """From 20 Hz to 20 kHz in equal steps, at half of full scale.  Shape: ``(264600,)``, 6 s.

    The phase is the integral of the frequency ``20 + 3330 t``; it begins and ends within 10 ms.
    """
    seconds = np.arange(6 * RATE) / RATE
    return 0.5 * _faded(np.sin(2 * np.pi * (20 * seconds + (20_000 - 20) / 6 / 2 * seconds**2)))


def click() -> np.ndarray:
    """One sample of 1 after a quarter of a second: the output is the kernel.  Shape: ``(44100,)``, 1 s."""
    return (np.arange(RATE) == RATE // 4).astype(float)


def square() -> np.ndarray:
    """1/4 and -1/4, 220 times a second, jumping from one sample to the next.  Shape: ``(88200,)``, 2 s.

    Nothing limits its band: overtones beyond half of the sample rate come back as tones that do not fit.
    """
    return np.where(np.arange(2 * RATE) * 220 % RATE < RATE // 2, 0.25, -0.25)


def white_noise() -> np.ndarray:
    """Uniform in [-1/2, 1/2), 24 random bits a sample, all frequencies alike.  Shape: ``(88200,)``, 2 s."""
    return (np.random.PCG64(SEED).random_raw(2 * RATE) >> 40) / 2**24 - 0.5


def _faded(values: np.ndarray) -> np.ndarray:
    ramp = np.minimum(np.arange(len(values)) / (RATE // 100), 1)
    return values * ramp * ramp[::-1]


def _recording(label: str, file: str, credit: str) -> Sample:
    def load() -> Audio:
        return load_audio((ASSETS / "sounds" / file).read_bytes(), file)

    return Sample(file.partition(".")[0], label, credit, load)


def _tone(label: str, name: str, compute: Callable[[], np.ndarray]) -> Sample:
    def load() -> Audio:
        import torch

        values = np.ascontiguousarray(compute()[None], dtype=np.float32)
        return Audio(torch.from_numpy(values), RATE, name, digest_of(values.tobytes()))

    return Sample(name, label, COMPUTED, load)


def _photograph(label: str, file: str, credit: str) -> Sample:
    def load() -> Image:
        from .image_file import load_image  # Pillow and its plugins

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

SOUNDS: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        _recording(N_("Drums"), "drums.flac", "rendered with FluidR3 GM by Frank Wen, MIT"),
        _recording(
            N_("Piano"), "music.flac", "J. S. Bach, public domain; rendered with FluidR3 GM by Frank Wen, MIT"
        ),
        _recording(N_("Speech"), "speech.flac", "spoken by eSpeak NG"),
        _tone(N_("Sweep"), "sweep", sweep),
        _tone(N_("Sine, 440 Hz"), "sine", sine),
        _tone(N_("Sine, a third of the rate"), "sine-third", sine_third),
        _tone(N_("One click"), "impulse", click),
        _tone(N_("Square wave"), "square", square),
        _tone(N_("White noise"), "noise", white_noise),
    )
}
