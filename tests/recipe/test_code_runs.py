"""Does every exported program compute what the playground computes?  All are run, in one fresh interpreter."""

from __future__ import annotations

import functools
import itertools
import json
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch

from playground.engine import run
from playground.engine.export import export
from playground.media.types import Audio, Image
from playground.ops import KERNELS, OPS, KernelRef
from playground.recipe.code import EMITTERS, FLAVOURS
from playground.recipe.model import Recipe, Step

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
RATE = 8000
MODES = ["reflect", "symmetric", "replicate", "circular", "constant"]
WINDOWS = ["hann", "hamming", "blackman", "bartlett", "rectangular"]
DIGEST, PER_CHANNEL, MATRIX = "0123456789abcdef", "00000000000000aa", "00000000000000bb"


def values(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def image(channels: int, *size: int) -> Image:
    return Image(values(channels, *size), None, "noise", "0" * 16, size)


def tones() -> Audio:
    t = torch.arange(1500) / RATE
    melody = torch.stack([torch.sin(2 * torch.pi * 700 * t * (1 + t)), torch.sin(2 * torch.pi * 300 * t)])
    return Audio(0.5 * melody + 0.05 * (values(2, 1500) - 0.5), RATE, "tones", "1" * 16)


MEDIA = {
    "colour": image(3, 23, 31), "grey": image(1, 23, 31), "four": image(4, 9, 8), "line": image(3, 1, 12),
    "tones": tones(), "short": Audio(values(1, 40, seed=3) - 0.5, RATE, "short", "2" * 16),
}  # fmt: skip
LOADED = {
    DIGEST: values(30, seed=5).double() - 0.5, PER_CHANNEL: values(2, 1, 30, seed=6).double() - 0.5,
    MATRIX: values(2, 3, seed=7).double(),
}  # fmt: skip
FILES = {DIGEST: "one.npy", PER_CHANNEL: "two.npy", MATRIX: "three.npy"}


def numbers(*shape: int, seed: int = 0) -> KernelRef:
    made = (values(*shape, seed=seed) - 0.5).double().mul(64).round().div(8)

    def nested(rows):
        return tuple(nested(row) for row in rows) if isinstance(rows, list) else rows

    return KernelRef(numbers=nested(made.tolist()))


Case = tuple[str, tuple[Step, ...]]


def convolutions() -> dict[str, Case]:
    """Modes, paddings and strides against each other; dilation, flip and channels in turn."""
    cases: dict[str, Case] = {}
    forms = [("colour", (3, 3), 1), ("four", (6, 2, 3, 2), 2), ("grey", (2, 4), 1), ("colour", (2, 3, 3, 3), 1),
             ("colour", (3, 1, 3, 3), 3), ("line", (1, 5), 1)]  # fmt: skip
    turns = itertools.cycle(itertools.product([1, 2, (1, 3)], [False, True], forms))
    paddings = ["same", "full", (5, 4, 6, 7), 40]
    for mode, fill in [*((mode, 0.0) for mode in MODES), ("constant", -0.7)]:
        for padding, stride in itertools.product(paddings, [1, (2, 3), HALF, Fraction(2, 3), (2, THIRD)]):
            dilation, flip, (medium, shape, groups) = next(turns)
            options = {"padding": padding, "padding_mode": mode, "fill": fill, "stride": stride, "dilation": dilation,
                       "flip_kernel": flip, "groups": groups, "kernel": numbers(*shape)}  # fmt: skip
            cases[f"conv2d {mode} {fill} {padding} {stride} {dilation} {flip} {shape}"] = (
                medium, (Step.of("conv2d", **options),)
            )  # fmt: skip
    turns = itertools.cycle(
        itertools.product([1, 3], [False, True], [("tones", (5,)), ("short", (4,)), ("tones", (3, 2, 4))])
    )
    for mode, padding, stride in itertools.product(
        MODES, ["same", "valid", (3, 5), 90], [1, 2, HALF, Fraction(3, 2)]
    ):
        dilation, flip, (medium, shape) = next(turns)
        options = {"padding": padding, "padding_mode": mode, "stride": stride, "dilation": dilation, "flip_kernel": flip,
                   "kernel": numbers(*shape)}  # fmt: skip
        cases[f"conv1d {mode} {padding} {stride} {dilation} {flip} {shape}"] = (
            medium,
            (Step.of("conv1d", **options),),
        )
    for (shape, groups), flip, stride in itertools.product(
        [((3, 3), 1), ((2, 3, 3, 3), 1), ((3, 1, 2, 4), 3)], [False, True], [HALF, (1, HALF), (2, HALF), Fraction(2, 3)]
    ):  # fmt: skip
        options = {
            "kernel": numbers(*shape),
            "padding": "same",
            "stride": stride,
            "flip_kernel": flip,
            "groups": groups,
        }
        cases[f"zeros around {shape} {flip} {stride}"] = "colour", (Step.of("conv2d", **options),)
    return cases


def kernels() -> dict[str, Case]:
    """Every kernel by its name on every medium, with other parameters too, and at a stride of 1/2."""
    cases: dict[str, Case] = {}
    other = {
        "gaussian": {"size": 41, "sigma": 6.0}, "box": {"size": (3, 40)}, "disc": {"radius": 9.0}, "shift": {"down": -5, "right": 9},
        "motion_blur": {"length": 25, "angle": 30.0}, "identity": {"size": 45}, "binomial": {"size": 15},
        "gabor": {"angle": 40.0, "size": 15}, "echo": {"delay": 20.0}, "comb": {"delay": 3.0, "repeats": 5},
        "reverb": {"seconds": 0.3, "seed": 7, "wet": 0.2}, "moving_average": {"size": 200}, "low_pass": {"taps": 401, "window": "kaiser"},
        "laplacian_of_gaussian": {"sigma": 4.0}, "difference_x": {"order": 4},
    }  # fmt: skip
    for name, kernel in KERNELS.items():
        for medium in (["colour"] if 2 in kernel.dimensions else []) + (
            ["tones"] if 1 in kernel.dimensions else []
        ):
            fits = {"cutoff": 900.0, "low": 300.0, "high": 900.0}
            own = {n: v for n, v in fits.items() if n in kernel.options}
            cases[f"{name} {medium}"] = medium, (Step.of(name, **own),)
            cases[f"{name} {medium} 1/2"] = medium, (Step.of(name, **own, stride=HALF),)
            if name in other:
                cases[f"{name} {medium} other"] = medium, (Step.of(name, **own, **other[name]),)
    for flag in ("zero_mean", "normalise"):
        cases[f"reverb {flag}"] = "tones", (Step.of("reverb", seconds=0.2, **{flag: True}),)
    cases["a kernel's name in conv1d"] = (
        "tones",
        (Step.of("conv1d", kernel=KernelRef("reverb", params=(("seconds", 0.1),))),),
    )
    cases["half of box"] = (
        "colour",
        (Step.of("box", size=60, padding=60, padding_mode="symmetric", dilation=2, stride=3),),
    )
    cases["many numbers"] = "colour", (Step.of("conv2d", kernel=numbers(14, 13), padding="same"),)
    cases["many channels"] = "colour", (Step.of("conv2d", kernel=numbers(8, 3, 5, 5), padding="same"),)
    cases["normalised numbers"] = (
        "colour",
        (Step.of("conv2d", kernel=KernelRef(numbers=((1.0, 2.0),), params=(("normalise", True),))),),
    )
    for name, params in (
        ("loaded", ()),
        ("loaded, normalised", (("normalise", True),)),
        ("loaded, zero mean", (("zero_mean", True),)),
    ):
        for digest in (DIGEST, PER_CHANNEL):
            ref = KernelRef(digest=digest, params=params)
            cases[f"{name} {digest}"] = (
                "tones",
                (Step.of("conv1d", kernel=ref, padding="full", flip_kernel=True),),
            )
    both = (
        Step.of("conv1d", kernel=KernelRef(digest=PER_CHANNEL), stride=HALF),
        Step.of("conv1d", kernel=KernelRef(digest=DIGEST)),
    )
    cases["two loaded"] = "tones", both
    return cases


def points() -> dict[str, Case]:
    cases: dict[str, Case] = {
        "nothing": ("colour", ()), "nothing on a sound": ("tones", ()),
        "grey": ("colour", (Step("grey"),)), "grey of grey": ("grey", (Step("grey"),)),
        "channel": ("colour", (Step.of("channel", index=2),)), "gain": ("colour", (Step.of("gain", factor=-0.3),)),
        "mono": ("tones", (Step("mono"),)), "offset": ("colour", (Step.of("offset", amount=-0.5),)),
        "absolute": ("tones", (Step("absolute"),)), "square": ("tones", (Step("square"),)), "relu": ("tones", (Step("relu"),)),
        "clip": ("tones", (Step.of("clip", low=-0.1, high=0.25),)),
        "normalise": ("tones", (Step("normalise"),)), "normalise to standard": ("colour", (Step.of("normalise", to="standard"),)),
        "normalise nothing": ("colour", (Step.of("gain", factor=0.0), Step("normalise"), Step.of("normalise", to="standard"))),
        "matrix": ("colour", (Step.of("colour_matrix", kernel=numbers(4, 3)),)),
        "loaded matrix": ("colour", (Step.of("colour_matrix", kernel=KernelRef(digest=MATRIX)),)),
        "normalised matrix": ("colour", (Step.of("colour_matrix", kernel=KernelRef(numbers=((1.0, 2.0, 5.0),), params=(("normalise", True),))),)),
        "crop": ("colour", (Step.of("crop2d", top=2, left=3, height=9, width=20),)), "crop 1": ("colour", (Step.of("crop2d", left=3),)),
        "crop1d": ("tones", (Step.of("crop1d", start=100, length=700),)), "flip1d": ("tones", (Step("flip1d"),)),
        "flip2d": ("colour", (Step("flip2d"),)), "flip2d vertical": ("colour", (Step.of("flip2d", direction="vertical"), Step("sobel_x"))),
        "noise": ("colour", (Step("noise"),)), "uniform": ("tones", (Step.of("noise", distribution="uniform", seed=9, amount=0.3),)),
    }  # fmt: skip
    for operator, mode in itertools.product(["sobel", "prewitt", "scharr", "difference"], MODES):
        cases[f"edges {operator} {mode}"] = (
            "colour",
            (Step.of("edge_magnitude", operator=operator, padding_mode=mode),),
        )
    return cases


def windows() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for statistic, counted in [
        ("max", True),
        ("min", True),
        ("median", True),
        ("average", True),
        ("average", False),
    ]:
        option = {"statistic": statistic, "count_include_pad": counted}
        for size, stride, padding in [
            (2, None, 0),
            (3, 1, "same"),
            ((2, 5), (2, 1), "same"),
            (4, 2, (2, 1, 0, 2)),
            (5, 3, 2),
        ]:
            own = {"kernel_size": size, "stride": stride, "padding": padding}
            cases[f"pool2d {statistic} {counted} {own}"] = "colour", (Step.of("pool2d", **option, **own),)
        for size, stride, padding in [
            (2, None, 0),
            (3, 1, "same"),
            (4, 3, (2, 1)),
            (5, 3, 2),
            (6, 1, "same"),
        ]:
            own = {"kernel_size": size, "stride": stride, "padding": padding}
            cases[f"pool1d {statistic} {counted} {own}"] = "tones", (Step.of("pool1d", **option, **own),)
    for how, scale in itertools.product(
        ["nearest", "linear", "sinc"], [1, 2, 3, HALF, Fraction(3, 2), Fraction(2, 5), (2, THIRD), (1, 4)]
    ):
        cases[f"interpolate2d {how} {scale}"] = (
            "colour",
            (Step.of("interpolate2d", interpolation=how, scale=scale),),
        )
        if not isinstance(scale, tuple):
            cases[f"interpolate1d {how} {scale}"] = (
                "tones",
                (Step.of("interpolate1d", interpolation=how, scale=scale),),
            )
    cases["interpolate a line"] = (
        "line",
        (Step.of("interpolate2d", interpolation="sinc", scale=(2, Fraction(3, 4))),),
    )
    return cases


def spectrograms() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    settings = [
        {},
        {"hop_length": 100},
        {"win_length": 200},
        {"win_length": 201, "hop_length": 90},
        {"n_fft": 255, "hop_length": 32},
    ]
    turns = itertools.cycle(itertools.product(["silence", "absolute", "flip"], settings))
    for window, center, mode in itertools.product(WINDOWS, [True, False], MODES):
        negative, more = next(turns)
        there = Step.of(
            "stft", **{"n_fft": 256, "window": window, "center": center, "padding_mode": mode} | more
        )
        cases[f"stft {window} {center} {mode} {more}"] = "tones", (there,)
        again = (there, Step.of("offset", amount=-0.4), Step.of("istft", negative=negative))
        cases[f"istft {window} {center} {mode} {more}"] = "tones", again
    there = Step.of("stft", n_fft=256)
    short = Step.of("stft", n_fft=256, padding_mode="reflect")
    cases["stft of a short sound"] = "short", (short, Step("istft"))
    cases["stft symmetric of a short sound"] = (
        "short",
        (Step.of("stft", n_fft=256, padding_mode="symmetric"), Step("istft")),
    )
    steps = {
        "gaussian": [Step("gaussian")], "stride": [Step.of("gaussian", stride=(1, 2))], "stride 1/2": [Step.of("gaussian", stride=HALF)],
        "both strides": [Step.of("gaussian", stride=(2, HALF))], "valid": [Step.of("sobel_x", padding="valid")],
        "mel": [Step.of("mel", n_mels=40)], "mel band": [Step.of("mel", n_mels=20, fmin=200.0, fmax=3000.0)],
        "mel and back": [Step.of("mel", n_mels=40), Step("linear_frequency")],
        "octaves": [Step.of("log_frequency", fmin=100.0)], "few octaves": [Step.of("log_frequency", fmin=200.0, fmax=2000.0, bins_per_octave=7)],
        "octaves and back": [Step.of("log_frequency", fmin=100.0, bins_per_octave=12), Step("linear_frequency")],
        "decibels": [Step("decibels")], "decibels and back": [Step.of("decibels", floor_db=-40.0), Step("gaussian"), Step("amplitude")],
        "power": [Step("power")], "root": [Step("sobel_x"), Step.of("power", exponent=0.5)],
        "mask": [Step.of("mask", low=500.0, high=1500.0)], "keep": [Step.of("mask", region="keep", high=1500.0, start=0.05, end=0.1)],
        "harmonic": [Step("harmonic")], "percussive": [Step.of("percussive", kernel_size=9, margin=2.0)],
        "half harmonic": [Step.of("harmonic", kernel_size=7, margin=2.5)],
        "channel": [Step.of("channel", index=1)], "mixing": [Step.of("conv2d", kernel=numbers(3, 2, 1, 1))],
        "flip": [Step.of("flip2d", direction="horizontal")], "upside down": [Step.of("flip2d", direction="vertical")],
        "pool": [Step.of("pool2d", kernel_size=(1, 2))], "crop": [Step.of("crop2d", top=5, left=2, height=90, width=10)],
        "crop of a flip": [Step.of("crop2d", left=2), Step("flip2d")],
        "interpolate": [Step.of("interpolate2d", scale=(1, 2))], "mask after crop": [Step.of("crop2d", top=9), Step.of("mask", low=700.0)],
        "noise": [Step.of("noise", amount=0.01)], "edges": [Step("edge_magnitude")], "maximum": [Step.of("pool2d", stride=1, padding="same", kernel_size=3)],
    }  # fmt: skip
    bands = {"mel", "mel band", "octaves", "few octaves", "decibels", "power", "root"}
    for name, between in steps.items():
        cases[f"on a spectrogram: {name}"] = "tones", (there, *between)
        if name not in bands:
            cases[f"and back: {name}"] = "tones", (there, *between, Step("istft"))
    uncentred = Step.of("stft", n_fft=256, center=False, hop_length=50)
    cases["mask without center"] = "tones", (uncentred, Step.of("mask", end=0.1), Step("istft"))
    return cases


def pictures_that_sound() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    common = {"seconds": 0.5, "sample_rate": 8000, "high": 3000.0}
    for axis, more in [
        ("linear", {}),
        ("log", {}),
        ("linear", {"n_fft": 300, "hop_length": 64}),
        ("log", {"n_fft": 4000, "range_db": 20.0}),
    ]:
        own = Step.of("picture_spectrum", axis=axis, **common, **more)
        for medium in ("colour", "grey", "line"):
            cases[f"picture {medium} {axis} {more}"] = medium, (own,)
    cases["picture to sound"] = (
        "colour",
        (Step.of("picture_spectrum", **common, n_fft=512), Step.of("griffin_lim", iterations=2)),
    )
    return cases


def searches() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for start, momentum, negative in itertools.product(
        ["random", "zero", "original"], [0.0, 0.99], ["silence", "flip"]
    ):
        own = Step.of("griffin_lim", iterations=4, start=start, momentum=momentum, negative=negative, seed=3)
        cases[f"griffin_lim {start} {momentum} {negative}"] = (
            "tones",
            (Step.of("stft", n_fft=256), Step("sobel_x"), own),
        )
    for more in ({"center": False, "hop_length": 50}, {"win_length": 100, "hop_length": 20}, {"padding_mode": "symmetric"},
                 {"n_fft": 255, "hop_length": 80}, {"window": "rectangular", "center": False, "hop_length": 100}):  # fmt: skip
        there = Step.of("stft", **{"n_fft": 256} | more)
        cases[f"griffin_lim {more}"] = (
            "tones",
            (there, Step.of("griffin_lim", iterations=3, start="original")),
        )
        cases[f"griffin_lim strided {more}"] = (
            "tones",
            (there, Step.of("gaussian", stride=(1, 2)), Step.of("griffin_lim", iterations=3)),
        )
    return cases


CASES = {
    **convolutions(),
    **kernels(),
    **points(),
    **windows(),
    **spectrograms(),
    **pictures_that_sound(),
    **searches(),
}

RUNNER = """
import contextlib, io, json, runpy, sys, traceback, warnings
warnings.simplefilter("error")
import torch
torch.set_num_threads(1)
warnings.simplefilter("default")
found = {}
for key, arguments in json.load(open(sys.argv[1])).items():
    sys.argv, said = arguments, io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            runpy.run_path(arguments[0], run_name="__main__")
        except BaseException:
            said.write(traceback.format_exc(limit=-2))
    found[key] = said.getvalue()
json.dump(found, open("found.json", "w"))
"""


@functools.cache
def programs() -> dict[str, str]:
    """Every case as a program, by its name and flavour."""
    before, found = torch.get_num_threads(), {}
    torch.set_num_threads(1)  # small tensors: threads would wait for each other longer than they compute
    for name, (medium, steps) in CASES.items():
        result = run(Recipe(steps), MEDIA[medium], kernels=LOADED)
        for flavour in FLAVOURS:
            found[f"{name}, {flavour}"] = export(result, MEDIA[medium], kernels=LOADED, flavour=flavour)
    torch.set_num_threads(before)
    return found


def files_of(steps: tuple[Step, ...]) -> list[str]:
    refs = [step.get("kernel") for step in steps]
    digests = [ref.digest for ref in refs if ref is not None and ref.digest is not None]
    return ["--kernel", *(FILES[digest] for digest in digests)] if digests else []


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, str]:
    """What every program says when it is run."""
    folder = tmp_path_factory.mktemp("programs")
    for name, medium in MEDIA.items():
        np.save(folder / f"{name}.npy", medium.values.numpy())
    for digest, kernel in LOADED.items():
        np.save(folder / FILES[digest], kernel.numpy().astype(np.float32))
    commands = {}
    for number, (name, text) in enumerate(programs().items()):
        medium, steps = CASES[name.rpartition(", ")[0]]
        file = folder / f"program_{number}.py"
        file.write_text(text, encoding="utf-8")
        commands[name] = [file.name, f"{medium}.npy", *files_of(steps)]
    (folder / "commands.json").write_text(json.dumps(commands))
    (folder / "run.py").write_text(RUNNER)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([sys.executable, "run.py", "commands.json"], cwd=folder, check=True, env=environment)
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", CASES)
def test_a_program_computes_what_the_playground_computes(name, flavour, outcomes):
    said = outcomes[f"{name}, {flavour}"]
    assert said.startswith("Agrees with the playground"), said
    assert said.count("\n") == 1


def test_every_operation_and_kernel_is_exported_and_run():
    ran = {step.name for _, steps in CASES.values() for step in steps}
    assert ran >= {*OPS, *KERNELS} == {*EMITTERS}
