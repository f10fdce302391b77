"""How does a file of unknown origin become a picture?  It is judged at every step before the next one.

Bytes (how many), content (what kind, by its first bytes), header (how many pixels), and only then the
picture itself: upright (EXIF), in sRGB (ICC), one tensor of values and transparency aside.  8-bit levels
are divided by 255, 16-bit ones by 65535.  Whatever a decoder raises becomes one sentence.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as Pillow

from ..errors import N_, MediaError, Notice, notice
from . import colour, headers, tiff
from .array_file import MOST_CHANNELS, read_array, refuse_not_finite
from .content import NO_PICTURE, PICTURES, kind_of
from .limits import Limits, limits
from .reduce import assemble, reduced_size, reduction
from .types import Image, digest_of

# Importing a plugin registers its format; otherwise Pillow would import all forty at the first WebP or TIFF.
_PLUGINS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)

# Pixels are judged here, between header and decoding, by the limits of this machine; Pillow's own check has
# one number for all machines, and says it in a warning that every thread shares.
Pillow.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"PIL\.")  # "Corrupt EXIF data" and the like: remarks for no one

_ORIENTATION, _BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 274, 258, 262, 339  # tags of TIFF and EXIF
_WHITE_IS_ZERO, _RGB = 0, 2  # values of _PHOTOMETRIC
_UPRIGHT = {  # what puts a picture upright, by its orientation tag: for Pillow, and for an array (H, W, ...)
    2: (Pillow.Transpose.FLIP_LEFT_RIGHT, lambda a: a[:, ::-1]),
    3: (Pillow.Transpose.ROTATE_180, lambda a: a[::-1, ::-1]),
    4: (Pillow.Transpose.FLIP_TOP_BOTTOM, lambda a: a[::-1]),
    5: (Pillow.Transpose.TRANSPOSE, lambda a: a.swapaxes(0, 1)),
    6: (Pillow.Transpose.ROTATE_270, lambda a: a.swapaxes(0, 1)[:, ::-1]),
    7: (Pillow.Transpose.TRANSVERSE, lambda a: a[::-1, ::-1].swapaxes(0, 1)),
    8: (Pillow.Transpose.ROTATE_90, lambda a: a.swapaxes(0, 1)[::-1]),
}


@dataclass
class _Decoded:
    """A picture on its way: float32 planes ``(C, H, W)``, alpha ``(H, W)`` or None."""

    planes: np.ndarray
    alpha: np.ndarray | None = None
    size: tuple[int, int] = (0, 0)  # in the file, upright
    notices: list[Notice] = field(default_factory=list)

    @classmethod
    def of(cls, planes: np.ndarray, has_alpha: bool, size: tuple[int, int]) -> _Decoded:
        """Put aside the last plane where it is alpha."""
        return cls(planes[:-1], planes[-1], size) if has_alpha else cls(planes, None, size)


def load_image(data: bytes, name: str) -> Image:
    """The picture in ``data``, the bytes of a file; ``name`` is kept and not believed.

    >>> import numpy as np, io
    >>> file = io.BytesIO(); np.save(file, np.uint8([[0, 255]]))
    >>> load_image(file.getvalue(), "two pixels.npy").values
    tensor([[[0., 1.]]])
    """
    import torch

    bounds = limits()
    kind = _judge(data, bounds)
    with _in_words(data, kind):
        if kind == "npy":
            decoded = _load_array(*read_array(data, bounds.hard_pixels), bounds)
        elif kind == "tiff" and (shape := tiff.shape_of(data)) is not None:
            decoded = _load_array(_floats(data, shape, bounds), [], bounds)
        else:
            decoded = _load_picture(data, kind, bounds)
        alpha = decoded.alpha
        if alpha is not None and alpha.min() >= 1:
            alpha = None
        return Image(
            values=torch.from_numpy(np.require(decoded.planes, requirements=["C", "W"])),
            alpha=None if alpha is None else torch.from_numpy(np.require(alpha, requirements=["C", "W"])),
            name=name,
            digest=digest_of(data),
            original_size=decoded.size,
            notices=tuple(decoded.notices),
        )


def _judge(data: bytes, bounds: Limits) -> str:
    """The kind of picture by size and content; everything else is refused."""
    if not data:
        raise MediaError(N_("this file is empty; was it still being copied when it was sent?"))
    if len(data) > bounds.file_bytes:
        raise MediaError(
            N_("this file has {given:,} bytes; at most {limit:,} are accepted, so make the picture smaller"),
            given=len(data),
            limit=bounds.file_bytes,
        )
    kind = kind_of(data)
    if kind in NO_PICTURE:
        raise MediaError(NO_PICTURE[kind])
    return kind


def _judge_pixels(size: tuple[int, int], bounds: Limits) -> None:
    height, width = size
    if height * width > bounds.hard_pixels:
        raise MediaError(
            N_(
                "this picture has {width} x {height} = {pixels:,} pixels;"
                " at most {limit:,} are accepted, so make it smaller"
            ),
            width=width,
            height=height,
            pixels=height * width,
            limit=bounds.hard_pixels,
        )


@contextmanager
def _in_words(data: bytes, kind: str) -> Iterator[None]:
    """Whatever a decoder raises, as one sentence."""
    try:
        yield
    except MediaError:
        raise
    except MemoryError as cause:
        raise MediaError(
            N_("this picture needs more memory than is free now; make it smaller, or try again later")
        ) from cause
    except (
        Exception
    ) as cause:  # OSError, SyntaxError, ValueError, struct.error, zlib.error: Pillow raises many
        if _is_cut_off(data, kind):
            template = N_("this {format} file is cut off before its end; copy or download it again")
        else:
            template = N_(
                "this {format} file is damaged or of a rare kind;"
                " open it elsewhere, save it as PNG and send that"
            )
        raise MediaError(template, format=PICTURES[kind]) from cause


def _is_cut_off(data: bytes, kind: str) -> bool:
    """Whether the end of a file that could not be read is missing; only asked to choose the words."""
    match kind:
        case "png":
            return b"IEND" not in data
        case "jpeg":
            return b"\xff\xd9" not in data[-1024:]
        case "gif":
            return not data.rstrip(b"\0").endswith(b";")
        case "webp":
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case "bmp":
            return int.from_bytes(data[2:6], "little") > len(data)
        case "tiff":
            return headers.tiff_is_cut_off(data)
    return False


def _floats(data: bytes, shape: tuple[int, int, int], bounds: Limits) -> np.ndarray:
    """The values of a float TIFF that was written here, with any number of channels: Pillow reads one."""
    channels, height, width = shape
    if channels > MOST_CHANNELS:
        raise MediaError(N_("this TIFF file has {given} channels; a picture has 1 to {limit}"),
                         given=channels, limit=MOST_CHANNELS)  # fmt: skip
    _judge_pixels((height, width), bounds)
    count = channels * height * width
    values = np.frombuffer(data, "<f4", count, len(tiff.header(*shape))).reshape(height, width, channels)
    refuse_not_finite(values)
    return np.moveaxis(values, -1, 0).astype(np.float32)


def _load_array(planes: np.ndarray, notices: list[Notice], bounds: Limits) -> _Decoded:
    decoded = _Decoded(planes, size=planes.shape[1:], notices=notices)
    target = reduced_size(decoded.size, bounds.soft_pixels)
    if target != decoded.size:
        decoded.planes = assemble(lambda top, bottom: planes[:, top:bottom], decoded.size, target)
        decoded.notices.append(reduction(decoded.size, target))
    return decoded


def _load_picture(data: bytes, kind: str, bounds: Limits) -> _Decoded:
    _judge_header(data, kind, bounds)
    with Pillow.open(io.BytesIO(data), formats=[PICTURES[kind]]) as opened:
        _judge_pixels((opened.height, opened.width), bounds)
        notices = _frames(opened, data, kind)
        profile = opened.info.get("icc_profile")
        deep_colour = _has_deep_colour(opened, data, kind)
        if deep_colour:
            mode = "CMYK" if opened.mode == "CMYK" else "RGB"
            conversion, _ = colour.conversion(profile, mode)
            decoded = None if conversion or mode == "CMYK" else _load_deep_colour(opened, data, kind, bounds)
            if decoded:
                decoded.notices[:0] = notices
                return decoded
            notices.append(notice(N_("its 16-bit values were read as 8-bit ones")))
            opened = Pillow.open(io.BytesIO(data), formats=[PICTURES[kind]])
        if opened.mode.startswith(("I", "F")) or _is_signed(opened, kind):
            decoded = _load_numbers(opened, kind, profile, bounds)
        else:
            decoded = _load_eight_bit(opened, kind, profile, bounds)
    decoded.notices[:0] = notices
    return decoded


def _judge_header(data: bytes, kind: str, bounds: Limits) -> None:
    """What must be known before Pillow opens the file."""
    if kind == "webp" and (size := headers.webp_size(data)):
        _judge_pixels(size, bounds)
    if kind == "tiff" and headers.tiff_is_raw(data):
        raise MediaError(NO_PICTURE["raw"])
    if kind == "tiff" and headers.tiff_is_overlong(data):
        raise ValueError("a field lists more numbers than any picture needs")
    if kind == "jpeg" and headers.jpeg_exif_bytes(data) > headers.MOST_EXIF_BYTES:
        raise ValueError("more EXIF than any camera writes")


def _frames(opened: Pillow.Image, data: bytes, kind: str) -> list[Notice]:
    match kind:
        case "gif":
            frames = headers.gif_frames(data)
        case "tiff":
            frames = headers.tiff_frames(data)
        case _:  # PNG, WebP and JPEG say it in their header
            frames = getattr(opened, "n_frames", 1)
    if frames <= 1:
        return []
    if frames >= headers.MOST_FRAMES:
        return [
            notice(
                N_("this file holds {frames} pictures or more; the first is used"), frames=headers.MOST_FRAMES
            )
        ]
    return [notice(N_("this file holds {frames} pictures; the first is used"), frames=frames)]


# --- 8 bits -----------------------------------------------------------------------------------------


def _load_eight_bit(opened: Pillow.Image, kind: str, profile: bytes | None, bounds: Limits) -> _Decoded:
    size = opened.height, opened.width
    target = reduced_size(size, bounds.soft_pixels)
    if target != size and kind == "jpeg":
        opened.draft(None, target[::-1])  # decodes at 1/2, 1/4 or 1/8 of the size, at least the target's
    opened.load()
    size_now = opened.height, opened.width
    mode = _plain_mode(opened)
    bare = mode.rstrip("A") if mode in ("LA", "RGBA") else mode
    conversion, said = colour.conversion(profile, bare)
    if bare == "CMYK" and not conversion:
        said = notice(
            N_("colours converted from CMYK to RGB by the simple formula: the file brings no usable profile")
        )

    def rows(top: int, bottom: int) -> np.ndarray:
        band = opened.crop((0, top, opened.width, bottom)).convert(mode)
        if conversion:
            band = conversion.apply(band)
        levels = np.asarray(band.convert("RGB") if band.mode == "CMYK" else band)
        return _scale(levels[None] if levels.ndim == 2 else levels.transpose(2, 0, 1), 255)

    has_alpha = mode != bare
    decoded = _Decoded.of(assemble(rows, size_now, target, has_alpha=has_alpha), has_alpha, size)
    if said:
        decoded.notices.append(said)
    _turn_upright(decoded, _orientation(opened), target)
    return decoded


def _plain_mode(opened: Pillow.Image) -> str:
    """The mode, out of six, that holds everything that is in the picture."""
    if opened.mode in ("CMYK", "LAB"):
        return opened.mode
    base = "L" if opened.mode in ("1", "L", "LA", "La") else "RGB"
    return base + "A" if opened.has_transparency_data else base


def _orientation(opened: Pillow.Image) -> int:
    """How the picture still has to be turned, 1 to 8; 1 also where the EXIF data is broken."""
    try:
        turn = opened.getexif().get(_ORIENTATION, 1)
    except Exception:  # a broken EXIF block is no reason to refuse the picture
        return 1
    return turn if turn in _UPRIGHT else 1


def _scale(levels: np.ndarray, top: int) -> np.ndarray:
    """Levels from 0 to ``top`` as float32 from 0 to 1, each rounded once."""
    exact = np.float32 if top < 2**24 else np.float64
    return np.divide(levels, exact(top), dtype=exact).astype(np.float32, copy=False)


# --- numbers of more than 8 bits in one channel -----------------------------------------------------


def _is_signed(opened: Pillow.Image, kind: str) -> bool:
    return kind == "tiff" and opened.mode == "L" and opened.tag_v2.get(_SAMPLE_FORMAT, (1,))[0] == 2


def _load_numbers(opened: Pillow.Image, kind: str, profile: bytes | None, bounds: Limits) -> _Decoded:
    """Grey of 12, 16 or 32 bits, signed or not, and grey of float32."""
    tags = opened.tag_v2 if kind == "tiff" else {}
    bits, signed = tags.get(_BITS, (16,))[0], tags.get(_SAMPLE_FORMAT, (1,))[0] == 2
    white_is_zero = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    clear = opened.info.get("transparency")
    floats = opened.mode == "F"
    opened.load()
    stored = np.asarray(opened)
    if floats:
        refuse_not_finite(stored)
    elif opened.mode == "L":
        stored = stored.view(np.int8)
    elif opened.mode == "I" and not signed:
        stored = stored.view(np.uint32)
    top_level = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    has_alpha = isinstance(clear, int)

    def rows(top: int, bottom: int) -> np.ndarray:
        numbers = stored[top:bottom]
        plane = numbers if floats else _scale(numbers, top_level)
        if white_is_zero and not signed and not floats:
            plane = 1 - plane
        return np.stack([plane, numbers != clear]).astype(np.float32) if has_alpha else plane[None]

    size = stored.shape
    target = reduced_size(size, bounds.soft_pixels)
    decoded = _Decoded.of(assemble(rows, size, target, has_alpha=has_alpha), has_alpha, size)
    conversion, said = colour.conversion(None if floats else profile, "L")
    if conversion:
        levels = np.interp(decoded.planes, np.linspace(0, 1, 256), conversion.grey_curve() / 255)
        decoded.planes = levels.astype(np.float32)
    if said:
        decoded.notices.append(said)
    _turn_upright(decoded, _orientation(opened), target)
    return decoded


def _turn_upright(decoded: _Decoded, turn: int, target: tuple[int, int]) -> None:
    """Turn planes and alpha in place of the old ones, and say how much smaller they are than the file's."""
    if turn in _UPRIGHT:
        upright = _UPRIGHT[turn][1]
        decoded.planes = np.stack([upright(plane) for plane in decoded.planes])
        decoded.alpha = None if decoded.alpha is None else upright(decoded.alpha)
    if turn >= 5:
        decoded.size, target = decoded.size[::-1], target[::-1]
    if target != decoded.size:
        decoded.notices.append(reduction(decoded.size, target))


def _has_deep_colour(opened: Pillow.Image, data: bytes, kind: str) -> bool:
    """Whether the file has 16 bits in each of several channels."""
    if kind == "png":
        return data[24] == 16 and opened.mode in ("RGB", "RGBA")
    if kind == "tiff":
        return opened.mode in ("RGB", "RGBA", "CMYK") and opened.tag_v2.get(_BITS, (8,))[0] == 16
    return False


def _load_deep_colour(opened: Pillow.Image, data: bytes, kind: str, bounds: Limits) -> _Decoded | None:
    """16-bit colour, or None where it is laid out in a way that OpenCV does not read.

    OpenCV, here and nowhere else, because Pillow cuts 16-bit colour to 8 bits on decoding.  Pillow decodes
    the file all the same, first: it refuses what is cut off or damaged, where OpenCV fills up with zeros.
    """
    import cv2

    if kind == "tiff" and opened.tag_v2.get(_PHOTOMETRIC) != _RGB:
        return None
    size, turn = _verify(data, kind)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    encoded = headers.png_pixels_only(data) if kind == "png" else data
    levels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 3 or levels.shape[:2] != size:
        return None
    order = [0] if kind == "png" and data[25] == 4 else [2, 1, 0]  # blue comes first; grey comes three times
    order += [3] if levels.shape[2] == 4 else []
    target = reduced_size(size, bounds.soft_pixels)
    has_alpha = levels.shape[2] == 4

    def rows(top: int, bottom: int) -> np.ndarray:
        return _scale(levels[top:bottom].transpose(2, 0, 1)[order], 65535)

    decoded = _Decoded.of(assemble(rows, size, target, has_alpha=has_alpha), has_alpha, size)
    _turn_upright(decoded, turn, target)
    return decoded


def _verify(data: bytes, kind: str) -> tuple[tuple[int, int], int]:
    """(height, width) and orientation after decoding; raises where Pillow finds the file damaged."""
    with Pillow.open(io.BytesIO(data), formats=[PICTURES[kind]]) as opened:
        opened.load()
        # the orientation is 1 for a TIFF by now: Pillow and OpenCV both turn it upright on decoding
        return (opened.height, opened.width), _orientation(opened)
