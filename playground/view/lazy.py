"""Altair and pandas, imported when the first chart is drawn: they take half a second, and charts lie below."""

from __future__ import annotations

from playground.ops.lazy import LazyModule

altair = LazyModule("altair")
pandas = LazyModule("pandas")
