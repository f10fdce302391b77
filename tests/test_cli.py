"""Does the command line do what its help says, and say in one sentence what it cannot do?"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image as Pillow

from playground.cli import layer_table, listing, main
from playground.cli.bar import Bar
from playground.media.samples import ASSETS
from playground.media.types import digest_of
from playground.ops import KERNELS, OPS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, with a picture and a sound."""
    monkeypatch.chdir(tmp_path)
    Pillow.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)).save("x.png")
    soundfile.write("y.wav", 0.5 * np.sin(np.arange(4000) / 9), 8000)
    return tmp_path


def process(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a terminal would run it."""
    return subprocess.run(
        [sys.executable, "-m", "playground", *arguments], capture_output=True, text=True, cwd=cwd, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def said(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


# --- run -----------------------------------------------------------------------------------------


def test_a_run_says_what_it_wrote_and_nothing_else(here, capsys):
    code, out, err = said(capsys, "run", "gaussian(sigma=2)", "x.png", "y.wav", "-o", "out")
    assert (code, out.split(), err) == (0, [str(Path("out/x-gaussian.png")), str(Path("out/y-gaussian.wav"))], "")
    assert all(Path(name).exists() for name in out.split())


def test_a_run_in_a_process_of_its_own(here):
    done = process("run", "grey~sobel-x", "x.png", "y.wav", "gone.png", "-o", "a/b", cwd=here)
    assert done.returncode == 1
    assert done.stdout.split() == [str(Path("a/b/x-sobel_x.png"))]
    assert done.stderr.splitlines()[-2:] == [
        "y.wav: grey is not for this medium (audio); it is for: image",
        "gone.png: it cannot be read: no such file or directory",
    ]


def test_notices_are_told_of_each_file(here, capsys, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "400")
    code, _, err = said(capsys, "run", "grey", "x.png", "-o", "out")
    assert code == 0 and err.startswith("x.png: ") and "reduced" in err


def test_a_recipe_and_a_kernel_may_be_files(here, capsys):
    file = io.BytesIO()
    np.save(file, np.array([[1.0, 0.0, -1.0]]))
    Path("k.npy").write_bytes(file.getvalue())
    Path("r.txt").write_text(f'grey | conv2d(kernel=digest("{digest_of(file.getvalue())}"))')
    assert said(capsys, "run", "r.txt", "x.png", "-o", "out", "--kernel", "k.npy")[0] == 0
    assert said(capsys, "show", "r.txt", "--kernel", "k.npy")[0] == 0
    code, _, err = said(capsys, "show", "r.txt")
    assert code == 2 and "load the kernel file" in err


def test_a_pattern_that_no_shell_opened_is_opened(here, capsys):
    shutil.copy("x.png", "z.png")
    shutil.copy("x.png", "a[1].png")
    code, out, _ = said(capsys, "run", "grey", "[xz].png", "a[1].png", "-o", "out")
    assert code == 0 and [Path(line).name for line in out.splitlines()] == ["x-grey.png", "z-grey.png", "a-1-grey.png"]
    code, _, err = said(capsys, "run", "grey", "*.gif", "-o", "out")
    assert code == 1 and err == "*.gif: it cannot be read: no such file or directory\n"


def test_force_replaces_and_without_it_nothing_is(here, capsys):
    said(capsys, "run", "grey", "x.png", "-o", "out")
    code, out, err = said(capsys, "run", "grey", "x.png", "-o", "out")
    assert (code, out) == (1, "") and err == f"x.png: {Path('out/x-grey.png')} is there already; --force replaces it\n"
    assert said(capsys, "run", "grey", "x.png", "-o", "out", "--force")[0] == 0


def test_a_name_that_moves_the_cursor_is_told_without_moving_it(here, capsys):
    code, _, err = said(capsys, "run", "grey", "a\n\x1b[2J.png", "-o", "out")
    assert code == 1 and err == "a\\n\\x1b[2J.png: it cannot be read: no such file or directory\n"


def test_a_name_that_is_no_unicode_is_told_too(here):
    done = process("run", "grey", os.fsdecode(b"\xff.png"), "-o", "out", cwd=here)
    assert done.returncode == 1 and "\\udcff.png: it cannot be read" in done.stderr


WRONG = {
    "a step that is not known": (["run", "sobl", "x.png", "-o", "out"], r"step 'sobl' is not known; choose one of: absolute,"),
    "a value out of range": (["run", "stft.n-fft_1", "x.png", "-o", "out"], r"stft\(n_fft=1\) is out of range"),
    "half a call": (["run", "gaussian(sigma=", "x.png", "-o", "out"], r"the value of gaussian\(sigma=...\) is missing"),
    "no such recipe file": (["run", "gone.json", "x.png", "-o", "out"], "the recipe gone.json cannot be read: no such file"),
    "no files": (["run", "grey", "-o", "out"], "the following arguments are required: INPUT; python -m playground run --help"),
    "no folder": (["run", "grey", "x.png"], "the following arguments are required: -o/--output"),
    "a file as folder": (["run", "grey", "x.png", "-o", "x.png"], "the folder x.png cannot be made: file exists"),
    "an unknown format": (["run", "grey", "x.png", "-o", "out", "--format", "gif"], "format='gif' is not known; choose of: png"),
    "an unknown display": (["run", "grey", "x.png", "-o", "out", "--signed", "loud"], "signed='loud' is not known"),
    "no such kernel file": (["run", "grey", "x.png", "-o", "out", "--kernel", "gone.npy"], "it cannot be read: no such file"),
    "a rate that is no number": (["run", "gain", "y.wav", "-o", "out", "--rate", "fast"], "invalid int value: 'fast'"),
    "no command": ([], "the following arguments are required: COMMAND"),
    "an unknown command": (["play"], "invalid choice: 'play'"),
    "an unknown name": (["list", "sobl"], "name='sobl' is not known; choose one of: absolute,"),
    "no shape": (["show", "grey", "--shape", "480x"], "shape='480x' is not a size; write 3x480x640"),
    "an empty shape": (["show", "grey", "--shape", "3x0x9"], "shape='3x0x9' is not a size"),
    "a shape of the other medium": (["show", "grey", "--shape", "2x44100"], "grey is not for this medium"),
    "too much": (["show", "gaussian.stride_1-16", "--shape", "3x99999x99999"], "would make"),
    "no window fits": (["show", "box.size_9.padding_valid", "--shape", "1x4x4"], "kernel spans 9 samples"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(here, capsys, arguments, sentence):
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert re.search(sentence, err) and err.count("\n") == 1 and err[-2] != "."


@pytest.mark.parametrize("rate", ["0", "-1", "5", "99999999"])
def test_a_rate_that_no_sound_has_fails_for_the_file(here, capsys, rate):
    np.save("z.npy", np.zeros(99, np.float32))
    code, _, err = said(capsys, "run", "gain", "z.npy", "-o", "out", "--kind", "audio", "--rate", rate)
    assert code in (1, 2) and err.count("\n") == 1


def test_a_folder_that_cannot_be_written_into_is_said_at_once(here, capsys, monkeypatch):
    Path("locked").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs the tests may be allowed everything
    code, _, err = said(capsys, "run", "grey", "x.png", "-o", "locked")
    assert (code, err) == (2, "nothing can be written into the folder locked; choose another\n")


def test_a_reader_who_has_read_enough_is_no_error(here):
    command = f"{shlex.quote(sys.executable)} -m playground list | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, cwd=here,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "OPERATIONS\n", "")


def test_being_stopped_by_hand_is_one_word(here, capsys, monkeypatch):
    from playground import batch

    def stopped(*_given, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "run_files", stopped)
    assert said(capsys, "run", "grey", "x.png", "-o", "out") == (130, "", "stopped\n")


def test_a_signal_stops_a_process_with_its_code(here):
    command = [sys.executable, "-m", "playground", "run", "stft~griffin-lim.iterations_500", *["y.wav"] * 400, "-o", "out", "-v"]
    running = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=here, env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )  # fmt: skip
    assert running.stderr.readline().startswith("1/400 y.wav")
    running.send_signal(signal.SIGINT)
    assert running.stderr.read().endswith("stopped\n")
    assert running.wait() == 130


# --- how far it is -------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_that_is_gone_at_the_end():
    stream = Terminal()
    with Bar(stream) as bar:
        bar.begin("a.wav", 1, 2)
        bar.advance(1, 2)
        bar.say("a.wav: clipped")
        bar.begin("b.wav", 2, 2)
    assert stream.getvalue().count("\n") == 1
    assert screen(stream.getvalue()) == ["a.wav: clipped", ""]
    assert "[------------------------] 1/2 a.wav" in stream.getvalue()
    assert "[######------------------] 1/2 a.wav, 1 of 2 iterations" in stream.getvalue()
    assert "[############------------] 2/2 b.wav" in stream.getvalue()


def screen(written: str) -> list[str]:
    """What a terminal shows after all of it."""
    lines, column = [""], 0
    for character in written:
        if character == "\n":
            lines.append("")
            column = 0
        elif character == "\r":
            column = 0
        else:
            lines[-1] = lines[-1][:column] + character + lines[-1][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def test_a_line_is_never_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    Bar(stream).begin("a" * 300, 1, 1)
    assert len(stream.getvalue()) < 40


def test_elsewhere_it_is_silent_unless_asked_to_speak(here, capsys):
    arguments = ["run", "stft.n-fft_64~griffin-lim.iterations_30", "y.wav", "-o", "out"]
    assert said(capsys, *arguments)[2] == ""
    lines = said(capsys, *arguments, "--force", "--verbose")[2].splitlines()
    assert lines == ["1/1 y.wav", *(f"1/1 y.wav, {done} of 30 iterations" for done in range(3, 31, 3))]


# --- list ----------------------------------------------------------------------------------------


def test_everything_that_there_is_is_listed_with_its_limits():
    text = listing.everything()
    for name, operation in OPS.items():
        assert f"\n{name} ({', '.join(operation.media)}): " in text
    for name, kernel in KERNELS.items():
        assert f"\n{name} ({', '.join(kernel.media)}): {kernel.sentence}\n" in text
    assert "LIMITS OF THIS MACHINE" in text and "multiply-adds" in text
    assert "<" not in text and "object" not in text


def test_a_name_is_listed_with_every_parameter(capsys):
    code, out, _ = said(capsys, "list", "pool2d")
    assert code == 0 and out == (
        "pool2d (image, spectrogram): "
        + out.splitlines()[0].partition(": ")[2]
        + "\n    statistic=max          one of: max, average, min, median"
        "\n    kernel_size=2          a whole number from 1 to 64; or one for each axis"
        "\n    stride=none            a whole number from 1 to 64; or one for each axis, or none"
        "\n    padding=0              valid, same, or 0 to 32; or one for each axis or side"
        "\n    count_include_pad=yes  yes or no\n"
    )


def test_a_kernel_is_listed_with_what_a_step_of_it_takes(capsys):
    _, out, _ = said(capsys, "list", "sobel-x")
    assert out.startswith("sobel_x (image, spectrogram): ")
    assert "padding=same" in out and "padding_mode=reflect" in out and "normalise=no" in out
    assert "padding=full" in said(capsys, "list", "echo")[1]


@pytest.mark.parametrize("name", [*OPS, *KERNELS])
def test_every_name_can_be_asked_for(name):
    found = listing.one(name)
    assert found.startswith(f"{name} (") and found.endswith("\n")


# --- show ----------------------------------------------------------------------------------------


def test_the_table_says_what_each_step_makes_costs_and_sees(capsys):
    code, out, _ = said(capsys, "show", "grey | sobel_x(stride=2) | normalise", "--shape", "3x48x64")
    assert code == 0
    lines = [re.split(r"  +", line.strip()) for line in out.splitlines()[:6]]
    assert lines[0] == ["step", "output", "parameters", "multiply-adds", "memory", "sees", "jump"]
    assert lines[1] == ["input", "3 × 48 × 64"]
    assert lines[2] == ["1", "grey", "1 × 48 × 64", "0", "3,072", "12 kB", "1 × 1 pixel", "1 × 1"]
    assert lines[3][:5] == ["2", "sobel_x", "1 × 24 × 32", "9", "6,912"] and lines[3][-2:] == ["3 × 3 pixels", "2 × 2"]
    assert lines[4][-2:] == ["whole", "2 × 2"]
    assert lines[5][:2] == ["in all", "9"] and lines[5][-1].endswith("at most")


def test_a_sound_is_shown_with_its_rates(capsys):
    _, out, _ = said(capsys, "show", "stft~box.size_1_3~istft~gaussian.stride_1-2", "--shape", "2x44100@44100")
    assert "input     2 × 44100 @ 44100 Hz" in out and "2 × 88200 @ 88200 Hz" in out
    assert "1 bin × 3072 samples" in out and "1 × 512" in out and "1/2" in out


@pytest.mark.parametrize("shape", ["", "x", "3x4", "3x4x5x6", "3,4,5", "-1x4x4", "3x4x5@8000", "9999999999x1x1", "٣x٤x٥"])
def test_a_shape_is_three_numbers_or_two(shape):
    if shape == "3x4":
        assert layer_table.read_shape(shape)[0] == "audio"
        return
    with pytest.raises(ValueError, match="is not a size"):
        layer_table.read_shape(shape)


# --- without torch -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["list"], ["list", "stft"], ["run", "sobl", "x.png", "-o", "out"]], ids=" ".join
)
def test_what_needs_no_tensor_starts_without_torch(tmp_path, arguments):
    code = f"""
import sys
from playground.cli import main
code = main({arguments!r})
sys.stderr.write(repr([name for name in ("torch", "torchaudio", "librosa", "streamlit") if name in sys.modules]))
sys.exit(code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.returncode == (2 if "sobl" in arguments else 0)
    assert done.stderr.endswith("[]")


def test_a_terminal_of_few_signs_is_no_error(here):
    done = process("show", "grey", cwd=here, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0 and "3 \\xd7 480 \\xd7 640" in done.stdout


# --- the README ----------------------------------------------------------------------------------

COMMANDS = re.findall(r"^\$ python -m playground (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_readme_do_what_they_say(here, capsys, command):
    Path("photos").mkdir()
    shutil.copy("x.png", "photos")
    shutil.copy(ASSETS / "sounds" / "speech.flac", ".")
    code, out, _ = said(capsys, *shlex.split(command))
    assert code == 0 and out


def test_the_readme_shows_every_command():
    assert {command.split()[0] for command in COMMANDS} == {"run", "show", "list"}
