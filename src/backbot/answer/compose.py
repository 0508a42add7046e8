"""Excerpts → answer text and citations; decides the order, never the wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from backbot.answer.extract import Excerpt
from backbot.model import Answer, ArticleMeta, Citation, Hit, Unit


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
        text = _join([unit for excerpt in group for unit in excerpt.units])
        paragraphs.append(f"{text} [{n}]")
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


def _join(units: Sequence[Unit]) -> str:
    """Sentences in a line, list items and steps each on its own, with their marks."""
    lines: list[str] = []
    step = 0
    for unit in units:
        if unit.kind == "sentence":
            step = 0
            if lines and not lines[-1].startswith(
                ("- ", "1", "2", "3", "4", "5", "6", "7", "8", "9")
            ):
                lines[-1] += f" {unit.text}"
            else:
                lines.append(unit.text)
        elif unit.kind == "step":
            step += 1
            lines.append(f"{step}. {unit.text}")
        else:
            lines.append(f"- {unit.text}")
    return "\n".join(lines)
