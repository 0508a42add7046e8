"""How excerpts are put: marks, steps, numbers and quotations; no word of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from answer.cut import META, hits, passage
from backbot.answer.compose import compose_answer
from backbot.answer.extract import Excerpt, groups
from backbot.model import Passage, Unit

TODAY = date(2026, 6, 1)


def excerpts_of(made, *wanted, rank=1):
    """Those groups of a passage, by number."""
    hit = hits(made)[0]
    found = list(groups(made.units))
    return [
        Excerpt(hit, tuple(found[k][1]), found[k][0], 1.0) for k in (wanted or range(len(found)))
    ]


def put(*excerpts, **options):
    """The answer made of them."""
    return compose_answer(
        excerpts, [e.hit for e in excerpts], articles={"heat": META}, today=TODAY, **options
    )


def test_sentences_in_a_row_share_a_line_and_close_with_their_number():
    """As they stand in the article."""
    answer = put(*excerpts_of(passage("Heat soothes.\nCold calms.")))
    assert answer.text == "Heat soothes. Cold calms. [1]"
    assert answer.citations[0].quote == "Heat soothes.\nCold calms."
    assert answer.kind == "answer"


def test_what_is_parted_in_the_article_is_parted_in_the_answer():
    """A left-out sentence shows as a new line."""
    answer = put(*excerpts_of(passage("Heat soothes.\nSo they say.\nCold calms."), 0, 2))
    assert answer.text == "Heat soothes.\nCold calms. [1]"


def test_steps_count_from_one_and_items_keep_their_dash():
    """Each list counts anew, and the sentence after a list has its own line."""
    made = passage("Do this:\n1. Lie down.\n2. Bend.\nThen take:\n- ice\n- heat\nRest.")
    assert put(*excerpts_of(made)).text == (
        "Do this:\n1. Lie down.\n2. Bend.\nThen take:\n- ice\n- heat\nRest. [1]"
    )


def test_two_lists_of_steps_each_count_from_one():
    """Steps that were numbered 3 and 4 in the article's second list start at 1 too."""
    made = passage("First:\n1. Lie down.\nSecond:\n1. Stand up.\n2. Walk.")
    lines = put(*excerpts_of(made)).text.split("\n")
    assert lines == ["First:", "1. Lie down.", "Second:", "1. Stand up.", "2. Walk. [1]"]


def test_two_lists_of_steps_without_a_word_between_count_apart():
    """They are two blocks of the article."""
    made = passage("Do this:\n1. Lie down.\n2. Bend.\n1. Stand up.")
    last = made.units[-1]
    made = replace(made, units=(*made.units[:-1], replace(last, block=last.block + 1)))
    lines = put(*excerpts_of(made)).text.split("\n")
    assert lines == ["Do this:", "1. Lie down.", "2. Bend.", "1. Stand up. [1]"]


def test_a_sentence_that_begins_with_a_figure_is_no_list():
    """577 million people are not step 577."""
    made = passage("577 million people have it.\nMost recover.")
    assert put(*excerpts_of(made)).text == "577 million people have it. Most recover. [1]"


def test_each_passage_has_its_number_and_citation():
    """In the order in which they are read."""
    one, two = passage("Heat soothes."), passage("Cold calms.", section="Cold", number=1)
    answer = put(*excerpts_of(one), *excerpts_of(two))
    assert answer.text == "Heat soothes. [1]\n\nCold calms. [2]"
    assert [(c.n, c.section, c.quote) for c in answer.citations] == [
        (1, "Part", "Heat soothes."),
        (2, "Cold", "Cold calms."),
    ]
    assert answer.citations[0].title == "Heat"
    assert answer.citations[0].sources == ("On heat, A clinic",)
    assert answer.citations[0].review == "not yet reviewed by a clinician"


def test_preface_and_suggestions_are_passed_on():
    """A fixed sentence goes first; sample questions go along."""
    made = excerpts_of(passage("Heat soothes."))
    answer = put(*made, preface="Here:", suggestions=["why?"])
    assert answer.text == "Here:\n\nHeat soothes. [1]"
    assert answer.suggestions == ("why?",)


_LINE = st.tuples(
    st.sampled_from(["", "- ", "1. "]),
    st.text(st.characters(codec="ascii", categories=["L"]), min_size=1),
).map("".join)


@given(st.lists(_LINE, min_size=1, max_size=8))
def test_taking_the_marks_off_gives_the_units_back(lines):
    """Nothing is added but marks, numbers and white space; nothing is lost."""
    made = passage("\n".join(lines))
    text = put(*excerpts_of(made)).text.removesuffix(" [1]")
    shown = [part for line in text.split("\n") for part in line.removeprefix("- ").split(" ")]
    wanted = [unit.text for unit in made.units]
    assert [part for part in shown if not part.rstrip(".").isdigit()] == wanted


def test_a_question_and_its_answer_stay_together():
    """A question in a paragraph of its own has a line of its own; its answer is one line."""
    units = (
        Unit("Does it help?", 0, 13, "sentence", 0, lead_in=False),
        Unit("Yes.", 14, 18, "sentence", 1, lead_in=False),
        Unit("For a while.", 19, 31, "sentence", 1, lead_in=False),
        Unit("Rest.", 32, 37, "sentence", 2, lead_in=False),
    )
    text = "Does it help?\nYes. For a while.\nRest."
    made = Passage("heat#0", "heat", "Questions", text, 0, len(text), units)
    assert [len(found) for _, found in groups(made.units)] == [3, 1]
    assert put(*excerpts_of(made, 0)).text == "Does it help?\nYes. For a while. [1]"
