"""Does a recipe do the same to a hundred files as to one, and is nothing lost on the way?"""

from __future__ import annotations

import io
import json
import os
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
import tifffile
import torch
from PIL import Image as Pillow

import playground
from playground import batch, engine, kernel_file
from playground.batch import Failed, Finished, Started, Working, formats
from playground.errors import MediaError, RecipeError
from playground.media.types import digest_of
from playground.recipe.json_file import to_json
from playground.recipe.text import from_text
from playground.view import pixels

RATE = 8000


def picture_file(path: Path, *, height: int = 24, width: int = 32, seed: int = 0) -> Path:
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Pillow.fromarray(levels).save(path, "PNG")
    return path


def sound_file(path: Path, *, frames: int = 4000, level: float = 0.5, channels: int = 1, rate: int = RATE) -> Path:
    values = level * np.sin(np.arange(frames)[:, None] / (9 + np.arange(channels)))
    soundfile.write(path, values, rate, format="WAV", subtype="FLOAT")
    return path


def run(recipe: str, paths, folder: Path, **options) -> list[batch.Event]:
    folder.mkdir(exist_ok=True)
    return list(batch.run_files(batch.read_recipe(recipe), [Path(path) for path in paths], folder, **options))


def outcome(events: list[batch.Event]) -> dict[str, list[str] | str]:
    """Per input: the names that were written, or the sentence."""
    found = {}
    for event in events:
        match event:
            case Finished(path, written, _):
                found[str(path)] = [file.name for file in written]
            case Failed(path, error):
                found[str(path)] = str(error)
    return found


def notices(events: list[batch.Event]) -> str:
    return "\n".join(str(said) for event in events if isinstance(event, Finished) for said in event.notices)


# --- what is written is what the engine computes --------------------------------------------------


def test_a_picture_is_written_as_the_page_would_show_it(tmp_path):
    file = picture_file(tmp_path / "x.png")
    events = run("gaussian(sigma=2)", [file], tmp_path / "out", formats=("png", "npy", "tiff", "webp", "jpeg"))
    names = outcome(events)[str(file)]
    assert names == [f"x-gaussian.{ending}" for ending in ("png", "npy", "tiff", "webp", "jpg")]
    result = engine.run(from_text("gaussian.sigma_2", "image"), playground.load(file)).output
    expected = pixels.show(result, mode="clamp", scale=1.0).pixels
    out = tmp_path / "out"
    assert (np.asarray(Pillow.open(out / "x-gaussian.png")) == expected).all()
    assert (np.asarray(Pillow.open(out / "x-gaussian.webp")) == expected).all()
    assert np.abs(np.asarray(Pillow.open(out / "x-gaussian.jpg")).astype(int) - expected).max() < 40
    assert (np.load(out / "x-gaussian.npy") == result.numpy()).all()
    assert (np.moveaxis(tifffile.imread(out / "x-gaussian.tiff"), -1, 0) == result.numpy()).all()


def test_a_sound_is_written_at_its_rate(tmp_path):
    file = sound_file(tmp_path / "x.wav", channels=2)
    events = run("gain(factor=4) | gaussian(size=3, stride=2)", [file], tmp_path / "out", formats=("wav", "float", "flac", "npy"))
    assert outcome(events)[str(file)] == ["x-gaussian.wav", "x-gaussian.float.wav", "x-gaussian.flac", "x-gaussian.npy"]
    expected = engine.run(from_text("gain.factor_4~gaussian.size_3.stride_2", "audio"), playground.load(file)).output.numpy()
    exact, rate = soundfile.read(tmp_path / "out" / "x-gaussian.float.wav", dtype="float32", always_2d=True)
    assert rate == RATE // 2 and (exact.T == expected).all()
    for name in ("x-gaussian.wav", "x-gaussian.flac"):
        clipped, _ = soundfile.read(tmp_path / "out" / name, dtype="float64", always_2d=True)
        assert np.abs(clipped.T - expected.clip(-1, 1)).max() <= 2**-15
    assert "beyond full scale, up to" in notices(events) and "the format float keeps them" in notices(events)
    assert "an array holds no sample rate; this sound's is 4000 Hz" in notices(events)


def test_a_rate_that_is_no_whole_number_is_said(tmp_path):
    events = run("gaussian.size_3.stride_3", [sound_file(tmp_path / "x.wav")], tmp_path / "out")
    assert "its exact rate is 8000/3 Hz" in notices(events)
    assert soundfile.info(tmp_path / "out" / "x-gaussian.wav").samplerate == 2667


def test_nothing_is_said_where_nothing_was_lost(tmp_path):
    files = [picture_file(tmp_path / "x.png"), sound_file(tmp_path / "y.wav")]
    assert notices(run("gaussian.size_3", files, tmp_path / "out")) == ""


def test_an_edge_picture_is_in_two_colours_and_says_so(tmp_path):
    events = run("grey~sobel-x", [picture_file(tmp_path / "x.png")], tmp_path / "out")
    assert np.asarray(Pillow.open(tmp_path / "out" / "x-sobel_x.png")).ndim == 3
    assert "in two colours: orange above 0, blue below" in notices(events)
    assert "% are beyond what is shown and were clipped" in notices(events)


def test_an_overshoot_is_no_edge(tmp_path):
    events = run("sharpen", [picture_file(tmp_path / "x.png")], tmp_path / "out")
    assert "two colours" not in notices(events) and "were clipped" in notices(events)


@pytest.mark.parametrize("mode", [mode for mode in formats.SIGNED if mode not in ("automatic", "clamp")])
def test_how_values_below_0_look_can_be_chosen_and_is_said(tmp_path, mode):
    events = run("grey~laplacian-4", [picture_file(tmp_path / "x.png")], tmp_path / "out", signed=mode)
    assert ("two colours" if mode == "two_colours" else f"shown as {mode}") in notices(events)


def test_transparency_is_kept(tmp_path):
    levels = np.random.default_rng(1).integers(0, 256, (9, 9, 4), np.uint8)
    Pillow.fromarray(levels).save(tmp_path / "x.png")
    run("identity", [tmp_path / "x.png"], tmp_path / "out")
    assert (np.asarray(Pillow.open(tmp_path / "out" / "x-identity.png")) == levels).all()


def test_a_spectrogram_is_a_picture_of_levels_with_low_tones_below(tmp_path):
    file = sound_file(tmp_path / "x.wav", frames=8000)
    events = run("stft.n-fft_256", [file], tmp_path / "out", formats=("png", "npy"))
    shown = np.asarray(Pillow.open(tmp_path / "out" / "x-stft.png"))
    magnitude = np.load(tmp_path / "out" / "x-stft.npy")[0]
    assert shown.shape == (*magnitude.shape, 3)
    loudest = np.unravel_index(magnitude.argmax(), magnitude.shape)
    brightest = cv2.applyColorMap(np.full((1, 1), 255, np.uint8), cv2.COLORMAP_VIRIDIS)[0, 0, ::-1]
    assert (shown[magnitude.shape[0] - 1 - loudest[0], loudest[1]] == brightest).all()
    assert "levels in colours" in notices(events)


@pytest.mark.parametrize("recipe", ["stft~decibels", "stft~mel.n-mels_20~decibels.floor-db_-40", "stft~gain.factor_0"])
def test_every_spectrogram_can_be_drawn(tmp_path, recipe):
    run(recipe, [sound_file(tmp_path / "x.wav")], tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_picture_becomes_a_sound(tmp_path):
    file = picture_file(tmp_path / "x.png")
    events = run("picture-spectrum.seconds_0.5~griffin-lim.iterations_3", [file], tmp_path / "out", formats=("png", "flac"))
    assert outcome(events)[str(file)] == ["x-griffin_lim.flac"]
    assert [(event.done, event.of) for event in events if isinstance(event, Working)] == [(1, 3), (2, 3), (3, 3)]


def test_no_steps_write_the_file_in_another_format(tmp_path):
    file = picture_file(tmp_path / "x.png")
    assert outcome(run("", [file], tmp_path / "out", formats=("npy",)))[str(file)] == ["x.npy"]
    assert np.load(tmp_path / "out" / "x.npy").shape == (3, 24, 32)


# --- many files ----------------------------------------------------------------------------------


def test_pictures_and_sounds_go_together_each_by_its_content(tmp_path):
    files = [sound_file(tmp_path / "photo.png"), picture_file(tmp_path / "song.wav")]
    found = outcome(run("gaussian.size_5", files, tmp_path / "out"))
    assert found == {str(files[0]): ["photo-gaussian.wav"], str(files[1]): ["song-gaussian.png"]}


def test_a_file_that_fails_does_not_stop_the_others(tmp_path):
    (tmp_path / "note.txt").write_text("Dear diary, today I convolved.")
    (tmp_path / "cut.png").write_bytes(picture_file(tmp_path / "x.png").read_bytes()[:300])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    names = ["note.txt", "cut.png", "empty.png", "folder", "missing.png", "x.png"]
    events = run("gaussian", [tmp_path / name for name in names], tmp_path / "out")
    found = {Path(path).name: said for path, said in outcome(events).items()}
    assert found["x.png"] == ["x-gaussian.png"]
    assert found["note.txt"].startswith("this is text, not a picture")
    assert "cut off" in found["cut.png"] or "damaged" in found["cut.png"]
    assert found["empty.png"] == "this file is empty; was it still being copied when it was sent?"
    assert found["folder"] == "this is a folder; name the files in it, such as folder/*.png"
    assert found["missing.png"] == "it cannot be read: no such file or directory"
    assert [(event.number, event.count) for event in events if isinstance(event, Started)] == [(n, 6) for n in range(1, 7)]


def test_a_medium_that_the_recipe_is_not_for_is_told_so(tmp_path):
    file = sound_file(tmp_path / "x.wav")
    found = outcome(run("grey~sobel-x", [file], tmp_path / "out"))
    assert found[str(file)] == "grey is not for this medium (audio); it is for: image"


def test_a_window_that_does_not_fit_fails_for_that_file_alone(tmp_path):
    small, large = picture_file(tmp_path / "s.png", height=2, width=2), picture_file(tmp_path / "l.png")
    found = outcome(run("box(size=5, padding=valid)", [small, large], tmp_path / "out"))
    assert found[str(small)].startswith("kernel spans 5 samples but the padded input has 2")
    assert found[str(large)] == ["l-box.png"]


def test_a_file_over_the_limit_is_not_even_read(tmp_path, monkeypatch):
    file = tmp_path / "x.png"
    with file.open("wb") as opened:
        opened.truncate(10**12)  # takes no room on the disk
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", "1000000")
    assert outcome(run("gaussian", [file], tmp_path / "out"))[str(file)] == (
        "this file has 1,000,000,000,000 bytes; at most 1,000,000 are accepted"
    )


def test_what_was_reduced_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "400")
    events = run("gaussian", [picture_file(tmp_path / "x.png")], tmp_path / "out")
    assert "reduced" in notices(events)


def test_too_much_work_is_refused_with_the_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUN_MULTIPLY_ADDS", "1000")
    file = picture_file(tmp_path / "x.png")
    assert "one run may have 1.0e+03" in outcome(run("gaussian", [file], tmp_path / "out"))[str(file)]


def test_no_memory_for_one_file_is_no_end_of_the_others(tmp_path, monkeypatch):
    files = [picture_file(tmp_path / f"{name}.png") for name in "ab"]
    real = engine.stages

    def stages(recipe, medium, **options):
        if medium.name == "a.png":
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory")
        return real(recipe, medium, **options)

    monkeypatch.setattr(engine, "stages", stages)
    found = outcome(run("gaussian", files, tmp_path / "out"))
    assert found[str(files[0])] == "there is not enough memory for this file; make it smaller"
    assert found[str(files[1])] == ["b-gaussian.png"]


def test_an_error_of_our_own_is_not_hidden(tmp_path, monkeypatch):
    def stages(*_given, **_options):
        raise RuntimeError("a mistake")

    monkeypatch.setattr(engine, "stages", stages)
    with pytest.raises(RuntimeError, match="a mistake"):
        run("gaussian", [picture_file(tmp_path / "a.png")], tmp_path / "out")


# --- names of results ----------------------------------------------------------------------------


def test_equal_names_from_different_folders_are_numbered(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    files = [picture_file(tmp_path / "a" / "x.png", seed=1), picture_file(tmp_path / "b" / "x.png", seed=2)]
    assert list(outcome(run("grey", files, tmp_path / "out")).values()) == [["x-grey.png"], ["x-grey-2.png"]]
    first, second = (np.asarray(Pillow.open(tmp_path / "out" / name)) for name in ("x-grey.png", "x-grey-2.png"))
    assert (first != second).any()


def test_a_number_is_that_of_the_file_whether_or_not_others_fail(tmp_path):
    file = picture_file(tmp_path / "x.png")
    found = outcome(run("grey", [tmp_path / "gone" / "x.png", file], tmp_path / "out"))
    assert found[str(file)] == ["x-grey-2.png"]


def test_what_is_there_already_is_replaced_only_by_force(tmp_path):
    file, target = picture_file(tmp_path / "x.png"), tmp_path / "out" / "x-grey.png"
    run("grey", [file], tmp_path / "out")
    target.write_bytes(b"mine")
    found = outcome(run("grey", [file], tmp_path / "out"))
    assert found[str(file)] == f"{target} is there already; --force replaces it"
    assert target.read_bytes() == b"mine"
    run("grey", [file], tmp_path / "out", force=True)
    assert target.read_bytes()[1:4] == b"PNG"


def test_a_link_that_leads_nowhere_is_there_already(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x-grey.png").symlink_to(tmp_path / "elsewhere")
    file = picture_file(tmp_path / "x.png")
    assert "is there already" in outcome(run("grey", [file], tmp_path / "out"))[str(file)]
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("link", [False, True])
def test_an_input_is_never_overwritten(tmp_path, link):
    one, other = picture_file(tmp_path / "x.png"), picture_file(tmp_path / "x-grey.png")
    if link:
        other.unlink()
        os.link(one, other)
    before = other.read_bytes()
    found = outcome(run("grey", [one, other], tmp_path, force=True))
    assert found[str(one)] == f"{other} is one of the inputs, which are never overwritten; choose another folder"
    assert other.read_bytes() == before


def test_half_a_file_is_not_left_behind(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    file, real = picture_file(tmp_path / "x.png"), Path.open

    def opened(self, mode="r", **options):
        found = real(self, mode, **options)
        return Full() if mode == "xb" else found

    monkeypatch.setattr(Path, "open", opened)
    found = outcome(run("grey", [file], tmp_path / "out"))
    assert found[str(file)].endswith("x-grey.png cannot be written: no space left on device")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_in_the_place_of_a_result_is_left_alone(tmp_path):
    (tmp_path / "out" / "x-grey.png").mkdir(parents=True)
    file = picture_file(tmp_path / "x.png")
    assert "cannot be written" in outcome(run("grey", [file], tmp_path / "out", force=True))[str(file)]
    assert (tmp_path / "out" / "x-grey.png").is_dir()


HOSTILE = ["-rf", "a\nb.png", "..", "...png", "con.png", "𝓍 é.png", "x;rm -rf ~.png", "%s{0}.png", "\x1b[2J.png", "a" * 200 + ".png"]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != ".."], ids=ascii)
def test_a_hostile_name_makes_a_harmless_one(tmp_path, name):
    file = picture_file(tmp_path / name)
    (written,) = outcome(run("grey", [file], tmp_path / "out"))[str(file)]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [written]
    assert len(written) < 80 and written.endswith("grey.png") and not written.startswith(("-", "."))
    assert written.isprintable() and not set(written) & set(" /\\;%{}[]~")


# --- arrays --------------------------------------------------------------------------------------


def test_an_array_is_what_the_recipe_is_for(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((2, 4000), np.float32))
    assert outcome(run("mono", [tmp_path / "x.npy"], tmp_path / "out"))[str(tmp_path / "x.npy")] == ["x-mono.wav"]
    assert outcome(run("grey", [tmp_path / "x.npy"], tmp_path / "out"))[str(tmp_path / "x.npy")] == ["x-grey.png"]


def test_an_array_that_could_be_both_is_a_picture_and_that_is_said(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((20, 30), np.float32))
    events = run("gaussian", [tmp_path / "x.npy"], tmp_path / "out")
    assert outcome(events)[str(tmp_path / "x.npy")] == ["x-gaussian.png"]
    assert "an array of two axes, taken as a picture; --kind audio takes it as a sound" in notices(events)
    events = run("gaussian", [tmp_path / "x.npy"], tmp_path / "out", kind="audio")
    assert outcome(events)[str(tmp_path / "x.npy")] == ["x-gaussian.wav"]
    assert "an array has no sample rate, taken as 44100 Hz; --rate says another" in notices(events)
    events = run("gaussian", [tmp_path / "x.npy"], tmp_path / "out", kind="audio", rate=RATE, force=True)
    assert notices(events) == "" and soundfile.info(tmp_path / "out" / "x-gaussian.wav").samplerate == RATE


@pytest.mark.parametrize(("shape", "kind"), [((99,), "audio"), ((3, 9, 9), "image")])
def test_the_axes_of_an_array_say_what_it_is(tmp_path, shape, kind):
    np.save(tmp_path / "x.npy", np.zeros(shape, np.float32))
    assert batch.load(tmp_path / "x.npy").kind == kind


# --- recipes -------------------------------------------------------------------------------------

SAME = ["gaussian.sigma_2~identity.stride_2", "gaussian(sigma=2) | identity(stride=2)"]


@pytest.mark.parametrize("given", SAME)
def test_a_recipe_is_text_of_either_form(given):
    found = batch.read_recipe(given)
    assert found.of("image") == from_text(SAME[0], "image") and found.of("audio") == from_text(SAME[0], "audio")


@pytest.mark.parametrize("given", [*SAME, "gaussian(sigma=2)\n  | identity(stride=2)\n", "\ufeffgaussian.sigma_2~identity.stride_2\r\n"])
def test_a_recipe_is_a_text_file(tmp_path, given):
    (tmp_path / "r.txt").write_text(given, encoding="utf-8", newline="")
    assert batch.read_recipe(str(tmp_path / "r.txt")).of("audio") == from_text(SAME[0], "audio")


def test_a_recipe_is_a_json_file_and_for_its_medium_alone(tmp_path):
    (tmp_path / "r.JSON").write_text(to_json(from_text(SAME[0], "image"), "image"), encoding="utf-8")
    found = batch.read_recipe(str(tmp_path / "r.JSON"))
    assert found.of("image") == from_text(SAME[0], "image")
    with pytest.raises(RecipeError, match="the recipe is for the medium image, as its file says; this is of the medium audio"):
        found.of("audio")


BAD = {
    "unknown": ("sobl", "step 'sobl' is not known"),
    "of no medium": ("grey~mono", "mono is not for this medium"),
    "wrong for the other medium": ("mono~gain.factor_9999", r"gain\(factor=9999.0\) is out of range"),
    "missing": ("gone.json", "the recipe gone.json cannot be read: no such file"),
    "a name with a zero": ("a\0.txt", "cannot be read"),
    "a spectrogram": ("spectrogram.json", "which no file holds"),
    "latin": ("latin.txt", "not text in UTF-8"),
    "a folder": ("folder.txt", "cannot be read"),
    "endless": ("endless.json", "characters long"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_recipe_is_refused_in_words(tmp_path, monkeypatch, given, sentence):
    monkeypatch.chdir(tmp_path)
    head = {"format": "convolution-playground-recipe", "version": 1, "medium": "spectrogram", "steps": []}
    Path("spectrogram.json").write_text(json.dumps(head))
    Path("latin.txt").write_bytes("gaussi\xe4n".encode("latin-1"))
    Path("folder.txt").mkdir()
    Path("endless.json").write_bytes(b"[" * 10**6)
    with pytest.raises(RecipeError, match=sentence) as caught:
        batch.read_recipe(given)
    assert "\n" not in str(caught.value)


# --- kernels from files --------------------------------------------------------------------------


def test_a_kernel_comes_from_an_array_by_its_digest(tmp_path):
    file = io.BytesIO()
    np.save(file, np.array([[1.0, 0.0, -1.0]]))
    digest = digest_of(file.getvalue())
    picture = picture_file(tmp_path / "x.png")
    run(f'grey | conv2d(kernel=digest("{digest}"), padding=same)', [picture], tmp_path / "a", formats=("npy",),
        kernels=[(file.getvalue(), "k.npy")])  # fmt: skip
    run("grey | conv2d(kernel=[[1, 0, -1]], padding=same)", [picture], tmp_path / "b", formats=("npy",))
    first, second = (np.load(tmp_path / name / "x-conv2d.npy") for name in "ab")
    assert (first == second).all()


@pytest.mark.parametrize("scale", kernel_file.SCALES)
@pytest.mark.parametrize("made_at", [RATE, 44_100])
def test_a_response_is_found_by_the_digest_of_the_page_whatever_the_rate(tmp_path, scale, made_at):
    data = sound_file(tmp_path / "room.wav", frames=50).read_bytes()
    digest = kernel_file.response_digest(data, rate=made_at, scale=scale)
    recipe = from_text(f"conv1d.kernel_digest_{digest}.padding_full.flip-kernel_yes", "audio")
    (taps,) = kernel_file.find(recipe, [(b"other", "o.wav"), (data, "room.wav")], rate=RATE).values()
    sound = playground.load(tmp_path / "room.wav")
    assert torch.equal(taps, kernel_file.prepare(sound.values, source_rate=RATE, rate=RATE, scale=scale)[0])


def test_a_kernel_that_is_not_given_is_asked_for(tmp_path):
    file = sound_file(tmp_path / "x.wav")
    recipe = "conv1d.kernel_digest_0123456789abcdef"
    assert "load the kernel file" in outcome(run(recipe, [file], tmp_path / "out"))[str(file)]
    data = file.read_bytes()
    found = outcome(run(recipe, [file], tmp_path / "out", kernels=[(data, "x.wav")]))[str(file)]
    assert found == f"the recipe needs the kernel 0123456789abcdef; the digest of what was given is {digest_of(data)}"


BAD_KERNELS = {
    "five axes": (np.zeros((1, 1, 1, 1, 1)), "up to 4 axes"),
    "no numbers": (np.zeros((0, 3)), "up to 4 axes"),
    "complex": (np.zeros((3, 3), complex), "real numbers"),
    "infinite": (np.array([1.0, np.inf]), "infinite"),
}


@pytest.mark.parametrize(("array", "sentence"), BAD_KERNELS.values(), ids=BAD_KERNELS)
def test_an_array_that_is_no_kernel_is_refused_in_words(array, sentence):
    file = io.BytesIO()
    np.save(file, array)
    with pytest.raises(MediaError, match=sentence):
        kernel_file.read(file.getvalue(), "k.npy")


def test_a_kernel_file_that_is_cut_off_is_refused_in_words():
    file = io.BytesIO()
    np.save(file, np.ones((9, 9)))
    with pytest.raises(MediaError, match="cut off"):
        kernel_file.read(file.getvalue()[:-8], "k.npy")


# --- formats -------------------------------------------------------------------------------------


def test_a_format_that_no_result_has_fails_before_it_is_computed(tmp_path):
    file = picture_file(tmp_path / "x.png")
    assert outcome(run("grey", [file], tmp_path / "out", formats=("flac",)))[str(file)] == (
        "a result of the kind image cannot be written as flac; choose of: png, jpeg, webp, tiff, npy"
    )


def test_a_format_that_is_not_known_is_refused():
    with pytest.raises(MediaError, match="format='gif' is not known; choose of: png, jpeg"):
        formats.checked(["png,gif"])
    with pytest.raises(MediaError, match="signed='both' is not known; choose one of: automatic"):
        formats.checked_mode("both")


def test_every_format_has_an_ending_and_a_kind():
    assert set(formats.ENDINGS) == {name for names in formats.FORMATS.values() for name in names}
    assert len(set(formats.ENDINGS.values())) == len(formats.ENDINGS)


# --- from Python ---------------------------------------------------------------------------------


def test_the_public_names_are_there():
    assert all(getattr(playground, name) is not None for name in playground.__all__)
    assert playground.run is engine.run and playground.from_text is from_text
    assert set(playground.__all__) <= set(dir(playground))
    with pytest.raises(AttributeError, match="module 'playground' has no attribute 'convolve'"):
        _ = playground.convolve


def test_a_file_is_loaded_run_and_heard(tmp_path):
    sound = playground.load(sound_file(tmp_path / "x.wav"))
    result = playground.run(playground.from_text("echo(delay=10, stride=2)", "audio"), sound)
    assert result.rate == Fraction(RATE, 2) and result.kind == "audio"
