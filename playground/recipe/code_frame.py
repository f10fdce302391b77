"""What stands around the steps?  Reading the input, writing the output, checking the numbers, the command line."""

from __future__ import annotations

from dataclasses import dataclass

from playground.recipe.code_draft import Flavour, exactly, number, numbers, wrapped
from playground.recipe.code_tolerance import TOLERANCE


@dataclass(frozen=True)
class Expected:
    """What a program must compute: shape and type, smallest, largest, mean, and ``values`` at ``indices``.

    ``indices`` count from 0 in the order in memory; ``scale`` bounds the values.
    """

    shape: tuple[int, ...]
    dtype: str
    minimum: float
    maximum: float
    mean: float
    indices: tuple[int, ...]
    values: tuple[float, ...]
    scale: float


READ_PICTURE = '''
def read(path):
    """Values (C, H, W) of a picture, from 0 to 1 and upright; those of an array as they are."""
    if path.suffix == ".npy":
        values = np.load(path).astype(np.float32)
        return values.reshape(-1, *values.shape[-2:])
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode == "F":
        values = np.array(picture)
    elif picture.mode.startswith("I"):  # grey of 16 bits
        values = np.array(picture, np.float32) / np.float32(65535)
    else:
        plain = "L" if picture.mode in ("1", "L", "LA") else "RGB"
        values = np.array(picture.convert(plain), np.float32) / np.float32(255)
{white}    return values[None] if values.ndim == 2 else np.ascontiguousarray(values.transpose(2, 0, 1))
'''

ON_WHITE = """    if picture.has_transparency_data:  # its size changes: what is transparent becomes white
        alpha = np.array(picture.convert("RGBA").getchannel("A"), np.float32) / np.float32(255)
        alpha = alpha if values.ndim == 2 else alpha[:, :, None]
        values = values * alpha + (1 - alpha)
"""

READ_SOUND = '''
RATE = {rate}  # samples a second


def read(path):
    """Samples (C, T) of a sound, from -1 to 1; those of an array as they are."""
    if path.suffix == ".npy":
        values = np.load(path).astype(np.float32)
        return values.reshape(-1, values.shape[-1])
    values, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE, f"this sound has {{rate}} samples a second; this program is for {{RATE}}"
    return np.ascontiguousarray(values.T)
'''

WRITE_PICTURE = '''
def write(y, path):
    """As NPY the values themselves; as a picture {how}."""
    if path.suffix == ".npy":
        np.save(path, y)
        return
{levels}
    levels = np.uint8(np.rint(255 * y))
    Image.fromarray({pixels}).save(path)
'''

CUT = "those from 0 to 1, and the others cut off", "    y = np.clip(y, 0, 1)"
STRETCHED = (
    "the smallest black and the largest white",
    "    y = (y - y.min()) / max(y.max() - y.min(), 1e-30)",
)
LOUDNESS = (
    "80 dB from black to white, low notes below",
    "    y = 20 * np.log10(np.maximum(np.abs(y), 1e-9))\n    y = np.clip((y - y.max()) / 80 + 1, 0, 1)[:, ::-1]",
)
LEVELS = (
    "80 dB from black to white, low notes below",
    "    y = np.clip((y - y.max()) / 80 + 1, 0, 1)[:, ::-1]",
)

WRITE_SOUND = '''
def write(y, path):
    """As NPY the samples themselves; as WAV too, clipped nowhere."""
    if path.suffix == ".npy":
        np.save(path, y)
    else:
        soundfile.write(path, y.T, {rate}, subtype="FLOAT" if path.suffix == ".wav" else None)
'''

CHECK = '''
def check(y):
    """Stop unless y is what the playground computed, to a small part of the scale of its values."""
    assert y.shape == {shape} and y.dtype == {library}.{dtype}, (y.shape, y.dtype)
    values = {flat}
    found = [values.min(), values.max(), values.mean(), *values[PLACES]]
    pairs = zip(found, [*RANGE_AND_MEAN, *VALUES], strict=True)
    difference = max(abs(float(ours) - theirs) for ours, theirs in pairs)
    assert difference <= TOLERANCE * SCALE, {message}
    print(f"Agrees with the playground: {{difference:.1e}} at most, at a scale of {{SCALE:.3g}}.")
'''

OFF = 'f"{difference:.1e} off the playground\'s result"'
OFF_PICTURE = """(
        f"{difference:.1e} off the playground's result; give a picture with a colour profile,"
        " or with 16 bits of each colour, as NPY"
    )"""
REDUCED = {
    "image": " (one that was too large is reduced: give it as NPY)",
    "audio": " (one that was too long is cut: give it as NPY)",
}

MAIN = """
SHAPE = {shape}  # of the input


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path, nargs="?")
{option}    given = parser.parse_args()
    x = read(given.input)
    if x.shape != SHAPE:
        parser.error(
            f"the input has the shape {{x.shape}}; this program is for {{SHAPE}}"
            "{reduced}"
        )
{kernels}    y = compute({arguments})
    check(y)
    if given.output:
        write({output}, given.output)


if __name__ == "__main__":
    main()
"""

KERNEL_OPTION = '    parser.add_argument("--kernel", type=Path, nargs={count}, required=True)\n'


def reading(kind: str, *, rate: int | None, on_white: bool) -> str:
    """The function that reads the input.

    >>> reading("audio", rate=8000, on_white=False).splitlines()[4]
    'def read(path):'
    """
    if kind == "audio":
        return READ_SOUND.format(rate=number(rate))
    return READ_PICTURE.format(white=ON_WHITE if on_white else "")


def writing(kind: str, expected: Expected, *, rate: int | None, unit: str) -> str:
    """The function that writes the output, of ``kind``; magnitudes and levels in dB become a picture.

    >>> expected = Expected((1, 9), "float32", 0.0, 1.0, 0.5, (), (), 1.0)
    >>> writing("audio", expected, rate=8000, unit="").splitlines()[1]
    'def write(y, path):'
    """
    if kind == "audio":
        return WRITE_SOUND.format(rate=number(rate))
    inside = -1e-5 * expected.scale <= expected.minimum and expected.maximum <= 1 + 1e-5 * expected.scale
    how, levels = CUT if inside else STRETCHED
    if kind == "spectrogram":
        how, levels = LEVELS if unit == "decibels" else LOUDNESS
    colour = expected.shape[0] in (3, 4) and kind == "image"
    return WRITE_PICTURE.format(
        how=how, levels=levels, pixels="levels.transpose(1, 2, 0)" if colour else "levels[0]"
    )


def checking(
    expected: Expected,
    flavour: Flavour,
    *,
    kind: str = "image",
    tolerance: float = TOLERANCE,
    reason: str = "",
) -> tuple[str, str]:
    """The numbers to compare with, and the function that compares.

    ``kind`` is that of the input, ``reason`` says why a ``tolerance`` is wide.

    >>> facts = Expected((1, 2), "float32", 0.0, 1.0, 0.5, (0, 1), (0.0, 1.0), 1.0)
    >>> checking(facts, "numpy")[0].splitlines()[-1]
    'TOLERANCE = 2e-05'
    """
    constants = [
        "# What the playground computed: smallest, largest and mean value, and some in between.",
        f"RANGE_AND_MEAN = [{', '.join(exactly(v) for v in (expected.minimum, expected.maximum, expected.mean))}]",
        "PLACES = [", *wrapped([number(i) for i in expected.indices], indent=4), "]",
        "VALUES = [", *wrapped([number(v) for v in expected.values], indent=4), "]",
        f"SCALE = {exactly(expected.scale)}",
        *([f"# {reason}"] if reason else []),
        f"TOLERANCE = {tolerance:.1g}",
    ]  # fmt: skip
    function = CHECK.format(
        shape=numbers(expected.shape), dtype=expected.dtype,
        message=OFF_PICTURE if kind == "image" else OFF,
        library="torch" if flavour == "torch" else "np",
        flat="y.double().flatten()" if flavour == "torch" else "y.astype(float).ravel()",
    )  # fmt: skip
    return "\n".join(constants), function


def main(flavour: Flavour, shape: tuple[int, ...], *, kind: str = "image", kernel_files: int = 0) -> str:
    """The command line: read, compute, check, write.

    >>> main("numpy", (1, 9), kind="audio").splitlines()[-1]
    '    main()'
    """
    x, output, load = "x", "y", "np.float32(np.load(path))"
    if flavour == "torch":
        x, output, load = "torch.from_numpy(x)", "y.numpy()", f"torch.from_numpy({load})"
    return MAIN.format(
        shape=numbers(shape), output=output, reduced=REDUCED[kind], arguments=f"{x}, kernels" if kernel_files else x,
        option=KERNEL_OPTION.format(count=kernel_files) if kernel_files else "",
        kernels=f"    kernels = [{load} for path in given.kernel]\n" if kernel_files else "",
    )  # fmt: skip
