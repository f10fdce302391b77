"""Does every value keep its value, and is a part that is not inside refused with the numbers?"""

from __future__ import annotations

import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.registry import OPS

X = torch.arange(2 * 3 * 5 * 7, dtype=torch.float64).reshape(2, 3, 5, 7)


@pytest.mark.parametrize("top, height, rows", [(0, None, slice(None)), (1, None, slice(1, 5)), (2, 3, slice(2, 5))])
@pytest.mark.parametrize("left, width, columns", [(0, None, slice(None)), (6, 1, slice(6, 7)), (3, 2, slice(3, 5))])
def test_a_part_is_a_slice(top, height, rows, left, width, columns):
    options = {"top": top, "left": left, "height": height, "width": width}
    y = ops.crop2d(X, **options)
    assert torch.equal(y, X[..., rows, columns])
    assert y.shape[1:] == OPS["crop2d"].shape((3, 5, 7), **options)
    if height is None and top == 0:
        assert torch.equal(ops.crop1d(X, start=left, length=width), X[..., columns])
        assert OPS["crop1d"].shape((3, 7), start=left, length=width) == (3, y.shape[-1])


def test_a_part_that_is_not_inside_is_refused_with_what_would_be():
    for options, sentence in [
        ({"left": 7}, "left=7 is not inside; there are 7, counted from 0"),
        ({"top": -1}, "top=-1 is not inside; there are 5, counted from 0"),
        ({"top": 3, "height": 3}, "height=3 from top=3 on does not fit into 5; use 1 to 2"),
        ({"width": 0}, "width=0 from left=0 on does not fit into 7; use 1 to 7"),
    ]:
        for call in (lambda o: ops.crop2d(X, **o), lambda o: OPS["crop2d"].shape((3, 5, 7), **o)):
            with pytest.raises(GeometryError) as error:
                call(options)
            assert str(error.value) == sentence
    with pytest.raises(GeometryError) as error:
        ops.crop1d(X, start=2, length=9)
    assert str(error.value) == "length=9 from start=2 on does not fit into 7; use 1 to 5"
    with pytest.raises(TypeError, match="expected an int"):
        ops.crop1d(X, start=1.0)
    with pytest.raises(GeometryError, match="direction='diagonal' is not known; choose one of: horizontal, vertical"):
        ops.flip2d(X, direction="diagonal")


@pytest.mark.parametrize("flip", [ops.flip1d, ops.flip2d, lambda x: ops.flip2d(x, direction="vertical")])
def test_turned_twice_is_as_before_and_once_is_not(flip):
    assert torch.equal(flip(flip(X)), X) and not torch.equal(flip(X), X)


def test_a_flip_reverses_one_axis():
    assert torch.equal(ops.flip1d(X), X[..., [6, 5, 4, 3, 2, 1, 0]])
    assert torch.equal(ops.flip2d(X), ops.flip1d(X))
    assert torch.equal(ops.flip2d(X, direction="vertical"), X[..., [4, 3, 2, 1, 0], :])
    assert torch.equal(ops.flip2d(X.mT, direction="vertical"), ops.flip2d(X).mT)


def test_a_sound_backwards_convolved_is_the_correlation_backwards():
    x, kernel = X[0, 0], torch.tensor([1.0, 2.0, -4.0], dtype=torch.float64)
    assert torch.equal(ops.conv1d(ops.flip1d(x), kernel, flip_kernel=True), ops.flip1d(ops.conv1d(x, kernel)))
