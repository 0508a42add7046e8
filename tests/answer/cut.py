"""Passages and hits cut from a few lines, for tests of what is chosen and how it is put."""

from __future__ import annotations

from collections.abc import Sequence

from backbot.model import ArticleMeta, Hit, Passage, Source, Unit

META = ArticleMeta("heat", "Heat", sources=(Source("On heat", "A clinic"),))


def passage(
    text: str, *, section: str = "Part", article: str = "heat", number: int = 0
) -> Passage:
    """A passage of that text: a line is a sentence, a list item ("- ") or a step ("1. ")."""
    units: list[Unit] = []
    at = block = 0
    before = "sentence"
    for line in text.split("\n"):
        kind, mark = "sentence", 0
        if line.startswith("- "):
            kind, mark = "item", 2
        elif line[:1].isdigit() and line[1:3] == ". ":
            kind, mark = "step", 3
        if (kind == "sentence") != (before == "sentence"):
            block += 1
        lead_in = kind == "sentence" and line.endswith(":")
        units.append(Unit(line[mark:], at + mark, at + len(line), kind, block, lead_in))  # type: ignore[arg-type]
        before = kind
        at += len(line) + 1
    return Passage(f"{article}#{number}", article, section, text, 0, len(text), tuple(units))


def hits(*passages: Passage, scores: Sequence[float] = (), units: float = 0.5) -> list[Hit]:
    """The passages as they were ranked; every unit answers equally well."""
    scores = scores or [0.7 - 0.01 * k for k in range(len(passages))]
    return [
        Hit(found, rank, scores[rank - 1], {}, (units,) * len(found.units))
        for rank, found in enumerate(passages, start=1)
    ]
