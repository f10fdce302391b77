"""How do a file's numbers become sRGB numbers?  By the ICC profile it brings, through Little CMS.

A profile that changes no colour by more than one level of 255 is sRGB under some name: the file's numbers
are then taken as they are.  Others are applied with relative colorimetric intent and black point
compensation, in 8 bits.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms

from ..errors import N_, Notice, notice

MOST_PROFILE_BYTES = 8 * 2**20  # a printing profile has 0.5 to 3 MB
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
_GRID = 9  # probes per axis


class Conversion:
    """From the colours of one profile to sRGB, for one of the modes L, RGB, CMYK, LAB."""

    def __init__(self, profile: ImageCms.ImageCmsProfile, mode: str, name: str) -> None:
        self.mode = mode
        self.name = name
        # of grey only 256 levels are asked for: compute them, where Little CMS would interpolate coarsely
        exactly = ImageCms.Flags.NOOPTIMIZE if mode == "L" else ImageCms.Flags.NONE
        self._transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION | exactly,
        )

    @property
    def notice(self) -> Notice:
        return notice(N_("colours converted from {profile} to sRGB"), profile=self.name)

    def changes_colours(self) -> bool:
        """Whether any probed colour moves by more than one level."""
        if self.mode == "L":
            return bool(np.abs(self.grey_curve() - np.arange(256)).max() > 1)
        if self.mode != "RGB":
            return True
        levels = np.linspace(0, 255, _GRID).round().astype(np.uint8)
        probes = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(_GRID, -1, 3)
        seen = np.asarray(ImageCms.applyTransform(Pillow.fromarray(probes), self._transform))
        return bool(np.abs(seen.astype(int) - probes).max() > 1)

    def grey_curve(self) -> np.ndarray:
        """The sRGB level, 0 to 255, of each of the 256 grey levels."""
        ramp = Pillow.fromarray(np.arange(256, dtype=np.uint8)[None])
        return np.asarray(ImageCms.applyTransform(ramp, self._transform))[0, :, 1].astype(float)

    def apply(self, picture: Pillow.Image) -> Pillow.Image:
        """``picture`` in sRGB: grey stays grey, transparency stays as it is."""
        bands = picture.getbands()
        if "A" in bands and self.mode != "LAB":
            converted = self.apply(picture.convert(self.mode))
            converted.putalpha(picture.getchannel("A"))
            return converted
        if self.mode == "L":
            return picture.point([int(level) for level in self.grey_curve()])
        return ImageCms.applyTransform(picture, self._transform)


def conversion(profile: bytes | None, mode: str) -> tuple[Conversion | None, Notice | None]:
    """What to do with the colours of a picture of ``mode``, and what to say about it.

    >>> conversion(None, "RGB")                        # no profile: the numbers are sRGB
    (None, None)
    >>> print(conversion(b"scrap", "RGB")[1])
    the colour profile in this file cannot be used; its numbers are taken as sRGB
    """
    if mode == "LAB":
        made = Conversion(ImageCms.createProfile("LAB"), "LAB", "CIE L*a*b*")
        return made, made.notice
    if not profile:
        return None, None
    try:
        if len(profile) > MOST_PROFILE_BYTES:
            raise ValueError("too long")
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space.strip() != _SPACES[mode]:
            raise ValueError("a profile for another kind of picture")
        made = Conversion(opened, mode, _name_of(opened))
        return (made, made.notice) if made.changes_colours() else (None, None)
    except Exception:  # Little CMS and Pillow raise many kinds for a broken profile
        return None, notice(
            N_("the colour profile in this file cannot be used; its numbers are taken as sRGB")
        )


def _name_of(profile: ImageCms.ImageCmsProfile) -> str:
    """The profile's own name, as one short printable line."""
    try:
        text = ImageCms.getProfileDescription(profile)
    except ImageCms.PyCMSError:
        text = ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:60] or "ICC"
