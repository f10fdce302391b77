"""A sound becomes a picture and a sound again: is every step what its operation computes, and heard where it should be?"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from playground import engine, ops
from playground.engine import Progress, running
from playground.errors import GeometryError, LimitError, PlaygroundError, RecipeError
from playground.media.types import Audio, Image
from playground.ops.levels import full_scale
from playground.ops.registry import OPS
from playground.recipe.check import check, kind_after
from playground.recipe.text import from_text, to_text
from playground.result import Result
from playground.spectrum import Along

pytestmark = pytest.mark.usefixtures("one_thread")
RATE = 8000
STFT = "stft.n-fft_256"


def noise(channels: int = 2, length: int = 4000) -> Audio:
    values = torch.rand(channels, length, generator=torch.Generator().manual_seed(1)) - 0.5
    return Audio(values, RATE, "test", "")


def tone(hz: float, *, length: int = RATE) -> Audio:
    time = torch.arange(length, dtype=torch.float64) / RATE
    return Audio((0.5 * torch.sin(2 * math.pi * hz * time)).float()[None], RATE, "tone", "")


def hear(text: str, medium: Audio | Image | None = None) -> Result:
    medium = medium or noise()
    return engine.run(from_text(text, medium.kind), medium)


def loudest_hz(result: Result) -> float:
    """The frequency of the largest peak of the middle of the sound, in Hz."""
    x = result.output[0].double().numpy()
    x = x[len(x) // 4 : -len(x) // 4]
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)), 1 << 17))
    return float(power.argmax()) * float(result.rate) / (1 << 17)


def refused(error: type[PlaygroundError], text: str, medium: Audio | Image | None = None) -> str:
    with pytest.raises(error) as caught:
        hear(text, medium)
    sentence = str(caught.value)
    assert "\n" not in sentence and len(sentence) < 400
    return sentence


# --- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("n_fft, hop", [(256, 64), (256, 128), (255, 50), (64, 16), (1024, 256)])
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "bartlett", "rectangular"])
@pytest.mark.parametrize("border", ["constant", "reflect", "symmetric", "replicate", "circular"])
def test_without_a_step_the_sound_comes_back(n_fft, hop, window, border):
    text = f"stft.hop-length_{hop}.n-fft_{n_fft}.padding-mode_{border}.window_{window}~identity~istft"
    result = hear(text)
    assert result.output.shape == (2, 4000) and result.rate == RATE and result.origin == 0
    assert float((result.output - noise().values).abs().max()) < 1e-5
    assert result.kind == "audio" and result.values.shape == result.records[0].output_shape


@pytest.mark.parametrize("length", [1, 2, 100, 255, 256, 257, 4000])
def test_a_sound_of_any_length_comes_back_with_its_length(length):
    medium = noise(1, length)
    assert torch.allclose(hear(f"{STFT}~identity~istft", medium).output, medium.values, atol=1e-5)


INVERSES = {
    "decibels~amplitude": 2e-4,  # what is 80 dB below full scale is silence
    "power~power.exponent_0.5": 1e-5,
    "power.exponent_0.5~power.exponent_2": 1e-5,
    "identity.stride_1~gain.factor_-1~gain.factor_-1": 1e-5,
    "mask": 1.0,
}


@pytest.mark.parametrize("steps", list(INVERSES)[:4])
def test_a_step_and_its_inverse_change_nothing(steps):
    result = hear(f"{STFT}~{steps}~istft")
    assert float((result.output - noise().values).abs().max()) < INVERSES[steps]


def test_a_mask_without_edges_is_everything():
    assert not hear(f"{STFT}~mask~istft").output.any()
    assert torch.allclose(hear(f"{STFT}~mask.region_keep~istft").output, noise().values, atol=1e-5)


# --- every operation by hand ---------------------------------------------------------------------

SPECTRUM = {"n_fft": 256}
TOLD = {"sample_rate": float(RATE), "n_fft": 256}
REFERENCE = full_scale("hann", 256, 256)
BY_HAND = {
    "decibels.floor-db_-60": lambda m: ops.decibels(m, floor_db=-60.0, reference=REFERENCE),
    "decibels.floor-db_-60~amplitude": lambda m: ops.amplitude(
        ops.decibels(m, floor_db=-60.0, reference=REFERENCE), floor_db=-60.0, reference=REFERENCE
    ),
    "power.exponent_1.5": lambda m: ops.power(m, exponent=1.5),
    "mel.fmin_100.n-mels_20": lambda m: ops.mel(m, n_mels=20, fmin=100.0, **TOLD),
    "log-frequency.bins-per-octave_6.fmin_100": lambda m: ops.log_frequency(m, bins_per_octave=6, fmin=100.0, **TOLD),
    "harmonic.kernel-size_5.margin_2": lambda m: ops.harmonic(m, kernel_size=5, margin=2.0),
    "percussive.kernel-size_7": lambda m: ops.percussive(m, kernel_size=7),
    "mask.end_0.3.high_2000.low_1000.start_0.1": lambda m: ops.mask(
        m, low=1000.0, high=2000.0, start=0.1, end=0.3, hop_length=64, **TOLD
    ),
    "channel.index_1": lambda m: m[1:],
    "gain.factor_-2": lambda m: -2 * m,
    "offset.amount_-0.5~absolute": lambda m: (m - 0.5).abs(),
    "square": lambda m: m * m,
    "offset.amount_-0.5~relu": lambda m: torch.relu(m - 0.5),
    "clip.high_0.5": lambda m: m.clamp(0, 0.5),
    "normalise": lambda m: ops.normalise(m),
    "noise.seed_2": lambda m: ops.noise(m, seed=2),
    "pool2d.kernel-size_1_2.statistic_average": lambda m: ops.pool2d(m, kernel_size=(1, 2), statistic="average"),
    "edge-magnitude.operator_prewitt": lambda m: ops.edge_magnitude(m, operator="prewitt"),
    "interpolate2d.scale_1_3-2": lambda m: ops.interpolate2d(m, scale=(1, Fraction(3, 2))),
    "crop2d.height_50.left_3.top_2": lambda m: m[:, 2:52, 3:],
    "flip2d": lambda m: m.flip(-1),
    "sobel-x.stride_2_1-2": lambda m: ops.conv2d(
        m, ops.kernels.sobel_x(), padding="same", padding_mode="reflect", stride=(2, Fraction(1, 2))
    ),
    "conv2d.kernel_2x2_1_-1_0.5_2": lambda m: ops.conv2d(m, torch.tensor([[1.0, -1.0], [0.5, 2.0]])),
}  # fmt: skip


@pytest.mark.parametrize("steps", BY_HAND)
def test_a_step_computes_what_its_operation_computes_by_hand(steps):
    result = hear(f"{STFT}~{steps}")
    magnitude = ops.stft(noise().values, **SPECTRUM).abs()
    assert torch.equal(result.output, BY_HAND[steps](magnitude))
    assert result.kind == "spectrogram" and torch.equal(result.values, result.output)


def test_bands_turned_back_are_those_of_the_operation():
    magnitude = ops.stft(noise().values, **SPECTRUM).abs()
    filters = ops.bands.mel_filters(n_mels=20, fmin=0.0, fmax=None, sample_rate=RATE, n_fft=256)
    expected = ops.linear_frequency(ops.mel(magnitude, n_mels=20, **TOLD), filters=filters)
    assert torch.equal(hear(f"{STFT}~mel.n-mels_20~linear-frequency").output, expected)


def test_every_operation_for_spectrograms_is_compared():
    compared = {step.name for steps in BY_HAND for step in from_text(f"stft~{steps}", "audio").steps}
    inverses = {"istft", "griffin_lim", "linear_frequency"}  # by the tests around
    assert {name for name, operation in OPS.items() if "spectrogram" in operation.media} <= compared | inverses


def test_a_spectrogram_turned_in_time_is_the_sound_backwards():
    medium = noise(length=64 * 50 + 1)  # frames stand at both ends
    heard = hear(f"{STFT}~flip2d~istft", medium).output
    assert torch.allclose(heard, medium.values.flip(-1), atol=1e-5)


def test_a_spectrogram_turned_in_frequency_is_the_sound_with_every_other_sample_turned():
    """Multiplying by 1, -1, 1, -1 ... exchanges 0 Hz and half of the rate."""
    heard = hear(f"{STFT}.padding-mode_constant~flip2d.direction_vertical~istft").output
    signs = 1 - 2 * (torch.arange(4000) % 2)
    assert torch.allclose(heard, signs * noise().values, atol=1e-5)


def test_twice_as_many_frames_are_twice_as_long_at_the_same_pitch():
    result = hear(f"{STFT}~interpolate2d.scale_1_2~griffin-lim.iterations_8", tone(1000))
    assert result.output.shape[-1] == pytest.approx(2 * RATE, rel=0.01) and result.rate == RATE
    assert loudest_hz(result) == pytest.approx(1000, abs=10)


def test_rows_that_are_cut_out_stay_at_their_frequencies_and_columns_at_their_times():
    result = hear(f"{STFT}~crop2d.height_20.left_40.top_25~istft", tone(1000))  # bin 32 is 1000 Hz
    assert loudest_hz(result) == pytest.approx(1000, abs=2) and result.origin == -40 * 64
    elsewhere = hear(f"{STFT}~crop2d.height_20.top_80~istft", tone(1000)).output
    assert float(elsewhere[:, 1000:-1000].abs().max()) < 1e-5


def test_squares_are_powers_and_the_inverse_asks_for_the_root():
    assert "power with exponent=0.5" in refused(RecipeError, f"{STFT}~square~istft")
    assert torch.allclose(hear(f"{STFT}~square~power.exponent_0.5~istft").output, noise().values, atol=1e-5)
    assert "put amplitude in front" in refused(RecipeError, f"{STFT}~decibels~square")


@pytest.mark.parametrize("negative", ["silence", "absolute", "flip"])
def test_the_inverse_uses_the_phase_of_the_transform(negative):
    z = ops.stft(noise().values, **SPECTRUM)
    changed = ops.conv2d(z.abs(), ops.kernels.sobel_x(), padding="same", padding_mode="reflect")
    expected = ops.istft(changed, phase=z, negative=negative, n_fft=256, hop_length=64, length=4000)
    assert torch.equal(hear(f"{STFT}~sobel-x~istft.negative_{negative}").output, expected)


# --- where it is heard ---------------------------------------------------------------------------


@pytest.mark.parametrize("inverse", ["istft", "griffin-lim"])
@pytest.mark.parametrize(
    "stride, seconds, factor",
    [("1_2", 0.5, 1), ("1_1-2", 2.0, 1), ("2_1", 1.0, 0.5), ("1-2_1", 1.0, 2), ("2", 0.5, 0.5), ("1-2", 2.0, 2), ("1_3", 1 / 3, 1)],
)
def test_strides_change_the_length_in_time_and_the_pitch_in_frequency(stride, seconds, factor, inverse):
    result = hear(f"stft.n-fft_512~box.size_3.stride_{stride}~{inverse}", tone(1000))
    assert float(result.output.shape[-1] / result.rate) == pytest.approx(seconds, abs=3 * 128 / RATE)
    assert loudest_hz(result) == pytest.approx(1000 * factor, abs=2 * RATE / 512)
    assert result.rate == RATE


def test_a_shift_moves_every_tone_by_the_same_hz():
    for hz in (500.0, 1000.0, 2000.0):
        result = hear("stft.n-fft_512~shift.down_16.right_0~griffin-lim", tone(hz))
        assert loudest_hz(result) == pytest.approx(hz + 16 * RATE / 512, abs=RATE / 512)


@pytest.mark.parametrize("padding", ["full", "valid", "3_2_1_4"])
def test_padding_moves_no_tone_and_no_moment(padding):
    medium = Audio(torch.zeros(1, RATE), RATE, "click", "")
    medium.values[0, 3000] = 1.0
    result = hear(f"stft.n-fft_256~box.padding_{padding}.size_5_1~istft", medium)
    at = int(result.output.abs().argmax()) - result.origin
    assert abs(at - 3000) < 64
    result = hear(f"stft.n-fft_512~box.padding_{padding}.size_5~istft", tone(1000))
    assert loudest_hz(result) == pytest.approx(1000, abs=RATE / 512)


def test_what_is_heard_before_time_0_is_counted():
    result = hear(f"{STFT}~box.padding_full.size_1_5~istft")
    assert result.origin == 2 * 64 and result.output.shape[-1] == 4000 + 4 * 64


def test_a_mask_is_where_it_is_heard_whatever_stands_in_front():
    for front, hz in [("identity.stride_2_1", 500.0), ("identity.stride_1-2_1", 2000.0), ("box.padding_full.size_9_1", 1000.0)]:
        begin = f"stft.n-fft_512~{front}"
        kept = hear(f"{begin}~mask.high_{hz + 100}.low_{hz - 100}.region_keep~istft", tone(1000))
        without = hear(f"{begin}~mask.high_{hz + 100}.low_{hz - 100}~istft", tone(1000))
        assert float(kept.output.square().sum()) > 20 * float(without.output.square().sum())
    medium = Audio(torch.zeros(1, RATE), RATE, "click", "")
    medium.values[0, 3000] = 1.0
    for front in ("identity", "box.padding_full.size_1_9", "box.padding_valid.size_1_3"):
        for begin in ("stft.n-fft_256", "stft.center_no.n-fft_256"):
            text = f"{begin}~{front}~mask.end_0.4.region_keep.start_0.35~istft"
            result = hear(text, medium)
            assert float(result.output.abs().max()) > 0.05, text
            at = (int(result.output.abs().argmax()) - result.origin) / RATE
            assert 0.33 < at < 0.42


def test_along_an_axis_convolutions_add_up():
    def along(text: str) -> Along:
        return engine.plan_ahead(from_text(f"{STFT}~{text}", "audio"), (1, 4000), "audio", rate=Fraction(RATE))[-1].spectrum.columns

    assert along("box.size_3.stride_2~box.size_3.stride_2").scale == 4
    assert along("box.size_3.stride_1-2~box.size_3.stride_2") == Along()
    assert along("box.padding_full.size_5") == Along(offset=Fraction(-2))
    assert along("box.padding_valid.size_5~box.padding_valid.size_5") == Along(offset=Fraction(4))
    assert Along(Fraction(2)).sources(4, most=6).tolist() == [0, 2, 4, 5]


STRETCHED = "the original phase was stretched: each value got that of the nearest bin and frame"


@pytest.mark.parametrize(
    "steps, said", [("box", False), ("box.stride_2", True), ("box.padding_full", True), ("gain.factor_2", False)]
)
def test_a_stretched_phase_is_said(steps, said):
    notices = [str(notice) for notice in hear(f"{STFT}~{steps}~istft").notices]
    assert notices == ([STRETCHED] if said else [])
    notices = [str(notice) for notice in hear(f"{STFT}~{steps}~griffin-lim.iterations_1").notices]
    assert notices == [], "what begins with random phases stretches none"
    notices = [str(n) for n in hear(f"{STFT}~{steps}~griffin-lim.iterations_1.start_original").notices]
    assert notices == ([STRETCHED] if said else [])


def test_empty_mel_bands_are_named_with_what_to_change():
    notices = [str(notice) for notice in hear("stft.n-fft_128~mel.n-mels_128~linear-frequency~istft").notices]
    assert len(notices) == 1 and "n_mels" in notices[0] and "n_fft" in notices[0]


def test_steps_before_and_after_the_spectrogram_are_those_of_a_sound():
    result = hear(f"mono~echo.delay_10~{STFT}~box~istft~moving-average.size_3")
    assert [record.kind for record in result.records] == ["audio", "audio", "audio", "spectrogram", "spectrogram", "audio"]
    assert result.output.shape == (1, 4000 + 80)
    twice = hear(f"{STFT}~identity~istft~{STFT}~identity~istft")
    assert torch.allclose(twice.output, noise().values, atol=1e-5)


def test_channels_that_a_kernel_mixed_take_the_phase_of_the_last_there_is():
    result = hear(f"{STFT}~conv2d.kernel_3x2x1x1_1_0_0_1_0.5_0.5~istft")
    assert result.output.shape == (3, 4000)
    assert torch.allclose(result.output[:2], noise().values, atol=1e-5)
    alone = hear(f"{STFT}~channel.index_1~istft")
    assert torch.allclose(alone.output, noise().values[1:], atol=1e-5)


# --- pictures ------------------------------------------------------------------------------------


def test_a_picture_is_heard_at_its_rate():
    medium = Image(torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0)), None, "test", "", (20, 30))
    result = hear("picture-spectrum.sample-rate_16000.seconds_1~griffin-lim.iterations_2", medium)
    assert result.rate == 16000 and result.output.shape[0] == 1
    assert float(result.output.shape[-1] / result.rate) == pytest.approx(1, abs=0.05)
    changed = hear("picture-spectrum.seconds_1~box.stride_1_2~griffin-lim.iterations_2", medium)
    assert changed.output.shape[-1] / 44100 == pytest.approx(0.5, abs=0.05)


def test_a_picture_has_no_phase():
    medium = Image(torch.rand(1, 20, 30), None, "test", "", (20, 30))
    sentence = "a picture has no phase, so istft cannot be used; griffin_lim finds one"
    assert refused(RecipeError, "picture-spectrum~istft", medium) == sentence


# --- what has no meaning -------------------------------------------------------------------------

NO_MEANING = {
    "stft~decibels~istft": "istft needs magnitudes; these are decibels: put amplitude in front of it",
    "stft~decibels~decibels": "decibels needs magnitudes; these are decibels: put amplitude in front of it",
    "stft~decibels~power": "power needs magnitudes; these are decibels: put amplitude in front of it",
    "stft~decibels~harmonic": "harmonic needs magnitudes; these are decibels: put amplitude in front of it",
    "stft~decibels~mask": "mask needs magnitudes; these are decibels: put amplitude in front of it",
    "stft~amplitude": "amplitude turns decibels back; put decibels in front of it",
    "stft~mel~griffin-lim":
        "griffin_lim needs the bins of the transform; these are bands (mel): put linear_frequency in front of it",
    "stft~log-frequency~mel":
        "mel needs the bins of the transform; these are bands (log_frequency): put linear_frequency in front of it",
    "stft~mel~mask": "mask needs the bins of the transform; these are bands (mel): put linear_frequency in front of it",
    "stft~linear-frequency":
        "linear_frequency turns bands back into bins; put mel or log_frequency in front of it",
    "stft~power~istft":
        "istft needs magnitudes; these are their power 2: put power with exponent=0.5 in front",
    "istft": "istft is not for this medium (audio); it is for: spectrogram",
    "stft~stft": "stft is not for this medium (spectrogram); it is for: audio",
    "stft~echo": "echo is not for this medium (spectrogram); it is for: audio",
}  # fmt: skip


@pytest.mark.parametrize("text", NO_MEANING)
def test_what_has_no_meaning_is_refused_with_what_would(text):
    assert refused(RecipeError, text) == NO_MEANING[text]


GAPS = ["stft.hop-length_512.n-fft_256", "stft.hop-length_100.n-fft_256.win-length_64", "stft.hop-length_256.n-fft_256"]


@pytest.mark.parametrize("begin", GAPS)
@pytest.mark.parametrize("inverse", ["istft", "griffin-lim"])
def test_gaps_between_the_windows_are_refused_before_anything_runs(monkeypatch, begin, inverse):
    monkeypatch.setattr(engine, "run_plan", None)
    assert "hop_length" in refused(GeometryError, f"{begin}~identity~{inverse}")


def test_a_spectrogram_with_gaps_can_be_looked_at():
    assert hear("stft.hop-length_512.n-fft_256").output.shape == (2, 129, 8)


def test_a_transform_that_needs_too_much_is_refused_before_anything_is_allocated(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUN_BYTES", "1e7")
    sentence = refused(LimitError, "stft.hop-length_1.n-fft_2048~istft", noise(2, 40_000))
    assert sentence.startswith("step 1 (stft) would make 1025 × 40001 from 40000 and needs ")


def test_iterations_without_end_are_refused(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUN_MULTIPLY_ADDS", "1e8")
    assert refused(LimitError, "stft~griffin-lim.iterations_500").startswith("step 2 (griffin_lim) would make 4000 from ")


def test_the_plan_is_what_then_happens():
    for steps in ["istft", "box.stride_2~istft", "mel~linear-frequency~gain~istft", "identity.stride_1-2~griffin-lim.iterations_1"]:
        recipe = from_text(f"{STFT}~{steps}", "audio")
        plan = engine.plan_ahead(recipe, (2, 4000), "audio", rate=Fraction(RATE))
        records = engine.run(recipe, noise()).records
        assert [part.output_shape for part in plan] == [record.output_shape for record in records]
        assert [part.kind for part in plan] == [record.kind for record in records]


def test_a_recipe_knows_its_media_step_by_step():
    text = "mono~stft~sobel-x~istft~echo"
    recipe = from_text(text, "audio")
    assert to_text(check(recipe, "audio")) == text
    kinds = ["audio"]
    for step in recipe.steps:
        kinds.append(kind_after(step.name, kinds[-1]))
    assert kinds == ["audio", "audio", "spectrogram", "spectrogram", "audio", "audio"]


# --- told as it goes -----------------------------------------------------------------------------


def stages(text: str) -> list:
    return list(engine.stages(from_text(text, "audio"), noise()))


def test_every_iteration_says_how_far_it_is():
    *told, result = stages(f"{STFT}~box~griffin-lim.iterations_5.momentum_0~gain.factor_2")
    assert [stage.iteration for stage in told] == [1, 2, 3, 4, 5] and isinstance(result, Result)
    assert all(isinstance(stage, Progress) and (stage.step, stage.steps, stage.iterations) == (3, 4, 5) for stage in told)
    off = [stage.remaining for stage in told]
    assert off == sorted(off, reverse=True) and result.remaining == off[-1] and result.iterations == 5


@pytest.mark.parametrize("after", ["", "~gain.factor_2", f"~{STFT}~griffin-lim.iterations_2"])
def test_stopping_gives_what_fewer_iterations_give(after):
    for stage in engine.stages(from_text(f"{STFT}~griffin-lim.iterations_9{after}", "audio"), noise()):
        if stage.iteration == 3:
            stopped = stage.stop()
            break
    fewer = hear(f"{STFT}~griffin-lim.iterations_3{after}")
    assert torch.equal(stopped.output, fewer.output)
    assert stopped.records[1].step.get("iterations") == 9 and stopped.remaining == fewer.remaining or after


def test_between_two_iterations_others_have_their_turn(monkeypatch):
    monkeypatch.setattr(running, "HEAVY", 1)
    told = []
    for stage in engine.stages(from_text(f"{STFT}~griffin-lim.iterations_2", "audio"), noise()):
        assert not running.TURN.locked()
        told.append(stage)
    assert isinstance(told[-1], Result)
