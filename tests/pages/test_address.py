"""The address is the page: what it says is shown, what is shown it says, and nothing in it is believed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from .visiting import calm, change, click, control, go, heading, notes, sentence, tells_the_truth, visit

IMAGE, HOME = "pages/image.py", "pages/home.py"

EVERYTHING = {
    "source": "cup",
    "recipe": (
        "channel.index_1~gabor.angle_30.aspect_0.5.dilation_2_1.fill_0.25.flip-kernel_yes.padding_1_2_3_4"
        ".padding-mode_constant.sigma_3.stride_2_1-2.wavelength_6"
    ),
    "signed": "absolute",
    "size": "true",
}


def test_a_link_sets_everything():
    at = calm(visit(**EVERYTHING))
    values = {
        "source": "cup",
        "family": "edges",
        "member_edges": "gabor",
        "gabor_angle": 30,
        "gabor_wavelength": 6,
        "gabor_sigma": 3,
        "gabor_aspect": 0.5,
        "gabor_size": None,
        "stride": None,
        "stride_0": 2,
        "stride_1": Fraction(1, 2),
        "dilation_0": 2,
        "dilation_1": 1,
        "padding": "sides",
        "padding_0": 1,
        "padding_1": 2,
        "padding_2": 3,
        "padding_3": 4,
        "padding_mode": "constant",
        "fill": 0.25,
        "flip": True,
        "colour": "green",
        "signed": "absolute",
        "same_size": False,
    }
    assert {key: control(at, key).value for key in values} == values
    tells_the_truth(at)


def test_a_link_is_left_as_it_was_written_until_something_changes():
    at = calm(visit(**EVERYTHING))
    assert at.query_params == EVERYTHING
    change(at, "signed", "automatic")
    assert set(at.query_params) == {"source", "recipe", "size"}
    assert "channel.index_1~gabor" in at.query_params["recipe"]


def test_the_address_holds_only_what_differs_from_the_first_sight(at):
    assert at.query_params == {}
    for key, value, address in (
        ("source", "cup", {"source": "cup"}),
        ("stride", 2, {"source": "cup", "recipe": "grey~sobel-x.stride_2"}),
        ("signed", "offset", {"source": "cup", "recipe": "grey~sobel-x.stride_2", "signed": "offset"}),
        ("stride", 1, {"source": "cup", "signed": "offset"}),
        ("source", "cat", {"signed": "offset"}),
        ("same_size", False, {"signed": "offset", "size": "true"}),
        ("signed", "automatic", {"size": "true"}),
        ("same_size", True, {}),
    ):
        change(at, key, value)
        assert calm(at).query_params == address


@pytest.mark.parametrize("source", ["coins", "astronaut", "counting"])
def test_opening_the_link_of_a_page_shows_the_same_page(source):
    recipe = "gaussian.sigma_2~grey~scharr-y.padding_full~gain.factor_0.5"
    at = calm(visit(source=source, recipe=recipe))
    click(at, "gain_off")
    address, seen = dict(at.query_params), heading(calm(at))
    assert address["recipe"] == "gaussian.sigma_2~grey~scharr-y.padding_full"
    another = calm(visit(**address))
    assert heading(another) == seen and another.query_params == address
    assert tells_the_truth(another).output.equal(tells_the_truth(at).output)


# --- Back, Forward, and other pages --------------------------------------------------------------


def test_back_and_forward_show_what_their_address_says(at):
    addresses = [dict(at.query_params)]
    for key, value in (("family", "blur"), ("gaussian_sigma", 5.0), ("stride", 2)):
        change(at, key, value)
        addresses.append(dict(at.query_params))
    for address in (*reversed(addresses), *addresses):
        at.query_params = dict(address)
        at.run()
        assert calm(at).query_params == address
        tells_the_truth(at)
    assert heading(at) == "Gaussian blurs: fine detail fades"
    assert control(at, "stride").value == 2


def test_back_to_an_empty_address_is_the_first_sight():
    at = calm(visit(recipe="emboss", source="bricks"))
    at.query_params = {}
    at.run()
    assert heading(calm(at)) == "Sobel x finds vertical edges"
    assert control(at, "source").value == "cat"


def test_the_page_is_as_it_was_left_when_one_comes_back_from_home(at):
    change(at, "family", "blur")
    change(at, "source", "bricks")
    address = dict(at.query_params)
    calm(go(at, HOME))
    assert at.query_params == {}
    calm(go(at, IMAGE))
    assert at.query_params == address
    assert heading(at) == "Gaussian blurs: fine detail fades"
    assert control(at, "source").value == "bricks"
    tells_the_truth(at)


def test_a_link_from_home_wins_over_the_page_as_it_was_left(at):
    change(at, "family", "blur")
    calm(go(at, HOME))
    calm(go(at, IMAGE, recipe="emboss"))
    assert at.query_params == {"recipe": "emboss"}
    tells_the_truth(at)


def test_home_is_the_same_whatever_was_set_elsewhere(at):
    change(at, "family", "blur")
    change(at, "source", "bricks")
    calm(go(at, HOME))
    fresh = visit(HOME)
    for index in (0, 1):
        assert at.get("image")[index].proto.imgs[0].alt == fresh.get("image")[index].proto.imgs[0].alt


def test_names_that_mean_nothing_here_are_left_alone():
    at = calm(visit(utm_source="poster", embed="true"))
    assert heading(at) == "Sobel x finds vertical edges"
    change(at, "stride", 2)
    assert calm(at).query_params["recipe"] == "grey~sobel-x.stride_2"


# --- what nobody meant ---------------------------------------------------------------------------

HOSTILE = {
    "an unknown picture": {"source": "dog"},
    "a path for a picture": {"source": "../../etc/passwd"},
    "an unknown display": {"signed": "neon"},
    "an unknown step": {"recipe": "nonsense"},
    "an unknown parameter": {"recipe": "sobel-x.self_1"},
    "a value out of range": {"recipe": "gaussian.sigma_1000"},
    "a size between two steps": {"recipe": "identity.size_4"},
    "a number that is none": {"recipe": "gaussian.sigma_nan"},
    "an endless number": {"recipe": f"gaussian.size_{'9' * 5000}"},
    "a stride of nothing": {"recipe": "sobel-x.stride_0"},
    "a stride that divides by nothing": {"recipe": "sobel-x.stride_1-0"},
    "markup": {"recipe": "<script>alert(1)</script>"},
    "markup in a picture's name": {"source": "<img src=x onerror=alert(1)>"},
    "a template": {"recipe": "sobel-x.{0.__class__}_1"},
    "Python": {"recipe": "__import__('os').system('true')"},
    "a sound's step": {"recipe": "conv1d.kernel_3_1_0_1"},
    "too many steps": {"recipe": "~".join(["identity"] * 40)},
    "too long": {"recipe": "sobel-x~" * 20_000},
    "a kernel cut off": {"recipe": "conv2d.kernel_3x3_1_2_3"},
    "a kernel of 10^12 numbers": {"recipe": "conv2d.kernel_999999x999999_1"},
    "no kernel": {"recipe": "conv2d"},
    "a word as a stride": {"recipe": "sobel-x.stride_fast"},
    "a parameter twice": {"recipe": "gaussian.size_3.size_5"},
    "a stray sign": {"recipe": "sobel-x;drop"},
    "nothing between two steps": {"recipe": "sobel-x~~sobel-y"},
}


@pytest.mark.parametrize("params", HOSTILE.values(), ids=HOSTILE)
def test_a_bad_address_is_answered_in_one_sentence_and_the_page_works(params):
    at = visit(**params)
    assert sentence(at).startswith("This address cannot be shown: ")
    assert heading(at) == "Sobel x finds vertical edges"
    assert len(at.get("image")) > 2
    change(at, "stride", 2)
    assert at.query_params == {"recipe": "grey~sobel-x.stride_2"}
    tells_the_truth(calm(at))


def test_a_bad_address_changes_nothing_of_what_was_set(at):
    change(at, "family", "blur")
    at.query_params = {"recipe": "nonsense"}
    at.run()
    sentence(at)
    assert heading(at) == "Gaussian blurs: fine detail fades"
    at.run()
    sentence(at)  # it stays until something is done


def test_reset_ends_the_complaint_about_a_bad_address():
    at = visit(recipe="nonsense")
    click(at, "reset")
    assert calm(at).query_params == {}
    tells_the_truth(at)


IMPOSSIBLE = {
    "no window fits": (
        {"source": "counting", "recipe": "sobel-x.dilation_64.padding_valid"},
        "Kernel spans 129",
    ),
    "a kernel that is not here": ({"recipe": "conv2d.kernel_digest_0123456789abcdef"}, "is not loaded"),
    "a kernel in three dimensions": (
        {"recipe": "conv2d.kernel_2x2x2_1_1_1_1_1_1_1_1"},
        "medium needs one in 2-D",
    ),
    "a sum of 0 normalised": ({"recipe": "sobel-x.normalise_yes"}, "cannot be normalised"),
    "a channel that is not there": (
        {"source": "bricks", "recipe": "channel.index_2~box"},
        "Channel 2 does not exist",
    ),
    "too much work": ({"recipe": "~".join(["box.size_255.stride_1-4"] * 6)}, "this machine allows"),
    "channels that do not fit": ({"source": "bricks", "recipe": "conv2d.kernel_1x3x1x1_1_1_1"}, "channels"),
    "a bell within one pixel": ({"recipe": "difference-of-gaussians.ratio_1.1.sigma_0.3.size_3"}, None),
}


@pytest.mark.parametrize("params, words", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_computed_is_said_in_one_sentence_and_can_be_changed(params, words):
    at = visit(**params)
    if words is None:
        tells_the_truth(calm(at))
    else:
        assert words in sentence(at)
    assert at.query_params == params
    click(at, "reset")
    tells_the_truth(calm(at))


def test_groups_have_no_control_and_are_kept():
    at = calm(visit(source="astronaut", recipe="conv2d.groups_3.kernel_3x1x1x1_1_2_3"))
    result = tells_the_truth(at)
    assert result.output.shape[0] == 3
    click(at, "step_add")
    assert heading(at) == "The identity changes nothing"
    change(at, "stride", 2)
    assert at.query_params["recipe"] == "conv2d.groups_3.kernel_3x1x1x1_1_2_3~identity.stride_2"
    tells_the_truth(calm(at))


def test_a_kernel_that_mixes_channels_is_shown_and_kept():
    at = calm(visit(recipe="conv2d.kernel_1x3x1x1_1_1_1"))
    result = tells_the_truth(at)
    assert result.output.shape[0] == 1
    assert any("mixes channels" in caption.value for caption in at.caption)
    change(at, "stride", 2)
    assert at.query_params["recipe"] == "conv2d.kernel_1x3x1x1_1_1_1.stride_2"
    tells_the_truth(calm(at))


def test_a_recipe_without_a_convolution_is_shown_as_it_is():
    at = calm(visit(recipe="grey~gain.factor_2"))
    tells_the_truth(at)
    assert heading(at) == "Gain: every value times the same" and at.query_params == {"recipe": "grey~gain.factor_2"}
    change(at, "family", "edges")
    tells_the_truth(calm(at))


def test_a_link_to_ones_own_picture_shows_the_cat_and_says_so():
    at = calm(visit(source="own", recipe="emboss"))
    assert (
        "This link was made with a file that is not included: load yours with Use mine. Until then here is the cat with"
        " the same settings."
        in notes(at)
    )
    assert control(at, "source").value == "cat"
    change(at, "source", "bricks")
    assert calm(at).query_params == {"source": "bricks", "recipe": "emboss"}
