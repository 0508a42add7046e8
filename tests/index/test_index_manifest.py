"""Manifests and digests."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.errors import CorruptGenerationError, ModelMismatchError
from backbot.index.manifest import (
    Counts,
    FileRecord,
    Manifest,
    article_digest,
    corpus_digest,
    text_digests,
)
from backbot.model import Article, ArticleMeta, Source
from fakes import identity

MANIFEST = Manifest(
    id="20260102T030405678Z-0123abcd",
    created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    tool_version="1.2.3",
    encoder=identity(),
    chunking={"max_tokens": 200},
    corpus_digest="0123abcd" * 8,
    counts=Counts(articles=1, passages=2, units=3, questions=4),
    files={"a.json": FileRecord("ff", 7)},
    previous="20260101T030405678Z-0123abcd",
)


def test_a_manifest_survives_writing_and_reading():
    """Every field comes back, and the time is told in UTC."""
    assert Manifest.from_json(MANIFEST.to_json(), MANIFEST.id) == MANIFEST
    east = replace(
        MANIFEST, created=datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    )
    assert json.loads(east.to_json())["created"] == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    "change",
    [
        {"format": 99},
        {"format": None},
        {"surprise": 1},
        {"created": "yesterday"},
        {"created": "2026-01-02T03:04:05"},
        {"encoder": {"name": "x"}},
        {"counts": 5},
        {"files": {"a": {"sha256": "x"}}},
        {"files": []},
    ],
)
def test_what_is_no_manifest_is_refused(change: dict[str, object]):
    """A reader never guesses what a damaged or newer manifest meant."""
    text = json.dumps({**json.loads(MANIFEST.to_json()), **change})
    with pytest.raises(CorruptGenerationError, match=MANIFEST.id):
        Manifest.from_json(text, MANIFEST.id)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"format": 1}', '{"format'])
def test_half_a_manifest_is_refused(text: str):
    """Whatever part of it is there."""
    with pytest.raises(CorruptGenerationError):
        Manifest.from_json(text, MANIFEST.id)


def test_another_encoder_is_refused_by_name():
    """Both models and the remedy are named; another name alone is the same encoder."""
    MANIFEST.require_encoder(replace(MANIFEST.encoder, name="renamed"))
    with pytest.raises(ModelMismatchError) as caught:
        MANIFEST.require_encoder(identity("other", dimensions=64))
    message = str(caught.value)
    assert "hash (32 dimensions" in message
    assert "other (64 dimensions" in message
    assert "backbot index build" in message


def article(**changes: object) -> Article:
    """An article, changed as told."""
    meta = ArticleMeta(
        slug="heat",
        title="Heat",
        sources=(Source(title="A"),),
        reviewed_on=date(2026, 1, 1),
        questions=("Why?",),
    )
    body = str(changes.pop("body", "Text."))
    path = changes.pop("path", Path("heat.md"))
    assert isinstance(path, Path)
    return Article(replace(meta, **changes), body, path)


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "cold"},
        {"title": "Cold"},
        {"body": "Text"},
        {"sources": (Source(publisher="A"),)},
        {"reviewed_on": None},
        {"questions": ()},
    ],
)
def test_any_change_of_an_article_changes_its_digest(change: dict[str, object]):
    """Front matter and body both count; where the file lies does not."""
    assert article_digest(article(**change)) != article_digest(article())
    assert article_digest(article(path=Path("/else/heat.md"))) == article_digest(article())


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text("abc", min_size=1), st.text("0123456789abcdef", min_size=64, max_size=64)
    )
)
def test_the_order_of_articles_does_not_matter(digests: dict[str, str]):
    """The same articles have the same digest; one more or less has another."""
    digest = corpus_digest(digests)
    assert corpus_digest(dict(reversed(digests.items()))) == digest
    assert corpus_digest({**digests, "new": "0" * 64}) != digest


def test_texts_have_a_digest_each():
    """16 bytes, the same for the same text."""
    first, second, third = text_digests(["a", "b", "a"])
    assert first == third != second
    assert {len(first), len(second)} == {16}
