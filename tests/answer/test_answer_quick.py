"""What choosing remembers of articles' sentences is bounded, and of one text alone."""

from __future__ import annotations

from backbot.answer import extract, scope


def test_what_is_remembered_of_a_sentence_is_what_it_says():
    """Words as they are read, whether it leans, and its topic."""
    read = extract.read("It also helps the hamstrings, 20 times.")
    assert read.words == 7
    assert read.leans
    assert read.topic_words == {"also", "helps", "hamstr", "20", "times"}
    assert not extract.read("Heat helps.").leans


def test_sentences_are_remembered_only_up_to_a_number():
    """A clinic's articles fit, and no more is kept."""
    assert extract.read.cache_info().maxsize == 16384


def test_every_off_corpus_phrase_is_looked_for():
    """By its first word, in the plural too where it is a single word."""
    for words in scope._lists()["phrases"]:
        off = scope._listed(words)
        assert off.word in {found.word for found in scope.off_topic_words(" ".join(words))} or any(
            found.word in off.word or off.word in found.word
            for found in scope.off_topic_words(" ".join(words))
        )
        if len(words) == 1:
            assert list(scope.off_topic_words(f"{words[0]}s"))
