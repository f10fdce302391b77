"""What of a sound is to be seen, and how does the page get it?  A scene, the panels that show it, one payload of bytes.

Every number and text that a visitor reads is made here; the page only finds the cell under the pointer.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops.bands import note_name
from playground.ops.methods.sharing import share
from playground.view.axes import back, hz_text, onto, seconds_text, ticks_db, ticks_hz, ticks_time
from playground.view.colours import INPUT, OUTPUT

FINEST_SECONDS, FINEST_SHARE = 0.05, 0.02
"""The closest look: seconds of time, and share of the frequency axis."""
ROUNDING = 1e-9
"""How far beyond 0 to 1 a fraction may be that a browser has reckoned with."""
MAGIC = b"CPSG"


@dataclass(frozen=True)
class Region:
    """A rectangle in seconds and Hz."""

    start: float
    end: float
    low: float
    high: float


@dataclass(frozen=True)
class Scene(Region):
    """All there is to be seen: the ends in seconds and Hz, on which axis; ``name`` tells one scene from the next.

    Places in a scene are fractions, 0 to 1 in time and upwards on the axis.  What a browser says is believed only if
    it is about this scene and has a meaning.

    >>> scene = Scene(start=0.0, end=4.0, low=0.0, high=8000.0, axis="linear", name="drums")
    >>> scene.region({"t0": 0.25, "t1": 0.5, "f0": 0.0, "f1": 0.125, "scene": "drums"})
    Region(start=1.0, end=2.0, low=0.0, high=1000.0)
    """

    axis: str = "linear"
    name: str = ""

    @property
    def finest(self) -> tuple[float, float]:
        """The smallest part that can be shown, in fractions of time and frequency."""
        return min(1.0, FINEST_SECONDS / (self.end - self.start)), FINEST_SHARE

    def region(self, said: object) -> Region | None:
        """The rectangle that the browser reports, in seconds and Hz; None where it reports none of this scene."""
        if not isinstance(said, dict) and not hasattr(said, "get"):
            return None
        parts = [said.get(name) for name in ("t0", "t1", "f0", "f1")]
        if said.get("scene") != self.name or not all(type(part) in (int, float) for part in parts):
            return None
        if not all(-ROUNDING <= part <= 1 + ROUNDING for part in parts):
            return None
        t0, t1, f0, f1 = (min(1.0, max(0.0, part)) for part in parts)
        if not (t0 < t1 and f0 < f1):
            return None
        low, high = (float(hz) for hz in self._hz(np.array([f0, f1], float)))
        length = self.end - self.start
        return Region(self.start + t0 * length, self.start + t1 * length, low, high)

    def window(self, said: object) -> Region:
        """What is shown, in seconds and Hz: the view that the browser reports, else everything.

        A view that is finer than the finest is everything too.
        """
        found = self.region(said)
        if found is None:
            return Region(self.start, self.end, self.low, self.high)
        t0, t1, f0, f1 = self.fractions(found)
        enough = t1 - t0 > 0.99 * self.finest[0] and f1 - f0 > 0.99 * self.finest[1]
        return found if enough else Region(self.start, self.end, self.low, self.high)

    def fractions(self, region: Region) -> tuple[float, float, float, float]:
        """``(t0, t1, f0, f1)`` of a rectangle in seconds and Hz; beyond 0 to 1 where it exceeds the scene."""
        length = self.end - self.start
        hz = np.array([region.low, region.high, self.low, self.high])
        f0, f1, bottom, top = (float(place) for place in onto(self.axis, np.maximum(hz, 1e-9)))
        return ((region.start - self.start) / length, (region.end - self.start) / length,
                (f0 - bottom) / (top - bottom), (f1 - bottom) / (top - bottom))  # fmt: skip

    def _hz(self, fraction: np.ndarray) -> np.ndarray:
        bottom, top = onto(self.axis, np.array([self.low, self.high]))
        hz = back(self.axis, bottom + fraction * (top - bottom))
        return np.where(fraction == 0, self.low, np.where(fraction == 1, self.high, hz))


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture: levels in dB, what its cells are called, where it lies, and the waveform above it.

    Shape: ``levels`` ``(rows, columns)`` with row 0 the lowest, ``hz`` ``(rows,)``, ``seconds`` ``(columns,)``: the
    middles of the cells; ``wave`` two of ``(n,)``, smallest and largest value of equal stretches of ``extent``, or None.
    ``extent`` holds the edges of the picture in seconds and Hz.  ``floor_db`` is the level that means "or less".
    """

    title: str
    levels: np.ndarray
    hz: np.ndarray
    seconds: np.ndarray
    extent: Region
    wave: tuple[np.ndarray, np.ndarray] | None = None
    unit: str = "dB"
    signed: bool = False
    floor_db: float | None = None


@dataclass(frozen=True)
class Player:
    """The n-th player of the page: the scene's time at its beginning, and the scene's seconds in each of its own."""

    origin: float = 0.0
    speed: float = 1.0


# --- one payload ---------------------------------------------------------------------------------


def pack(
    panels: Sequence[Panel], *, scene: Scene, window: Region, range_db: tuple[float, float], table: np.ndarray, theme: str,
    players: Sequence[Player] = (), selection: Region | None = None, bar: str = "dB", stamp: int = 0,
) -> bytes:  # fmt: skip
    """All that the page needs to draw one or two panels, in bytes.

    They are ``CPSG``, a header in JSON, and the arrays after it.

    Shape: ``table`` ``(256, 3)`` uint8, the colours from ``range_db[0]`` to ``range_db[1]``.

    Levels are int16 hundredths of dB, each row but the lowest as what it has more than the one below: many have nothing,
    as low bins are wider than a row.  Waveforms are int16, 32767 at the largest value of all panels or at full scale.
    Each array is deflated by itself.  ``window`` is what is shown of ``scene``; ``bar`` is the colour bar's title.
    ``stamp`` tells these colours from earlier and later ones, which ``colouring`` brings without the levels.
    """
    if not 1 <= len(panels) <= 2:
        raise GeometryError(N_("{count} panels were given; one or two can be shown"), count=len(panels))
    arrays, places = [], []

    def put(array: np.ndarray) -> dict[str, int]:
        arrays.append((array, place := {"size": array.nbytes}))
        return place

    scale = max([1.0, *(float(np.abs(part).max(initial=0)) for panel in panels for part in panel.wave or ())])
    accents = (INPUT[theme], OUTPUT[theme])
    if len(panels) == 1 and panels[0].signed:  # what the output has more or less
        accents = (OUTPUT[theme],)
    for panel, accent in zip(panels, accents, strict=False):
        rows, columns = panel.levels.shape
        hundredths = np.clip(np.round(panel.levels * np.float32(100)), -32768, 32767).astype("<i2")
        wave = None
        if panel.wave is not None:
            wave = put(np.round(np.stack(panel.wave) * (32767 / scale)).astype("<i2"))
        places.append({
            "title": panel.title, "unit": panel.unit, "signed": panel.signed, "accent": accent,
            "rows": rows, "columns": columns, "window": scene.fractions(panel.extent),
            "floor": None if panel.floor_db is None else round(100 * panel.floor_db),
            **_names_of(tuple(panel.hz.tolist())),
            "seconds": _seconds_of(tuple(panel.seconds.tolist())),
            "levels": put(np.concatenate((hundredths[:1], np.diff(hundredths, axis=0)))), "wave": wave,
        })  # fmt: skip
    body = _deflated(arrays)
    t0, t1, f0, f1 = view = scene.fractions(window)
    length = scene.end - scene.start
    header = {
        "scene": scene.name, "view": [min(1.0, max(0.0, part)) for part in view], "finest": scene.finest,
        **colouring(range_db, table, bar=bar, stamp=stamp), "panels": places,
        "ticks": {
            "time": [(t0 + at * (t1 - t0), text) for at, text in ticks_time(window.start, window.end, beyond=1)],
            "hz": [(f0 + at * (f1 - f0), text) for at, text in ticks_hz(scene.axis, window.low, window.high, beyond=1)],
        },
        "players": [[(player.origin - scene.start) / length, player.speed / length] for player in players],
        "selection": None if selection is None else scene.fractions(selection),
    }  # fmt: skip
    head = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    digest = hashlib.blake2b(head + body, digest_size=8).hexdigest()
    head = head[:-1] + f',"digest":"{digest}"}}'.encode()
    return struct.pack("<4sI", MAGIC, len(head)) + head + body


@lru_cache(maxsize=8)
def _names_of(hz: tuple[float, ...]) -> dict[str, list[str]]:
    """What rows are called in Hz and as notes; both panels have the same, also when the window changes there and back."""
    return {"hz": [hz_text(row) for row in hz], "notes": [note_name(row) for row in hz]}


@lru_cache(maxsize=8)
def _seconds_of(seconds: tuple[float, ...]) -> list[str]:
    """What columns are called, in as many decimals as tell them apart."""
    step = min((after - before for before, after in itertools.pairwise(seconds)), default=0.01)
    decimals = min(5, max(2, math.ceil(-math.log10(max(step, 1e-6)))))
    return [seconds_text(at, decimals) for at in seconds]


def _deflated(arrays: Sequence[tuple[np.ndarray, dict[str, int]]]) -> bytes:
    """All arrays one after the other, each deflated; their places are told where they stand."""
    made = [b""] * len(arrays)

    def deflate(number: int) -> None:
        runs = zlib.compressobj(1, strategy=zlib.Z_RLE)  # half the time of a search for what came before, for about as many bytes
        made[number] = runs.compress(np.ascontiguousarray(arrays[number][0])) + runs.flush()

    largest_first = sorted(range(len(arrays)), key=lambda number: -arrays[number][0].nbytes)
    share(deflate, largest_first)
    ends = itertools.accumulate(map(len, made))
    for data, end, (_, place) in zip(made, ends, arrays, strict=True):
        place |= {"at": end - len(data), "bytes": len(data)}
    return b"".join(made)


def colouring(range_db: tuple[float, float], table: np.ndarray, *, bar: str = "dB", stamp: int = 0) -> dict[str, object]:
    """Which level has which colour, and what stands at the colour bar; the later ``stamp`` counts.

    Shape: ``table`` ``(256, 3)`` uint8.

    >>> found = colouring((-80, 0), np.zeros((256, 3), np.uint8), stamp=7)
    >>> found["range"], found["lut"][:8], found["bar"]["ticks"][0], found["stamp"]
    ([-8000, 0], 'AAAAAAAA', (0.0, '−80'), 7)
    """
    return {
        "range": [round(100 * end) for end in range_db], "lut": base64.b64encode(table.tobytes()).decode(), "stamp": stamp,
        "bar": {"title": bar, "ticks": ticks_db(*range_db)},
    }  # fmt: skip


def unpack(payload: bytes) -> tuple[dict, list[np.ndarray]]:
    """The header and the panels' levels in hundredths of dB, as the page reads them."""
    magic, size = struct.unpack_from("<4sI", payload)
    if magic != MAGIC:
        raise GeometryError(
            N_("these bytes hold no spectrogram; they begin with {start!r}"), start=payload[:4]
        )
    header = json.loads(payload[8 : 8 + size])

    def take(place: dict[str, int]) -> bytes:
        return zlib.decompress(payload[8 + size + place["at"] :][: place["bytes"]])

    return header, [
        np.frombuffer(take(panel["levels"]), "<i2").reshape(panel["rows"], panel["columns"]).cumsum(0, dtype="<i2")
        for panel in header["panels"]
    ]
