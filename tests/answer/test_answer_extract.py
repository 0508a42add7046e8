"""What is quoted: whole, short, new, and nothing that must not be shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.cut import hits, passage
from backbot.answer.extract import MOST_PASSAGES, MOST_WORDS, choose, groups, read

STEPS = "Do it like this:\n1. Lie down flat.\n2. Bend the knee.\n3. Pull the thigh."


def texts(excerpts):
    """The units' texts, excerpt by excerpt."""
    return [[unit.text for unit in excerpt.units] for excerpt in excerpts]


def flat(excerpts):
    """The units' texts."""
    return [unit.text for excerpt in excerpts for unit in excerpt.units]


def words_shown(excerpts):
    """Words a person reads: texts, list marks and one mark a passage."""
    units = [unit for excerpt in excerpts for unit in excerpt.units]
    marks = len({excerpt.hit.passage.passage_id for excerpt in excerpts})
    return sum(len(u.text.split()) + (u.kind != "sentence") for u in units) + marks


def test_a_list_stays_whole_with_its_lead_in():
    """Lead-in and items are one excerpt; the sentences around it are others."""
    found = choose(
        hits(passage(f"Stretching loosens hamstrings.\n{STEPS}\nBreathe calmly always."))
    )
    assert texts(found) == [
        ["Stretching loosens hamstrings."],
        ["Do it like this:", "Lie down flat.", "Bend the knee.", "Pull the thigh."],
        ["Breathe calmly always."],
    ]


def test_a_list_without_lead_in_is_one_group():
    """Items that follow each other belong together."""
    made = passage("- cold packs\n- warm baths\nThen rest awhile.")
    assert [(k, len(units)) for k, units in groups(made.units)] == [(0, 2), (2, 1)]


def test_a_lead_in_without_its_list_is_not_shown():
    """Where the list was cut off into the next passage, its lead-in would dangle."""
    assert choose(hits(passage("These things help the back:"))) == ()


def test_a_question_that_an_article_asks_is_shown_with_its_answer_or_not_at_all():
    """Pages bring whole lists of questions under one heading."""
    made = passage("Should I eat first?\nA snack is fine.\nDo belts help?\nNo.\nIs that all?")
    assert [(k, len(units)) for k, units in groups(made.units)] == [(0, 2), (2, 2), (4, 1)]
    assert texts(choose(hits(made))) == [
        ["Should I eat first?", "A snack is fine."],
        ["Do belts help?", "No."],
    ]
    assert texts(choose(hits(made), allowed=lambda text: "snack" not in text)) == [
        ["Do belts help?", "No."]
    ]


def test_a_list_longer_than_the_limit_stands_alone_and_whole():
    """Half a list of steps would be worse than a long one."""
    steps = "\n".join(f"{k}. step number{k} " + "word " * 25 + "end." for k in range(1, 7))
    made = passage(f"Do the following:\n{steps}")
    found = choose(hits(made, passage("Another sentence entirely.", number=1), scores=[0.9, 0.88]))
    assert len(found) == 1
    assert len(found[0].units) == 7
    assert words_shown(found) > MOST_WORDS


def test_a_long_list_that_is_not_the_best_is_left_out():
    """The exception is for what answers best alone."""
    steps = "\n".join(f"{k}. step number{k} " + "word " * 25 + "end." for k in range(1, 7))
    best = passage("Another sentence entirely.", number=1)
    found = choose(hits(best, passage(f"Do the following:\n{steps}"), scores=[0.9, 0.88]))
    assert texts(found) == [["Another sentence entirely."]]


def test_a_single_sentence_over_the_limit_is_shown_rather_than_nothing():
    """A sentence is never cut, and an answer is never empty for its length."""
    sentence = "Muscles " + "tighten " * 130 + "often."
    assert flat(choose(hits(passage(sentence)))) == [sentence]


def test_what_has_been_said_is_not_said_again():
    """Nearly the same words from another place add nothing."""
    one = passage("Tight hamstrings pull the pelvis downwards and strain the lower back.")
    two = passage(
        "Tight hamstrings pull the pelvis down, and that strains the lower back.", number=1
    )
    assert flat(choose(hits(one, two))) == [one.text]


def test_a_short_sentence_that_stands_in_a_longer_one_adds_nothing():
    """All of its words have been read already."""
    one = passage(
        "Tight hamstrings pull the pelvis downwards, flatten the natural curve of the spine "
        "and strain the lower back in each movement."
    )
    two = passage("Tight hamstrings strain the lower back.", number=1)
    assert flat(choose(hits(one, two))) == [one.text]
    assert flat(choose(hits(two, one))) == [two.text, one.text]


def test_the_marks_of_the_citations_count_as_words():
    """Three words, a mark, three words and a mark are eight."""
    made = [passage("Hamstrings tighten easily."), passage("Cortisol rises quickly.", number=1)]
    assert len(choose(hits(*made), most_words=8)) == 2
    assert len(choose(hits(*made), most_words=7)) == 1


def test_a_list_item_that_repeats_a_quoted_sentence_is_a_repetition():
    """Also one item of a list counts."""
    one = passage("Shoulder shrugs and neck rolls relieve tension.")
    two = passage(
        "Exercises for muscles:\n- Kneeling lunges open hips.\n"
        "- Shoulder shrugs and neck rolls relieve tension.",
        number=1,
    )
    assert flat(choose(hits(one, two))) == [one.text]


def test_at_most_three_passages_are_quoted():
    """Five places that each say a little are no answer."""
    topics = ["hamstring yoga", "cortisol stress", "chair height", "water bottle", "massage oil"]
    made = [passage(f"About {topic} there is news.", number=k) for k, topic in enumerate(topics)]
    found = choose(hits(*made))
    assert len({excerpt.hit.passage.passage_id for excerpt in found}) == MOST_PASSAGES == 3


def test_the_same_figure_for_the_same_thing_is_said_once():
    """In other words it would still be the same advice twice; for another thing it is not."""
    rest = passage("Rest for a pulled back muscle should last a day or two at most.")
    again = passage("Severe back muscle pain may need rest for a day or two, no longer.", number=1)
    other = passage("Swelling after a fall needs cold packs for a day or two.", number=2)
    assert flat(choose(hits(rest, again, other))) == [rest.text, other.text]


def test_passages_far_below_the_best_are_not_quoted():
    """They are about something else."""
    made = [passage("Hamstrings tighten easily."), passage("Cortisol rises quickly.", number=1)]
    assert len(choose(hits(*made, scores=[0.8, 0.5]))) == 1


def test_units_far_below_the_best_are_not_quoted():
    """A passage may hold sentences about other things."""
    made = passage("Hamstrings tighten easily.\nCortisol rises quickly.\nChairs differ greatly.")
    hit = replace(hits(made)[0], score=0.2, unit_scores=(1.0, 0.1, 0.1))
    assert flat(choose([hit])) == ["Hamstrings tighten easily."]


def test_units_that_score_nothing_are_quoted_where_there_is_nothing_else():
    """An introduction's sentences count less, down to below 0."""
    made = passage("Hamstrings tighten easily.\nCortisol rises quickly.", section="")
    hit = replace(hits(made)[0], score=0.5, unit_scores=(0.1, 0.05))
    assert flat(choose([hit]))[0] == "Hamstrings tighten easily."


def test_a_section_goes_before_an_introduction_that_scores_the_same():
    """The introduction says in short what the section says."""
    intro = passage("Tight hamstrings strain the lower back.", section="")
    section = passage("Tight hamstrings strain the lower back badly.", number=1)
    found = choose(hits(intro, section, scores=[0.7, 0.7]))
    assert flat(found) == ["Tight hamstrings strain the lower back badly."]


def test_an_introduction_that_answers_better_goes_before_a_section():
    """It says what a thing is, which the sections take for granted."""
    intro = passage("A spasm is an involuntary cramping of fibres.", section="")
    section = passage("Plenty of water helps against cramps.", number=1)
    first, second = hits(section, intro, scores=[0.5, 0.5])
    second = replace(second, unit_scores=(first.unit_scores[0] + 0.1,))
    assert flat(choose([first, second]))[0] == "A spasm is an involuntary cramping of fibres."


@pytest.mark.parametrize("other", [0.1, 0.9])
def test_a_sentence_goes_with_the_one_that_takes_it_back(other):
    """Alone it would advise what the article advises against."""
    tempting, but = "It is tempting to stay in bed.", "But muscles weaken and waste away there."
    bed = passage(f"{tempting}\n{but}", number=1)
    best = replace(hits(bed)[0], score=0.3, unit_scores=(1.0, 0.1))
    first = replace(
        hits(passage("Walking keeps the spine supple."))[0], score=0.31, unit_scores=(other,)
    )
    shown = flat(choose([replace(first, rank=1), replace(best, rank=2)]))
    assert shown[shown.index(tempting) + 1] == but


def test_a_list_that_fills_an_answer_is_shown_without_the_but_behind_it():
    """It would else not be shown at all."""
    made = passage(f"{STEPS}\nBut this is not for everybody.")
    assert flat(choose(hits(made), most_words=18))[0] == "Do it like this:"


def test_what_would_be_done_instead_of_something_else_stands_by_itself():
    """Nothing before it needs to be read."""
    made = passage(
        "Benches were painted.\nGo back one step in the plan instead of going off sick."
    )
    hit = replace(hits(made)[0], score=0.1, unit_scores=(0.1, 1.0))
    assert flat(choose([hit])) == ["Go back one step in the plan instead of going off sick."]


ENTRIES = (
    "- Poor posture: Slouching puts uneven pressure on discs and joints of the lower spine.",
    "- Chronic stress: High cortisol levels tighten the muscles of neck and upper back most.",
)
SEVENTY_WORDS = " ".join(f"word{n}" for n in range(70)) + "."


def shown_beside_much(*lines):
    """What is shown of lines of which the last answers, where there is no room for all."""
    first = replace(hits(passage(SEVENTY_WORDS))[0], score=0.4, unit_scores=(1.0,))
    made = passage("\n".join(lines), number=1)
    scores = (0.2,) * (len(made.units) - 1) + (0.9,)
    further = replace(hits(made)[0], rank=2, score=0.4, unit_scores=scores)
    return flat(choose([first, further], most_words=95))


def test_the_best_entry_of_a_list_is_quoted_where_there_is_no_room_for_all():
    """Entries that bring their own headings are one thing after the other."""
    assert shown_beside_much(*ENTRIES) == [SEVENTY_WORDS, ENTRIES[1].removeprefix("- ")]


def test_a_list_that_is_led_in_or_brings_no_headings_is_quoted_whole_or_not_at_all():
    """Half of what belongs together would mislead."""
    assert shown_beside_much("These go together:", *ENTRIES) == [SEVENTY_WORDS]
    plain = [entry.replace(":", " is") for entry in ENTRIES]
    assert shown_beside_much(*plain) == [SEVENTY_WORDS]


def test_a_leaning_sentence_brings_the_one_before_it():
    """Of which two muscles? The sentence before says it."""
    made = passage(
        "Multifidus and erector spinae were stiffer.\nStiffness in the two muscles limits bending."
    )
    hit = replace(hits(made)[0], score=0.2, unit_scores=(0.1, 1.0))
    assert len(flat(choose([hit]))) == 2


def test_a_sentence_that_leans_on_what_may_not_be_shown_is_not_shown():
    """Without the sentence before it, it would say something else."""
    made = passage("Massage the muscle.\nThis also relaxes tension.\nBreathing calms nerves.")
    found = choose(hits(made), allowed=lambda text: "Massage" not in text)
    assert flat(found) == ["Breathing calms nerves."]


def test_a_single_gap_between_two_quoted_sentences_is_filled():
    """Leaving one sentence out of three reads like a mistake."""
    made = passage(
        "Hamstrings tighten easily.\nOften nobody notices.\nHamstring stretches help backs."
    )
    hit = replace(hits(made)[0], score=0.2, unit_scores=(1.0, 0.1, 1.0))
    assert len(flat(choose([hit]))) == 3


def test_nothing_forbidden_lies_between_two_quoted_sentences():
    """A citation's quotation goes from the first to the last: it must be safe as a whole."""
    made = passage("Hamstrings tighten easily.\nMassage the muscle.\nBreathing calms nerves.")
    found = choose(hits(made), allowed=lambda text: "Massage" not in text)
    assert flat(found) == ["Hamstrings tighten easily."]


def test_a_list_with_one_forbidden_item_is_left_out_whole():
    """Half a list would be another list."""
    made = passage(f"{STEPS}\nBreathing calms nerves.")
    found = choose(hits(made), allowed=lambda text: "knee" not in text)
    assert flat(found) == ["Breathing calms nerves."]


def test_nothing_allowed_gives_nothing():
    """And no hits give nothing."""
    assert choose(hits(passage("Hamstrings tighten easily.")), allowed=lambda _text: False) == ()
    assert choose([]) == ()


def test_the_passage_with_the_best_excerpt_comes_first():
    """Reading order follows what answers best, and the article's order within a passage."""
    one = passage("Hamstrings tighten easily.")
    two = passage("Cortisol rises quickly.\nStress lasts longer.", number=1)
    first, second = hits(one, two, scores=[0.70, 0.69])
    found = choose([first, replace(second, unit_scores=(0.7, 0.9))])
    assert flat(found) == [
        "Cortisol rises quickly.",
        "Stress lasts longer.",
        "Hamstrings tighten easily.",
    ]


_WORDS = st.sampled_from(
    [
        "muscle",
        "hamstring",
        "stretch",
        "cortisol",
        "chair",
        "massage",
        "tight",
        "also",
        "this",
        "knee",
        "lower",
        "pain",
        "water",
    ]
)
_SENTENCE = st.lists(_WORDS, min_size=1, max_size=40).map(lambda ws: f"{' '.join(ws)}.")
_LINE = st.tuples(st.sampled_from(["", "", "- ", "1. "]), _SENTENCE).map("".join)
_TEXT = st.lists(_LINE, min_size=1, max_size=6).map("\n".join)


@given(
    st.lists(_TEXT, min_size=1, max_size=6),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.lists(st.floats(0, 1.4), min_size=36, max_size=36),
    _WORDS,
)
def test_the_limits_hold_whatever_was_found(bodies, scores, unit_scores, forbidden):
    """Length, number of passages, wholeness and what is allowed, for any ranking."""
    ranked = sorted(scores[: len(bodies)], reverse=True)
    made = [
        replace(hit, unit_scores=tuple(unit_scores[6 * k : 6 * k + len(hit.passage.units)]))
        for k, hit in enumerate(
            hits(*(passage(text, number=k) for k, text in enumerate(bodies)), scores=ranked)
        )
    ]
    found = choose(made, allowed=lambda text: forbidden not in text)
    assert words_shown(found) <= MOST_WORDS or len(found) == 1
    assert len({e.hit.passage.passage_id for e in found}) <= MOST_PASSAGES
    assert len({(e.hit.rank, e.first) for e in found}) == len(found)
    for excerpt in found:
        assert (excerpt.first, list(excerpt.units)) in list(groups(excerpt.hit.passage.units))
        assert all(forbidden not in unit.text for unit in excerpt.units)
    for excerpt in found:
        same = [e for e in found if e.hit is excerpt.hit]
        start, end = same[0].units[0].start, same[-1].units[-1].end
        assert [e.first for e in same] == sorted(e.first for e in same)
        assert forbidden not in excerpt.hit.passage.text[start:end]


@pytest.mark.parametrize("limit", [1, 5, 20, 60])
def test_the_limit_can_be_set(limit):
    """A smaller limit gives a shorter answer, and still one."""
    made = passage("Hamstrings tighten easily.\nCortisol rises quickly.\nChairs differ greatly.")
    found = choose(hits(made), most_words=limit)
    assert found
    assert words_shown(found) <= limit or len(found) == 1


def test_the_same_in_other_words_is_said_once():
    """Two articles' sentences with few words in common, but one meaning and one topic."""
    one = passage("Sitting deactivates the hamstrings, which then respond less.")
    two = passage("Hamstrings are deactivated while a person sits, and respond late.", number=1)
    near, far = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    found = hits(one, two, scores=[0.9, 0.88])

    def with_vectors(*vectors):
        return [replace(hit, unit_vectors=v) for hit, v in zip(found, vectors, strict=True)]

    assert flat(choose(with_vectors(near, near))) == [one.text]
    assert flat(choose(with_vectors(near, far))) == [one.text, two.text]
    assert flat(choose(found)) == [one.text, two.text]


def test_what_only_leads_up_to_the_answer_is_left_out():
    """The sentence that answers comes first, and what follows it stays."""
    made = passage(
        "Desks at home differ.\nTake standing breaks every hour.\nBreaks loosen tight hips."
    )
    hit = replace(hits(made)[0], unit_scores=(0.2, 0.9, 0.4))
    assert flat(choose([hit])) == [
        "Take standing breaks every hour.",
        "Breaks loosen tight hips.",
    ]


def test_a_first_sentence_that_nearly_answers_stays():
    """Only what is far below the best sentence leads up to it."""
    made = passage("Standing breaks help backs.\nTake standing breaks every hour.")
    hit = replace(hits(made)[0], unit_scores=(0.5, 0.9))
    assert len(flat(choose([hit]))) == 2


def test_what_the_answer_leans_on_is_no_lead_up():
    """A sentence without the one that it points back to would be torn from its context."""
    made = passage("Hamstrings tighten easily.\nThis strains backs.\nYoga loosens hips.")
    hit = replace(hits(made)[0], unit_scores=(0.1, 0.9, 0.5))
    assert flat(choose([hit]))[0] == "Hamstrings tighten easily."


def test_a_further_passage_gives_only_what_answers_about_as_well_as_its_best():
    """What else stands there is there for `more`."""
    one = passage("Heat relaxes muscles.")
    two = passage("Warm baths loosen joints.\nGranny kept bricks.\nSoaking eases pain.", number=1)
    first, second = hits(one, two)
    first = replace(first, unit_scores=(0.9,))
    found = choose([first, replace(second, unit_scores=(0.6, 0.1, 0.1))])
    assert flat(found) == ["Heat relaxes muscles.", "Warm baths loosen joints."]


def test_a_passage_well_behind_the_best_is_not_quoted():
    """One article is enough where it is the better one."""
    made = [passage("Hamstrings tighten easily."), passage("Cortisol rises quickly.", number=1)]
    assert len(choose(hits(*made, scores=[0.7, 0.62]))) == 2
    assert len(choose(hits(*made, scores=[0.7, 0.58]))) == 1


def test_sentences_of_one_passage_are_no_repetition_for_being_alike():
    """Whoever wrote one below the other meant two things; two articles may say the same."""
    lines = (
        "Rotator cuffs connect arms with shoulder blades.",
        "Rotator cuffs join backs with pelvis bones closely.",
    )
    same = np.array([[1.0, 0.0], [0.9, 0.44]], dtype=np.float32)
    within = replace(hits(passage("\n".join(lines)))[0], unit_vectors=same)
    assert len(flat(choose([within]))) == 2
    one, two = hits(passage(lines[0]), passage(lines[1], number=1))
    apart = [replace(one, unit_vectors=same[:1]), replace(two, unit_vectors=same[1:])]
    assert len(flat(choose(apart))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The stretches can be done at home.",
        "The back is then under stress.",
        "Diseases with such an ache are rare.",
        "Fibromyalgia is another condition.",
        "Fluids are therefore advised.",
        "Yoga can help too.",
        "Lower back pain is a common result.",
        "Instability can follow over time.",
    ],
)
def test_a_sentence_about_what_was_just_said_leans(text):
    """It brings the sentence before it along."""
    made = passage(f"Hamstring stretches should be done daily.\n{text}")
    hit = replace(hits(made)[0], unit_scores=(0.1, 1.0))
    assert flat(choose([hit])) == ["Hamstring stretches should be done daily.", text]


@pytest.mark.parametrize(
    "text",
    [
        "Weak muscles are too weak to hold bones.",
        "Put cold on first, and then heat.",
        "Diseases such as arthritis make muscles stiff.",
        "The hips need flexibility as well as strength.",
        "The lower back works harder.",
    ],
)
def test_a_sentence_that_stands_alone_does_not_lean(text):
    """Words that point back only sometimes: too weak, and then, such as, as well as."""
    made = passage(f"Tight hamstrings strain a lower back.\n{text}")
    hit = replace(hits(made)[0], unit_scores=(0.1, 1.0))
    assert flat(choose([hit])) == [text]


def test_a_follow_up_keeps_the_passages_behind_the_best():
    """The best one is often about what was asked before it."""
    made = [passage("Hamstrings tighten easily."), passage("Cortisol rises quickly.", number=1)]
    found = hits(*made, scores=[0.7, 0.5])
    assert len(choose(found)) == 1
    assert len(choose(found, follows_up=True)) == 2


def test_a_figure_that_is_asked_for_comes_first():
    """After a sentence that answers nearly as well; in a follow-up too."""
    made = passage("Cold calms swelling well.\nTake turns of heat and cold, for 20 minutes each.")
    hit = replace(hits(made)[0], unit_scores=(0.9, 0.9))
    for follows_up in (False, True):
        found = choose([hit], figures=frozenset({"time"}), follows_up=follows_up)
        assert flat(found) == ["Take turns of heat and cold, for 20 minutes each."]
    assert len(flat(choose([hit]))) == 2


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("Tightness in the low back is the result.", True),
        ("Sprains are often the result.", True),
        ("Sprains are often the result of a weak core.", False),
    ],
)
def test_a_result_of_what_is_not_said_leans_on_the_sentence_before(text, leans):
    """Whoever reads it alone does not learn of what it is the result."""
    assert read(text).leans is leans
