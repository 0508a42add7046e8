"""Articles made in memory, for the checks that read sentences."""

from __future__ import annotations

from pathlib import Path

from backbot.corpus.prose import Prose, read_prose
from backbot.model import Article, ArticleMeta


def prose(
    body: str, *, name: str = "heat", title: str = "An article", language: str = "en"
) -> Prose:
    """An article of that body, whose first line is line 1."""
    meta = ArticleMeta(slug=name, title=title, language=language)
    return read_prose(Article(meta, body, Path(f"{name}.md")), "")
