"""What is saved is what was computed, under a name that no system trips over."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import torch

from playground.media.image_file import load_image
from playground.media.save import MOST_STEM, file_stem, npy_bytes, png_bytes

from .making import levels


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (5, 7, 3), (5, 7, 4), (1, 300, 3)], ids=str)
def test_a_png_holds_exactly_the_pixels(shape):
    pixels = levels(*shape)
    read = cv2.imdecode(np.frombuffer(png_bytes(pixels), np.uint8), cv2.IMREAD_UNCHANGED)
    order = {2: slice(None), 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.ndim if pixels.ndim == 2 else shape[2]]
    assert np.array_equal(read if pixels.ndim == 2 else read[..., order], pixels)


def test_a_view_is_saved_like_a_copy():
    pixels = levels(6, 8, 3)[::2, ::-1]
    assert png_bytes(pixels) == png_bytes(pixels.copy())


def test_a_png_of_floats_is_a_mistake():
    with pytest.raises(TypeError, match="pixels have dtype float64; a PNG is written from uint8"):
        png_bytes(np.zeros((2, 2)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_npy_comes_back_as_it_was(dtype):
    values = torch.randn(3, 5, 7, dtype=dtype, generator=torch.Generator().manual_seed(0))
    data = npy_bytes(values.requires_grad_().transpose(1, 2))
    array = np.load(io.BytesIO(data), allow_pickle=False)
    assert array.dtype == np.float32 and array.shape == (3, 7, 5)
    assert torch.equal(load_image(data, "x.npy").values, values.detach().transpose(1, 2).float())


@pytest.mark.parametrize(
    "name, stem",
    [
        ("cat.png", "cat"),
        ("Meine Katze.JPG", "Meine-Katze"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot"),
        (".htaccess", "htaccess"),
        ("卷积.png", "卷积"),
        ("e\u0301te\u0301.png", "été"),
        ('a"b;c\r\nSet-Cookie: x.png', "a-b-c-Set-Cookie-x"),
        ("con.png", "con-"),
        ("", "picture"),
        ("...", "picture"),
        ("\ud800.png", "picture"),
        ("x" * 10_000 + ".png", "x" * MOST_STEM),
        ("a.b.c.tiff", "a-b-c"),
        ("version 2.final-with-long-ending", "version-2-final-with-long-ending"),
    ],
)
def test_a_file_name_becomes_safe(name, stem):
    assert file_stem(name) == stem
