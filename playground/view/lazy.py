"""Altair and pandas, imported with the first chart or table of numbers: they take half a second, most pages begin without."""

from __future__ import annotations

from playground.ops.lazy import LazyModule

altair = LazyModule("altair")
pandas = LazyModule("pandas")
