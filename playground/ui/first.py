"""What does each page show before anything is touched?"""

from __future__ import annotations

from playground.ops import KernelRef
from playground.ui.spectrogram_state import SpectrogramState
from playground.ui.state import PageState

FIRST: dict[str, PageState] = {
    "image": PageState(),
    "audio": PageState(kind="audio", source="drums", colour="as_is", kernel=KernelRef(name="echo")),
    "spectrogram": SpectrogramState(),
}
"""The first sight of each page."""
