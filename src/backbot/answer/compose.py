"""Excerpts → answer text and citations; decides the order, never the wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from backbot.answer.extract import Excerpt
from backbot.model import Answer, ArticleMeta, Citation, Hit


def compose_answer(
    excerpts: Sequence[Excerpt],
    hits: Sequence[Hit],
    *,
    articles: Mapping[str, ArticleMeta],
    today: date,
    suggestions: Sequence[str] = (),
    preface: str = "",
) -> Answer:
    """The answer that a person reads.

    Args:
        excerpts: In reading order, at least one.
        hits: The ranking they were chosen from.
        articles: Front matter by slug.
        today: For the review state.
        suggestions: Sample questions offered as buttons.
        preface: A fixed sentence to put first, or "".

    Returns:
        Sentences as they stand in the articles, each passage's closed by its `[n]` mark.
    """
    paragraphs: list[str] = [preface] if preface else []
    citations: list[Citation] = []
    by_passage: dict[str, list[Excerpt]] = {}
    for excerpt in excerpts:
        by_passage.setdefault(excerpt.hit.passage.passage_id, []).append(excerpt)
    for n, group in enumerate(by_passage.values(), start=1):
        passage = group[0].hit.passage
        paragraphs.append(f"{_join(group)} [{n}]")
        meta = articles[passage.article]
        citations.append(
            Citation(
                n=n,
                article=passage.article,
                title=meta.title,
                section=passage.section,
                quote=passage.text[
                    group[0].units[0].start - passage.start : group[-1].units[-1].end
                    - passage.start
                ],
                sources=tuple(source.label() for source in meta.sources),
                review=meta.review_state(today),
            )
        )
    return Answer(
        "answer",
        "\n\n".join(paragraphs),
        tuple(citations),
        tuple(hits),
        tuple(suggestions),
    )


def _join(excerpts: Sequence[Excerpt]) -> str:
    """One passage's excerpts as they are read.

    Sentences that follow each other stand in a line; list items and steps each on their own,
    with their marks, steps numbered from 1; and what is parted in the article is parted here.
    """
    lines: list[str] = []
    goes_on = False
    next_unit = 0
    for excerpt in excerpts:
        step, block = 0, -1
        for unit in excerpt.units:
            goes_on = goes_on and (
                excerpt.first == next_unit if block < 0 else unit.block == block
            )
            if unit.block != block:
                step, block = 0, unit.block
            if unit.kind == "step":
                step += 1
                lines.append(f"{step}. {unit.text}")
            elif unit.kind == "item":
                lines.append(f"- {unit.text}")
            elif goes_on:
                lines[-1] += f" {unit.text}"
            else:
                lines.append(unit.text)
            goes_on = unit.kind == "sentence"
        next_unit = excerpt.first + len(excerpt.units)
    return "\n".join(lines)
