"""Whether an encoder reads other languages is found by trying it."""

from __future__ import annotations

import numpy as np
import pytest

from backbot.retrieval.reach import _SAID, reads_other_languages
from backbot.retrieval.retriever import Retriever
from fakes import HashEmbedder
from multilingual import MultilingualEmbedder
from real import real_clinic  # noqa: F401 - a fixture


def test_an_encoder_that_puts_translations_together_reads_other_languages():
    """And a retriever with it says so."""
    assert reads_other_languages(MultilingualEmbedder(_SAID))
    assert Retriever(MultilingualEmbedder(_SAID)).any_language


def test_an_encoder_that_does_not_reads_english_only():
    """One that looks at words alone."""
    assert not reads_other_languages(HashEmbedder())
    assert not Retriever(HashEmbedder()).any_language


def test_an_encoder_to_which_all_is_alike_reads_no_language():
    """Near is not enough: the translation must be nearer than another sentence."""

    class Blind(HashEmbedder):
        def encode(self, texts):
            rows = super().encode(texts)
            rows[:] = 1 / np.sqrt(rows.shape[1])
            rows[0] = -rows[0]
            return rows

    assert not reads_other_languages(Blind())


def test_it_is_tried_once_and_only_when_asked():
    """A question in English costs nothing more."""
    embedder = MultilingualEmbedder(_SAID)
    finder = Retriever(embedder)
    assert embedder.encoded == []
    assert finder.any_language
    assert finder.any_language
    assert len(embedder.encoded) == sum(len(said) for said in _SAID)


@pytest.mark.model
def test_the_bundled_encoder_reads_english_only(real_clinic):  # noqa: F811
    """So that other languages are answered by a fixed sentence."""
    assert not real_clinic.finder.any_language
