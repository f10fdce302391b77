"""Is noise the same for the same seed, for ever, and has it the distribution that it says?"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from playground import ops
from playground.errors import GeometryError
from playground.ops import OPS
from playground.ops.noise import BLOCK

KINDS = ["normal", "uniform"]


def drawn(count: int, **options) -> np.ndarray:
    return ops.noise(torch.zeros(count, dtype=torch.float64), amount=1, **options).numpy()


# These are in the world, in links, and mean this for ever.
ALWAYS = {
    ("normal", 0): [-0.11777673202953245, 0.9424543399096111, 2.514159782747969, 0.26202851726190163, 0.5487430572747504],
    ("normal", 7): [0.7741521530845735, -0.5834297151844374, 0.11058247486584755, 0.7041216334117274, 1.0869885949705822],
    ("uniform", 0): [0.2739233746429086, -0.4604265724722594, -0.9180529521276106, -0.9669447289429418, 0.6265404784005448],
    ("uniform", 9999): [0.6774930083607471, 0.524027972104109, -0.47527451940415544, 0.5777735028511672, -0.5126656850630038],
}


@pytest.mark.parametrize("distribution, seed", ALWAYS)
def test_the_same_seed_means_the_same_numbers_for_ever(distribution, seed):
    np.testing.assert_allclose(drawn(5, distribution=distribution, seed=seed), ALWAYS[distribution, seed], rtol=1e-14)


def test_uniform_numbers_are_those_of_the_raw_bits():
    bits = np.random.PCG64(3).random_raw(100) >> np.uint64(11)
    assert drawn(100, distribution="uniform", seed=3).tolist() == [int(b) / 2**52 - 1 for b in bits]
    numpy = np.random.Generator(np.random.PCG64(3)).random(100) * 2 - 1  # as long as NumPy draws them so
    np.testing.assert_allclose(drawn(100, distribution="uniform", seed=3), numpy, atol=1e-15)


@pytest.mark.parametrize("seed", [0, 1, 77])
def test_the_distribution_is_what_it_is_called(seed):
    x = drawn(200_001, seed=seed)
    assert stats.kstest(x, "norm").pvalue > 0.001
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 0.01 and np.abs(x).max() < 9
    x = drawn(200_001, distribution="uniform", seed=seed)
    assert stats.kstest(x, "uniform", args=(-1, 2)).pvalue > 0.001
    assert x.min() >= -1 and x.max() < 1 and x.std() == pytest.approx(1 / math.sqrt(3), abs=0.003)


@pytest.mark.parametrize("distribution", KINDS)
def test_it_is_added_and_scaled(distribution):
    x = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(2, 3, 4)
    options = {"distribution": distribution, "seed": 5}
    one = ops.noise(torch.zeros_like(x), amount=1, **options)
    assert torch.allclose(ops.noise(x, amount=0.25, **options), x + one / 4, atol=1e-15)
    assert torch.equal(ops.noise(x, amount=0, **options), x)
    assert ops.noise(x.float(), **options).dtype == torch.float32
    assert torch.allclose(ops.noise(x.float(), **options).double(), ops.noise(x, **options), atol=1e-6)
    assert not torch.equal(ops.noise(x, seed=6), ops.noise(x, seed=5))


@pytest.mark.parametrize("distribution", KINDS)
def test_a_longer_sound_begins_with_the_same_numbers(distribution):
    long = drawn(BLOCK + 1001, distribution=distribution)
    for count in (1, 2, 7, BLOCK, BLOCK + 3):
        assert np.array_equal(drawn(count, distribution=distribution), long[:count])


def test_what_has_no_meaning_is_refused_in_words():
    x = torch.zeros(3)
    for options, sentence in [
        ({"amount": -0.5}, "amount=-0.5 has no meaning; it must be at least 0"),
        ({"amount": math.nan}, "amount=nan has no meaning; it must be at least 0"),
        ({"seed": -1}, "seed=-1 has no meaning; it must be at least 0"),
        ({"distribution": "pink"}, "distribution='pink' is not known; choose one of: normal, uniform"),
    ]:
        with pytest.raises(GeometryError) as error:
            ops.noise(x, **options)
        assert str(error.value) == sentence
    with pytest.raises(TypeError, match="expected an int"):
        ops.noise(x, seed=1.5)
    assert OPS["noise"].price((3, 4, 5), (3, 4, 5))[0] >= 480
