"""What counts as an English word, and what follows for the spelling."""

from __future__ import annotations

import pytest

from backbot.retrieval import english
from backbot.retrieval.english import is_english
from backbot.retrieval.spelling import Speller


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path, monkeypatch):
    """Each test reads the list anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    english._words.cache_clear()
    yield
    english._words.cache_clear()


@pytest.mark.parametrize(
    "word", ["sneezing", "loo", "unsteady", "mowing", "achy", "wasnt", "wasn't"]
)
def test_words_of_the_language_are_known(word):
    """Also those that no article has and the encoder's tokeniser cuts in pieces."""
    assert is_english(word)
    assert is_english(word)  # from what the first look has kept


@pytest.mark.parametrize(
    "word", ["hamstrng", "teh", "posutre", "", "\n", "see", "seeing\nsneezing"]
)
def test_misprints_are_not(word):
    """Nor is anything that is no single word; "see" is one, and "se" is none."""
    assert is_english(word) is (word == "see")


def test_a_word_of_the_language_is_not_put_right():
    """No "sneezing" is a misspelt "seeing", and "hamstrng" still is a hamstring."""
    speller = Speller(["seeing", "moving", "hamstring"], [], lambda _word: False)
    assert speller.mend("sneezing and mowing") == "sneezing and mowing"
    assert speller.mend("hamstrng") == "hamstring"


@pytest.mark.parametrize(
    "damaged", [b"", b"no gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + b"x" * 40, None]
)
def test_without_the_list_every_word_is_unknown(tmp_path, monkeypatch, damaged):
    """A missing or damaged list costs a few wrong corrections, never an answer."""
    path = tmp_path / "en.json.gz"
    if damaged is not None:
        path.write_bytes(damaged)
    monkeypatch.setattr(english, "_list", lambda: None if damaged is None else path)
    assert not is_english("sneezing")
