"""Texts that nobody writes by hand: cut, doubled and mixed from those that somebody does.  Seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence


def strange_texts(count: int, corpus: Sequence[str], tokens: Sequence[str], characters: str) -> Iterator[str]:
    """Half of them changed from ``corpus``, a quarter rows of ``tokens``, a quarter of ``characters``."""
    rng = random.Random(7)
    for i in range(count):
        match i % 4:
            case 0 | 1:
                yield mutated(rng, corpus, tokens, characters)
            case 2:
                yield "".join(rng.choices(tokens, k=rng.randint(1, 12)))
            case 3:
                yield "".join(rng.choices(characters, k=rng.randint(0, 40)))


def mutated(rng: random.Random, corpus: Sequence[str], tokens: Sequence[str], characters: str) -> str:
    text = rng.choice(corpus)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(text))
        to = min(len(text), at + rng.randint(0, 6))
        match rng.randrange(6):
            case 0:
                text = text[:at] + rng.choice(characters) + text[at:]
            case 1:
                text = text[:at] + text[to:]
            case 2:
                text = text[:at] + rng.choice(tokens) + text[to:]
            case 3:
                text = text[:at] + text[at:to] * rng.randint(2, 5) + text[to:]
            case 4:
                text = text[:at]
            case 5:
                text = text[:at] + rng.choice(corpus)[at:]
    return text
