"""Where classes stand in a text: put together when asked for, and the same as looking at once."""

from __future__ import annotations

import json
from pathlib import Path

from backbot.triage.lexicon import Lexicon, Places
from backbot.triage.match import _indexed
from backbot.triage.rules import load_rules
from backbot.triage.text import split_words, tokenise

DATA = Path(__file__).parent / "data" / "messages.jsonl"


def test_a_class_has_the_places_of_all_its_phrases_in_order():
    """Whichever phrase was met first."""
    hits = [(frozenset({1, 2}), [(3, 4)]), (frozenset({2, 3}), [(0, 1), (5, 7)])]
    places = Places(hits, {1, 2, 3}, {1, 2, 3, 4}, {1})
    assert places.present == {1, 2, 3}
    assert places.of(1) == [(3, 4)]
    assert places.of(2) == [(0, 1), (3, 4), (5, 7)]
    assert places.of(4) == []
    places.add(2, [(2, 3), (3, 4)])
    places.add(4, [(6, 7)])
    assert places.of(2) == [(0, 1), (2, 3), (3, 4), (5, 7)]
    assert places.of(4) == [(6, 7)]
    assert places.present == {1, 2, 3, 4}
    assert hits[1][1] == [(0, 1), (5, 7)]


def test_a_class_that_is_not_looked_for_first_has_its_places_too():
    """It is not among those that are present, and found all the same."""
    hits = [(frozenset({1, 2}), [(3, 4)]), (frozenset({2, 3}), [(0, 1)])]
    places = Places(hits, {1}, {1, 4}, {1})
    assert places.of(2) == [(0, 1), (3, 4)]
    assert places.of(3) == [(0, 1)]
    assert places.of(5) == places.of(4) == []
    assert places.present == {1}


def test_what_is_remembered_of_a_lexicon_is_bounded_by_its_phrases():
    """A set for each end of a phrase, made when first met."""
    lexicon = Lexicon({"leg": ["leg", "foot"], "limb": ["leg", "arm"]})
    for _ in range(3):
        marks = lexicon.mark(split_words("my leg, my arm, my leg"))
    assert marks.places.of(lexicon.id_of("limb")) == [(1, 2), (3, 4), (5, 6)]
    assert marks.places.of(lexicon.id_of("leg")) == [(1, 2), (5, 6)]
    assert len(lexicon._sets) == 2


def test_every_pattern_is_found_by_two_of_its_classes():
    """The rarest and the next: a pattern that is not in the index would never be tried."""
    rules = load_rules()
    found = _indexed(rules)
    patterns = [
        (sequence, rule.rule_id)
        for rule in rules.rules
        for pattern in rule.patterns
        for sequence in pattern.sequences
    ]
    indexed = [
        (number, other, sequence, rule.rule_id)
        for number, by_other in found.items()
        for other, entries in by_other.items()
        for sequence, rule, _ in entries
    ]
    assert len(indexed) == len(patterns)
    assert {each[2:] for each in indexed} == set(patterns)
    for number, other, sequence, _ in indexed:
        assert {number, other} <= set(sequence.atoms)
        assert (number == other) == (len(set(sequence.atoms)) == 1)
        assert {number, other} <= rules.lexicon._first
        assert number in rules.lexicon._rarest


def test_long_texts_are_read_as_short_ones(monkeypatch):
    """From many phrases on, places are put together at once: the same places."""
    lexicon = Lexicon(
        {"leg": ["leg", "foot", "left leg"], "limb": ["leg", "arm", "@left leg"], "left": ["left"]}
    )
    tokens = split_words("my left leg, my arm, my leg and foot")
    few = lexicon.mark(tokens).places
    monkeypatch.setattr("backbot.triage.lexicon._MANY_HITS", 0)
    many = lexicon.mark(tokens).places
    assert many._by_number
    assert few._by_number is None
    assert many.present == few.present
    assert [many.of(n) for n in sorted(few.present)] == [few.of(n) for n in sorted(few.present)]


def test_no_class_is_present_without_a_place():
    """Patterns are tried by what is present."""
    rules = load_rules()
    lines = DATA.read_text("utf-8").splitlines()[::60]
    for line in lines:
        places = rules.lexicon.mark(tokenise(json.loads(line)["text"], rules.speller)).places
        for number in places.present:
            spans = places.of(number)
            assert spans == sorted(set(spans))
            assert spans


def test_a_gap_before_a_word_that_may_be_missing_stays_where_it_is_missing():
    """`..2 (my)? arm`: up to two words, "my" or none, "arm"."""
    lexicon = Lexicon({"lift": ["lift ..2 (my)? arm"]})
    for text in ("lift arm", "lift my arm", "lift up the arm", "lift up high my arm"):
        assert lexicon.mark(split_words(text)).places.of(lexicon.id_of("lift")), text
    far = lexicon.mark(split_words("lift it up high then arm"))
    assert not far.places.of(lexicon.id_of("lift"))
