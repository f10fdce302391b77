"""How does a result leave the page?  As a link, as the picture shown, as the values."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from playground.media.save import file_stem, npy_bytes, png_bytes
from playground.result import Result
from playground.ui import frame
from playground.ui.address import OWN
from playground.ui.words import _
from playground.view import pixels


def offer(params: dict[str, str], name: str, result: Result | None, shown: pixels.Shown | None) -> None:
    """The popover "Save and share"; without a result only the link."""
    with st.popover(_("Save and share"), icon=":material/ios_share:", width="stretch", key="image_share"):
        st.markdown(f"**{_('Link to this page')}**")
        st.code(link(params), language=None, wrap_lines=True)
        if params.get("source") == OWN:
            frame.note(
                _("Your own picture is not in the link; whoever opens it sees the cat with these settings.")
            )
        if result is None or shown is None:
            return
        stem = f"{file_stem(name)}-{result.recipe.steps[-1].name}" if result.recipe.steps else file_stem(name)
        st.download_button(
            _("PNG: the pixels as shown, {height} × {width}", height=shown.pixels.shape[0], width=shown.pixels.shape[1]),
            _png(shown.pixels, result), f"{stem}.png", "image/png", key="image_png", on_click="ignore",
            width="stretch", icon=":material/image:",
        )  # fmt: skip
        st.download_button(
            _("NPY: the values, nothing clipped"), lambda: npy_bytes(result.output), f"{stem}.npy",
            "application/octet-stream", key="image_npy", on_click="ignore", width="stretch",
            icon=":material/data_array:",
        )  # fmt: skip


def link(params: dict[str, str]) -> str:
    """The full address of this page with these parameters."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(params)}" if params else base


def _png(shown: np.ndarray, result: Result) -> Callable[[], bytes]:
    return lambda: png_bytes(pixels.with_alpha(shown, result.alpha))
