"""What is downloaded from the page agrees with itself: the program, run on the same picture, makes the same PNG."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys

import numpy as np
from PIL import Image as Pillow

from .conftest import ROOT
from .test_picture_page import download


def test_the_downloaded_program_makes_the_downloaded_pictures_from_the_file(server, visit, tmp_path):
    page = visit(f"{server}/image?recipe=gaussian.sigma_2~sharpen.stride_2&signed=clamp")
    program = tmp_path / "program.py"
    program.write_bytes(download(page, "Program: the same with PyTorch alone"))
    shown = np.asarray(Pillow.open(io.BytesIO(download(page, "PNG: the pixels as shown, 150 × 226"))))
    shutil.copy(ROOT / "assets" / "pictures" / "cat.png", tmp_path / "cat.png")
    command = [sys.executable, program, "cat.png", "output.npy"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Agrees with the playground: ")
    values = np.load(tmp_path / "output.npy")
    expected = np.round(np.clip(np.moveaxis(values, 0, -1), 0, 1) * 255)
    assert shown.shape == expected.shape == (150, 226, 3)
    assert np.abs(shown - expected).max() <= 1 and (shown != expected).mean() < 1e-3
    jpeg = np.asarray(Pillow.open(io.BytesIO(download(page, "JPEG: smaller, nearly as shown"))))
    assert jpeg.shape == shown.shape and np.abs(jpeg.astype(int) - shown).mean() < 3
