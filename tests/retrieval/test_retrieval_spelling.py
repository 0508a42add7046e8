"""Misspelt words are put right, and nothing else is touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.retrieval.spelling import Speller
from backbot.retrieval.terms import vocabulary
from real import real_clinic, rows  # noqa: F401 - a fixture

CORPUS = ("hamstring", "hamstrings", "stretching", "massage", "inflammation", "back", "brace")
LISTS = ("the", "work", "pain", "heat", "hammies", "stomach")
WHOLE = frozenset({"the", "work", "pain", "heat", "stomach", "knee", "statin", "clamp", "river"})


def speller(corpus=CORPUS, lists=LISTS, whole=WHOLE):
    """A speller whose tokeniser keeps the given words whole."""
    return Speller(corpus, lists, whole.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hamstrng", "hamstring"),
        ("hmastring", "hamstring"),
        ("hamstringg", "hamstring"),
        ("inflamation", "inflammation"),
        ("inflamtion", "inflammation"),
        ("strecthing", "stretching"),
        ("masage", "massage"),
        ("bakc", "back"),
        ("bak", "back"),
        ("brase", "brace"),
        ("heet", "heat"),
        ("teh", "the"),
        ("wrok", "work"),
        ("pian", "pain"),
    ],
)
def test_a_slip_of_the_finger_is_put_right(typed, meant):
    """Missing, doubled, swapped and like-sounding letters; two slips in a long word."""
    assert speller().mend(f"a {typed}?") == f"a {meant}?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("massa ge for my back", "massage for my back"),
        ("ham string pain", "ham string pain"),  # two right words
        ("st retching", "stretching"),
        ("heatpain", "heat pain"),
        ("heat inmy back", "heat in my back"),
        ("mystomach", "my stomach"),
        ("mas, sage", "mas, sage"),
        ("mas  sage", "mas  sage"),
    ],
)
def test_a_space_too_many_or_too_few_is_put_right(typed, meant):
    """Where a piece is no word by itself, and where both pieces are known."""
    whole = WHOLE | {"ham", "string", "sage", "for", "my", "in"}
    assert speller(whole=whole).mend(typed) == meant


@pytest.mark.parametrize(
    "word",
    [
        "zzzzzz",  # nothing is near
        "xeat",  # the first letter is rarely wrong
        "baclofen",  # a medicine is no misspelt word
        "cold",  # short, and another letter changes the word
        "river",  # the tokeniser knows it
        "rivers",  # and its plural
        "clamping",  # a known verb with its ending
        "clampping",  # its last letter doubled
        "hammies",  # on the lists
        "c0ld",
        "bräce",
    ],
)
def test_other_words_stay_as_they_are(word):
    """Right, foreign, strange: nobody can tell what else was meant."""
    assert speller().mend(f"my {word} hurts") == f"my {word} hurts"


def test_a_listed_word_that_the_tokeniser_cuts_is_never_what_was_meant():
    """Lists hold slang and spellings on purpose; nobody aims at them."""
    assert speller(lists=("flexer",)).mend("flexeril") == "flexeril"
    assert speller(lists=("flexer",), whole=frozenset({"flexer"})).mend("flexeril") == "flexer"


def test_a_text_of_strange_words_is_left_alone():
    """It is in another language, or in none: one word of it may look like a slip."""
    foreign = "mujhe kamar brase dard hota hai bahut"
    assert speller(whole=frozenset()).mend(foreign) == foreign


def test_a_strange_word_is_told_from_a_right_one():
    """Neither the lists nor the tokeniser know it."""
    made = speller()
    assert made.is_strange("tempur")
    assert not made.is_strange("massage")
    assert not made.is_strange("knees")
    assert not made.is_strange("ok")


@given(st.text(max_size=120))
def test_mending_changes_words_only_and_never_fails(text):
    """Everything between the words stays, and what is mended needs no mending."""
    mended = speller().mend(text)
    gaps = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
    assert gaps.sub("", mended) == gaps.sub("", text)
    assert speller().mend(mended) == mended


@pytest.mark.model
def test_no_sample_question_that_is_spelled_right_is_changed(real_clinic):  # noqa: F811
    """Of the shipped articles; those with slips on purpose lose their slips."""
    embedder = real_clinic.embedder
    ends = embedder.count_tokens("")
    made = Speller(
        (word for body in real_clinic.bodies.values() for word in re.findall(r"[a-z]+", body)),
        vocabulary().right,
        lambda word: embedder.count_tokens(word) <= ends + 1,
    )
    for row in rows("more_questions"):
        words = zip(row["question"].split(), made.mend(row["question"]).split(), strict=True)
        changed = [(typed, meant) for typed, meant in words if typed != meant]
        assert len(changed) <= 2, changed
    assert made.mend("posutre brase wrok??") == "posture brace work??"
    assert made.mend("should i stop my statins") == "should i stop my statins"


def test_a_first_letter_that_sounds_the_same_is_no_other_word():
    """As in "kiropractor", which is heard as it is written."""
    mend = speller(corpus=("chiropractor",)).mend
    assert mend("kiropractor") == "chiropractor"
    assert mend("biropractor") == "biropractor"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bacj", "back"),  # the key beside it
        ("hest", "heat"),
        ("massagd", "massage"),
        ("backk", "back"),
        ("massagess", "massages"),
        ("bracees", "braces"),
        ("workk", "work"),
    ],
)
def test_the_key_beside_and_a_letter_twice_are_slips(typed, meant):
    """What looks like an ending is none after a letter that it cannot follow."""
    mend = speller(corpus=(*CORPUS, "massages", "braces")).mend
    assert mend(f"a {typed}?") == f"a {meant}?"


@pytest.mark.parametrize("right", ["sitting", "stabbed", "knees", "boxes", "used", "clamped"])
def test_an_ending_after_what_it_follows_is_no_slip(right):
    """However often a letter stands there."""
    made = speller(whole=WHOLE | {"sit", "stab", "box", "use"})
    assert not made.is_strange(right)
    assert made.mend(right) == right


NAMES = ("scoliosis", "amitriptyline", "paracetamol", "spina", "bifida", "prp", "matress", "bass")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("scolliosis", "scoliosis"),
        ("amitryptiline", "amitriptyline"),
        ("paracetemol", "paracetamol"),
        ("my spina biffida", "my spina bifida"),
        ("prp", "prp"),  # right, though no corpus has it
        ("bracke", "brace"),  # the articles' word goes before a name as near
    ],
)
def test_a_name_that_the_articles_do_not_have_is_put_right_too(typed, meant):
    """Else a misspelt drug's name is a strange word, or one of the articles' own."""
    made = Speller((*CORPUS, "spine", "pro"), LISTS, WHOLE.__contains__, names=(*NAMES, "brack"))
    assert made.mend(typed) == meant


def test_a_short_name_is_meant_by_no_slip():
    """What is meant by a slip in four letters is anybody's guess."""
    made = Speller(CORPUS, LISTS, WHOLE.__contains__, lambda _word: False, names=("bass", "tens"))
    assert made.mend("bbss xtens") == "bbss xtens"
    assert not made.is_strange("bass")
