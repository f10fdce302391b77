"""What leaves a page with its result: a code, a slide, files that others read, programs that find the same numbers."""

from __future__ import annotations

import io
import json
import re
from fractions import Fraction
from urllib.parse import parse_qsl, urlsplit

import cv2
import numpy as np
import pytest
import soundfile
import tifffile
import torch
from media.making import encode, levels
from media.sounding import encode as encode_sound
from media.sounding import tone
from PIL import Image as Pillow

from playground import engine
from playground.media import samples
from playground.media.audio_file import load_audio
from playground.media.image_file import load_image
from playground.media.qr import MOST_BYTES
from playground.ops import KernelRef
from playground.recipe.json_file import from_json
from playground.recipe.model import Recipe, Step
from playground.recipe.text import from_text, to_text
from playground.ui import share
from playground.view import colours, pixels

from . import hearing, seeing
from .taking import Offer, catch, run_programs
from .visiting import calm, go, notes, sentence, visit

PAGES = {"image": "pages/image.py", "audio": "pages/audio.py", "spectrogram": "pages/spectrogram.py"}
SOUND_FILES = [".wav", ".float.wav", ".flac"]
PICTURE_FILES = [".png", ".jpg", ".webp", ".tif"]
ALWAYS = [".npy", "-torch.py", "-numpy.py", "-input.npy", ".json"]
CASES = {
    "image": ({}, "image", "grey~sobel-x", "Cat-sobel_x"),
    "picture with steps in front": ({"source": "cup", "recipe": "gaussian.sigma_2~sharpen.stride_2"}, "image", "", "Cup-sharpen"),
    "audio": ({}, "audio", "echo", "Drums-echo"),
    "sound at another rate": ({"source": "impulse", "recipe": "gain.factor_0.5~moving-average.stride_1-2"}, "audio", "", "-moving_average"),
    "spectrogram": ({}, "spectrogram", "stft~box.size_1_9~istft", "-spectrogram-box"),
    "spectrogram of a picture": (
        {"source": "picture-counting", "recipe": "picture-spectrum.seconds_0.5~box.size_5~griffin-lim.iterations_2"},
        "spectrogram", "", "-spectrogram-box",
    ),
}  # fmt: skip
any_page = pytest.mark.parametrize("params, kind, recipe, stem", CASES.values(), ids=CASES)
CORNER = (slice(350, None), slice(940, None))
"""Where a slide has its code."""


@pytest.fixture
def offers(monkeypatch) -> dict[str, Offer]:
    """What the page offers to save, by the end of the button's key."""
    return catch(monkeypatch)


@pytest.fixture
def codes(monkeypatch) -> list[np.ndarray]:
    """The QR codes that the page shows."""
    found, show = [], share.st.image

    def image(data, *given, alt="", **options):
        if "QR" in alt:
            found.append(read(data))
        return show(data, *given, alt=alt, **options)

    monkeypatch.setattr(share.st, "image", image)
    return found


def read(data: bytes) -> np.ndarray:
    """A picture's pixels, by Pillow."""
    return np.asarray(Pillow.open(io.BytesIO(data)))


def decoded(code: np.ndarray) -> str:
    """What a QR code says, by OpenCV."""
    return cv2.QRCodeDetector().detectAndDecode(np.ascontiguousarray(code))[0]


def array(offer: Offer) -> np.ndarray:
    return np.load(io.BytesIO(offer.content()), allow_pickle=False)


def link(at) -> str:
    return next(each.value for each in at.code if each.value.startswith("https://"))


def medium_of(at, kind: str):
    if kind == "image":
        return samples.picture(at.query_params.get("source", "cat"))
    return hearing.medium_of(at) if kind == "audio" else seeing.medium_of(at)


# --- the set of files, their names and what is in them -------------------------------------------


@any_page
def test_every_file_says_what_the_page_shows(params, kind, recipe, stem, offers):
    at = calm(visit(PAGES[kind], **params))
    medium = medium_of(at, kind)
    recipe = from_text(at.query_params.get("recipe", recipe), medium.kind)
    result = engine.run(recipe, medium)
    endings = [*(PICTURE_FILES if kind == "image" else SOUND_FILES), *ALWAYS]
    names = [offer.file_name for offer in offers.values()]
    common = names[0].removesuffix("-slide.png")
    assert common.endswith(stem) and names == [common + ending for ending in ["-slide.png", *endings]]
    assert len({offer.label for offer in offers.values()}) == len(offers)
    assert np.array_equal(array(offers["npy"]), result.output.numpy())
    assert np.array_equal(array(offers["input"]), medium.values.numpy())
    text = offers["json"].content()
    assert json.loads(text)["medium"] == medium.kind and from_json(text) == (recipe, medium.kind)
    slide = read(offers["slide"].content())
    assert slide.shape == (630, 1200, 3) and decoded(slide[CORNER]) == link(at)
    assert dict(parse_qsl(urlsplit(link(at)).query)) == at.query_params
    if kind == "image":
        return
    rate = round(result.rate)
    for key, atol in (("pcm_16", 1.6e-5), ("float", 0), ("flac", 1e-6)):
        values, found = soundfile.read(io.BytesIO(offers[key].content()), dtype="float64", always_2d=True)
        assert found == rate
        np.testing.assert_allclose(values.T, np.clip(result.output.numpy(), *((-9, 9) if key == "float" else (-1, 1))), atol=atol)


PICTURES = (
    {"recipe": "gaussian.stride_2"},
    {"recipe": "grey~sobel-x"},
    {"recipe": "sharpen", "signed": "stretch"},
    {"recipe": "colour-matrix.kernel_2x3_0_0_1_0.5_0_0.5~identity"},
)


@pytest.mark.parametrize("params", PICTURES, ids=lambda params: params["recipe"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_read_by_others_as_it_is_shown_or_as_its_values(params, theme, offers):
    at = calm(visit(context={"theme": theme}, source="astronaut", **params))
    result = engine.run(from_text(params["recipe"], "image"), samples.picture("astronaut"))
    shown = read(offers["png"].content())
    signed = "sobel" in params["recipe"]
    mode = pixels.choose_mode(params.get("signed", "automatic"), channels=result.output.shape[0], signed=signed)
    assert np.array_equal(shown, pixels.show(result.output, mode=mode, scale=result.scale, theme=theme).pixels)
    colour = shown if shown.ndim == 3 else shown[..., None].repeat(3, axis=-1)
    assert np.array_equal(read(offers["webp"].content()), colour)
    jpeg = read(offers["jpeg"].content())
    assert jpeg.shape == shown.shape and np.abs(jpeg.astype(int) - shown).mean() < 2
    values = tifffile.imread(io.BytesIO(offers["tiff"].content()))
    assert values.dtype == np.float32
    assert np.array_equal(np.atleast_3d(values), np.moveaxis(result.output.numpy(), 0, -1))
    assert [Pillow.open(io.BytesIO(offers[key].content())).format for key in ("png", "jpeg", "webp")] == ["PNG", "JPEG", "WEBP"]
    assert not at.warning


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_transparent_stays_so_or_lies_on_the_paper_of_the_page(theme, offers):
    medium = load_image(encode(levels(20, 30, 4), "PNG"), "clear.png")
    at = visit(context={"theme": theme}, recipe="gaussian")
    at.file_uploader(key="image_upload").upload("clear.png", encode(levels(20, 30, 4), "PNG")).run()
    alpha = np.round(medium.alpha.numpy() * 255).astype(np.uint8)
    png, webp, jpeg = (read(offers[key].content()) for key in ("png", "webp", "jpeg"))
    assert np.array_equal(png[..., 3], alpha) and np.array_equal(webp, png)
    share_, paper = alpha[..., None] / 255, np.array(colours.rgb(colours.PAPER[theme]))
    expected = png[..., :3] * share_ + paper * (1 - share_)
    assert jpeg.shape == (20, 30, 3) and np.abs(jpeg - expected).mean() < 5
    assert tifffile.imread(io.BytesIO(offers["tiff"].content())).shape == (20, 30, 3)


def test_a_format_without_room_for_the_picture_is_not_offered(offers):
    at = visit(recipe="identity")
    for width, missing in ((16_384, {"webp"}), (65_501, {"webp", "jpeg"})):
        offers.clear()
        at.file_uploader(key="image_upload").upload(f"{width}.png", encode(levels(1, width), "PNG")).run()
        calm(at)
        assert set(offers) == {"slide", "png", "jpeg", "webp", "tiff", "npy", "torch", "numpy", "input", "json"} - missing
        for offer in offers.values():
            assert len(offer.content()) > 100


# --- the link as a code --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PAGES)
def test_the_code_says_the_link_and_follows_it(kind, codes):
    at = calm(visit(PAGES[kind]))
    assert codes == []
    at.toggle(key=f"{kind}_qr").set_value(True)
    calm(at.run())
    assert decoded(codes[-1]) == link(at)
    middle = {"image": "box", "audio": "difference", "spectrogram": "stft~box~istft"}[kind]
    go(at, PAGES[kind], recipe=middle)
    at.toggle(key=f"{kind}_qr").set_value(True)
    calm(at.run())
    assert decoded(codes[-1]) == link(at) and link(at).endswith(f"?recipe={middle}")


def long_link(length: int) -> str:
    """A recipe whose link is about this long."""
    numbers = torch.rand(length // 11, generator=torch.Generator().manual_seed(0)).tolist()
    return to_text(Recipe((Step.of("conv2d", kernel=KernelRef(numbers=tuple(round(x, 8) for x in numbers)), padding="same"),)))


def test_a_link_too_long_for_the_slide_may_have_a_code_of_its_own(offers, codes):
    at = calm(visit(source="counting", recipe=long_link(850)))
    assert 700 < len(link(at)) < MOST_BYTES
    assert "This link is too long for the code on the slide." in notes(at)
    slide = read(offers["slide"].content())
    assert slide.shape == (630, 1200, 3) and decoded(slide) == ""
    at.toggle(key="image_qr").set_value(True)
    calm(at.run())
    assert decoded(codes[-1]) == link(at)


def test_a_link_too_long_for_any_code_is_said_in_a_sentence_and_the_rest_stays(offers, codes):
    at = calm(visit(source="counting", recipe=long_link(2750)))
    assert len(link(at)) > MOST_BYTES and len(offers) == 10
    at.toggle(key="image_qr").set_value(True)
    at.run()
    text = f"A QR code holds 1 to {MOST_BYTES} bytes; this link has {len(link(at))}, so copy it or save the recipe as a file"
    assert sentence(at) == text
    assert codes == [] and len(offers) == 10
    assert to_text(from_json(offers["json"].content())[0]) == at.query_params["recipe"]


def test_a_short_link_has_no_such_remark(at):
    assert not [note for note in notes(at) if "too long" in note]


BROKEN = {
    "image": "sobel-x.normalise_yes",
    "audio": "difference.normalise_yes",
    "spectrogram": "stft~sobel-x.normalise_yes~istft",
}


@pytest.mark.parametrize("kind", PAGES)
def test_without_a_result_there_is_the_link_and_its_code_and_nothing_to_save(kind, codes, offers):
    at = visit(PAGES[kind], recipe=BROKEN[kind])
    sentence(at)
    assert offers == {} and link(at).endswith(BROKEN[kind])
    at.toggle(key=f"{kind}_qr").set_value(True)
    sentence(at.run())
    assert decoded(codes[-1]) == link(at)


# --- programs ------------------------------------------------------------------------------------

TO_RUN = {
    "image": "gaussian~grey~sobel-x.stride_2",
    "audio": "echo~moving-average.stride_1-2",
    "spectrogram": f"{seeing.SHORT}~box.size_1_9~istft",
}
MINE = encode_sound(tone(4000), "WAV", "PCM_16")
PAINTED = encode(levels(40, 60, 3), "PNG")


def owner(kind: str, recipe: str, data: bytes, name: str):
    """A visitor who looks at a file of their own through a recipe."""
    at = visit(PAGES[kind], recipe=recipe)
    at.file_uploader(key=f"{kind}_upload").set_value((name, data, "application/octet-stream"))
    return calm(at.run())


@pytest.mark.parametrize("kind", TO_RUN)
def test_the_programs_find_the_same_numbers_from_the_saved_input_and_from_the_file(kind, offers, tmp_path):
    data, name = (PAINTED, "my file.png") if kind == "image" else (MINE, "my file.wav")
    owner(kind, TO_RUN[kind], data, name)
    (tmp_path / name).write_bytes(data)
    programs = {flavour: offers[flavour].saved(tmp_path) for flavour in ("torch", "numpy")}
    assert "playground" not in {name for program in programs.values() for name in imported(program.read_text())}
    given = offers["input"].saved(tmp_path)
    said = run_programs(
        *([program, given, f"{flavour}.npy"] for flavour, program in programs.items()),
        *([program, name] for program in programs.values()),
        folder=tmp_path,
    )
    assert said[:2] == said[2:]
    expected = array(offers["npy"])
    for flavour in programs:
        found = np.load(tmp_path / f"{flavour}.npy")
        assert found.shape == expected.shape and found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, atol=2e-5 * max(1, np.abs(expected).max()))


def imported(source: str) -> set[str]:
    """The packages that a program imports."""
    return set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE))


def test_the_saved_input_of_a_transparent_picture_is_what_the_first_step_was_given(offers, tmp_path):
    commands = []
    for number, recipe in enumerate(("gaussian", "gaussian.stride_2", "crop2d.height_10~identity")):
        owner("image", recipe, encode(levels(20, 30, 4), "PNG"), f"clear {number}.png")
        commands.append([offers["numpy"].saved(tmp_path), offers["input"].saved(tmp_path)])
    run_programs(*commands, folder=tmp_path)


def room(length: int, *, seed: int = 0) -> bytes:
    values = 0.2 * np.random.default_rng(seed).normal(size=(1, length)).astype(np.float32)
    return encode_sound(values, "WAV", "FLOAT")


def respond(at, data: bytes):
    at.file_uploader(key="audio_response_file").set_value(("room.wav", data, "application/octet-stream"))
    return at.run()


def test_loaded_kernels_go_with_the_program_in_its_order(offers, tmp_path):
    at = owner("audio", "difference", MINE, "mine.wav")
    assert "kernel" not in offers
    hearing.turn(at, "family", "own")
    hearing.turn(at, "member_own", "response")
    calm(respond(at, room(300)))
    assert offers["kernel"].file_name == "mine-conv1d-kernel.npy" and array(offers["kernel"]).size == 300
    first = array(offers["kernel"])
    hearing.press(at, "step_add")
    offers.clear()
    hearing.turn(at, "family", "own")
    hearing.turn(at, "member_own", "response")
    offers.clear()
    calm(respond(at, room(200, seed=1)))
    medium = load_audio(MINE, "mine.wav")
    loaded = at.session_state["audio.responses"]
    recipe = from_text(hearing.recipe_text(at), "audio")
    digests = [step.get("kernel").digest for step in recipe.steps]
    assert len(set(digests)) == 2
    kernels = [offers[key] for key in ("kernel", "kernel-2")]
    assert [kernel.file_name for kernel in kernels] == ["mine-conv1d-kernel.npy", "mine-conv1d-kernel-2.npy"]
    assert [array(kernel).size for kernel in kernels] == [300, 200] and np.array_equal(array(kernels[0]), first)
    assert all(np.array_equal(array(kernel), np.float32(loaded[digest])) for kernel, digest in zip(kernels, digests, strict=True))
    result = engine.run(recipe, medium, kernels=loaded)
    assert np.array_equal(array(offers["npy"]), result.output.numpy()) and result.rate == Fraction(medium.rate)
    given = [offers["input"].saved(tmp_path), "--kernel", *(kernel.saved(tmp_path) for kernel in kernels)]
    run_programs([offers["numpy"].saved(tmp_path), *given], folder=tmp_path)


def test_what_the_page_plays_where_a_response_is_missing_can_be_run_too(offers, tmp_path):
    recipe = "conv1d.flip-kernel_yes.kernel_digest_0123456789abcdef.padding_full"
    at = calm(visit(PAGES["audio"], source="impulse", recipe=recipe))
    assert at.query_params["recipe"] == recipe and array(offers["kernel"]).tolist() == [1]
    given = [offers["input"].saved(tmp_path), "--kernel", offers["kernel"].saved(tmp_path)]
    run_programs([offers["numpy"].saved(tmp_path), *given], folder=tmp_path)


# --- one's own file ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PAGES)
def test_ones_own_file_names_what_is_saved_and_is_not_in_the_link(kind, offers):
    data = PAINTED if kind == "image" else MINE
    at = owner(kind, TO_RUN[kind], data, "C:\\Photos\\<b>Ä file</b>.final.xyz")
    first = [note for note in notes(at) if note.startswith("Your own ") and "is not in the link" in note]
    assert len(first) == 1 and "source=own&made=b-" in link(at)
    assert "Photos" not in link(at)
    for offer in offers.values():
        assert offer.file_name.startswith("b-") and not set(offer.file_name) & set('<>\\/:" ')
    assert decoded(read(offers["slide"].content())[CORNER]) == link(at)
    medium = load_image(data, "x.png") if kind == "image" else load_audio(data, "x.wav")
    assert np.array_equal(array(offers["input"]), medium.values.numpy())
    assert from_json(offers["json"].content()) == (from_text(at.query_params["recipe"], medium.kind), medium.kind)
