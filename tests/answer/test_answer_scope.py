"""When an answer is given and when not: signals, and words the articles know nothing about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.answer import wording
from backbot.answer.scope import (
    FEATURES,
    FITTED,
    FITTED_WITHOUT_OUTSIDE,
    FOREIGN,
    decide,
    features,
    listed_words,
    missing_words,
    off_topic_words,
    spoken_of,
    topics_of,
)
from backbot.model import Signals

GOOD = Signals(
    unit=0.7,
    question=0.7,
    top_coverage=1.0,
    coverage=1.0,
    unknown=0.0,
    words=3,
    held=3,
    score=0.7,
    outside=0.4,
)
POOR = Signals(
    unit=0.2,
    question=0.2,
    top_coverage=0.1,
    coverage=0.1,
    unknown=0.9,
    words=3,
    score=0.15,
    outside=0.2,
)
MIDDLING = Signals(
    unit=0.55,
    question=0.5,
    top_coverage=0.5,
    coverage=0.6,
    unknown=0.2,
    words=3,
    held=2,
    score=0.48,
    outside=0.57,
)


def nothing_held(_word):
    """The best passages hold none of the words."""
    return False


def words(text):
    """The off-topic words found."""
    return [off.word for off in off_topic_words(text)]


def test_good_signals_answer_and_poor_ones_do_not():
    """A near sentence and a near sample question speak for an answer."""
    assert decide("heat?", GOOD, nothing_held).answers
    assert not decide("qwert asdf", POOR, nothing_held).answers


def test_an_off_topic_word_declines_a_middling_question():
    """The same signals, with a drug in the question."""
    assert decide("what helps tight muscles", MIDDLING, nothing_held).answers
    verdict = decide("does ibuprofen help tight muscles", MIDDLING, nothing_held)
    assert not verdict.answers
    assert (verdict.topic, verdict.word) == ("medicine", "ibuprofen")
    assert "ibuprofen" in verdict.why


def test_an_off_topic_word_that_the_best_passages_hold_does_not_count():
    """A clinic that adds an article on mattresses needs no change of the list."""
    verdict = decide("which mattress is best", MIDDLING, lambda word: word == "mattress")
    assert verdict.answers
    assert verdict.topic == ""


def test_a_phrase_counts_until_all_of_it_is_held():
    """One word of it in the passages is not the phrase."""
    verdict = decide("is a nerve block good", MIDDLING, lambda word: word == "nerve")
    assert verdict.word == "nerve block"


def test_the_words_of_a_phrase_are_held_only_side_by_side():
    """Articles on muscles that relax have nothing on a muscle relaxer."""
    apart, together = {"muscle", "relaxer"}, {"muscle", "relaxer", "muscle relaxer"}
    asked = "which muscle relaxer is best"
    assert decide(asked, MIDDLING, apart.__contains__).word == "muscle relaxer"
    assert decide(asked, MIDDLING, together.__contains__).word == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bertolotti syndrome", ["bertolotti"]),
        ("has anybody Paget's disease?", ["pagets"]),
        ("which inflammatory diseases make muscles stiff", []),
        ("is this disease rare", []),
        ("what syndrome is it", []),
    ],
)
def test_an_illness_by_its_name_is_off_topic(text, found):
    """Whoever it is named after; it counts only where the articles do not name it."""
    assert words(text) == found
    assert not decide(text, MIDDLING, lambda _: True).word


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my dog has a slipped disc", ["my dog"]),
        ("dog arthritis", ["dogs"]),
        ("is the bird dog good", []),
        ("downward dog and downward facing dog", []),
    ],
)
def test_a_dog_is_an_animal_unless_it_is_an_exercise(text, found):
    """The bird dog and the downward dog are no pets."""
    assert words(text) == found


def test_every_word_of_the_lists_is_listed():
    """Phrases' words one by one, so that the speller leaves them as they are."""
    assert {"ibuprofen", "spina", "bifida", "mattress"} <= listed_words()


def test_a_medicine_by_name_weighs_more_than_good_signals():
    """A near sample question does not make it a question about something else."""
    assert not decide("valium for back spasms", GOOD, nothing_held).answers
    assert decide("a daily dose of stretching", GOOD, nothing_held).answers


def test_a_medicine_goes_before_other_off_topic_words():
    """Its sentence names who can advise."""
    verdict = decide("does a mattress or ibuprofen help", MIDDLING, nothing_held)
    assert verdict.topic == "medicine"


def test_a_question_without_content_words_is_never_answered():
    """However near something seems."""
    assert not decide("what about it", replace(GOOD, words=0), nothing_held).answers


@pytest.mark.parametrize(
    "text",
    [
        "can it heal without surgery",
        "can it heal without having surgery",
        "how do i avoid an operation",
        "stretches rather than ibuprofen",
        "what can i do instead of taking painkillers or a mri",
        "not surgery please, stretches",
    ],
)
def test_what_a_person_does_not_want_is_not_what_they_ask_about(text):
    """Without surgery: everything else is asked about."""
    assert not set(words(text)) & {"surgery", "operation", "ibuprofen"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("what is stronger than ibuprofen", "ibuprofen"),
        ("can i take more than 400mg", "mg"),
        ("400mg or 800 mg", "mg"),
        ("do I need an X-ray", "x ray"),
        ("is surgery better than massage", "surgery"),
        ("disc replacement?", "disc replacement"),
        ("without my doctor knowing, can i have codeine", "codeine"),
    ],
)
def test_what_a_person_asks_about_is_found(text, word):
    """Figures glued to units, hyphens, phrases before their words."""
    assert word in words(text)


@pytest.mark.parametrize("text", ["", "heat or cold?", "my gums", "costume", "surgeryless"])
def test_other_words_are_not_found(text):
    """Whole words only."""
    assert words(text) == []


def test_each_topic_has_a_fixed_sentence_or_the_general_one():
    """No sentence is for a topic that does not exist."""
    from backbot.answer.scope import _lists

    topics = {topic for topic, *_ in _lists()["topics"]}
    assert set(wording.DECLINED_BY_TOPIC) <= topics
    assert "pharmacist" in wording.DECLINED_BY_TOPIC["medicine"]


def outcome(text, signals, **changed):
    """What to do with a question."""
    return decide(text, replace(signals, **changed), nothing_held).outcome


def test_there_are_three_outcomes():
    """From sure to unsure to no: as a question comes nearer to those that articles do not answer."""
    text = "what helps tight muscles"
    found = [outcome(text, MIDDLING, outside=k / 100) for k in range(101)]
    assert list(dict.fromkeys(found)) == ["answer", "closest", "decline"]


def test_what_is_closest_is_offered_only_where_it_may_be_meant():
    """Not where an off-topic word says what was meant, nor where nothing is near."""
    unsure = next(
        k / 100
        for k in range(101)
        if outcome("what helps tight muscles", MIDDLING, outside=k / 100) == "closest"
    )
    assert outcome("what helps tight muscles", MIDDLING, outside=unsure) == "closest"
    assert outcome("does a mattress help", MIDDLING, outside=unsure) == "decline"
    assert all(
        outcome("what helps tight muscles", MIDDLING, unit=0.3, score=k / 100) != "closest"
        for k in range(101)
    )


def test_without_outside_questions_other_weights_decide():
    """An encoder of one's own: the cosine is missing, not zero."""
    bare = replace(GOOD, outside=None)
    verdict = decide("what helps tight muscles", bare, nothing_held)
    assert verdict.answers
    assert "outside" not in verdict.why
    assert "outside question 0.40" in decide("what helps", GOOD, nothing_held).why
    assert verdict.probability != decide("what helps", GOOD, nothing_held).probability
    assert not decide("qwert asdf", replace(POOR, outside=None), nothing_held).answers


def test_a_question_in_another_language_is_decided_by_the_nearest_sentence():
    """Its words say nothing: at a cosine of 0.55 it is answered, from 0.45 something is offered."""
    none = replace(POOR, words=0, held=0, unknown=1.0, score=0.3, outside=None)

    def of(unit):
        return decide("", replace(none, unit=unit), nothing_held, FOREIGN).outcome

    assert [of(0.3), of(0.44), of(0.46), of(0.54), of(0.56), of(0.9)] == [
        "decline",
        "decline",
        "closest",
        "closest",
        "answer",
        "answer",
    ]


def test_there_is_a_weight_for_each_feature():
    """Else the sum would leave one out."""
    for model in (FITTED, FITTED_WITHOUT_OUTSIDE, FOREIGN):
        assert len(model.weights) == len(FEATURES) == len(features("", GOOD, []))
        assert 0 < model.closest < model.threshold < 1


def test_a_word_and_its_plural_are_one():
    """Statins are a medicine, and an off-topic word that ends in s is itself."""
    assert words("do statins hurt muscles") == ["statin"]
    assert words("is tens any good") == ["tens"]


_SHARE = st.floats(0, 1)
_SIGNALS = st.builds(
    Signals,
    unit=st.floats(-1, 1),
    question=st.floats(-1, 1),
    top_coverage=_SHARE,
    coverage=_SHARE,
    unknown=_SHARE,
    words=st.integers(0, 30),
    held=st.integers(0, 30),
    score=_SHARE,
    outside=st.none() | st.floats(-1, 1),
)


@given(_SIGNALS, st.text(max_size=80))
def test_the_probability_is_one_and_an_off_topic_word_never_raises_it(signals, text):
    """In [0, 1] for whatever was typed; a drug's name makes an answer less likely."""
    plain = decide(text, signals, nothing_held).probability
    with_drug = decide(f"{text} . ibuprofen", signals, nothing_held).probability
    assert 0 <= with_drug <= 1
    assert 0 <= plain <= 1
    assert with_drug <= plain or words(f"{text} . ibuprofen") == words(text)


def test_a_short_question_that_is_wholly_covered_is_answered():
    """One telling word, and the best passage holds it: unsure is sure enough."""
    short = replace(GOOD, unit=0.4, words=1, held=1, outside=0.5)
    unsure = next(
        replace(short, score=k / 100)
        for k in range(101)
        if FITTED.closest
        <= decide("is shiatsu ok?", replace(short, score=k / 100), nothing_held).probability
        < FITTED.threshold
    )
    assert decide("is shiatsu ok?", unsure, nothing_held).answers
    partly = replace(unsure, top_coverage=0.6)
    assert decide("is shiatsu ok?", partly, nothing_held).outcome == "closest"


def test_an_off_topic_word_tells_less_in_a_long_story():
    """It is most of "tennis elbow exercises", and next to nothing of a message with a story."""
    short, long = replace(MIDDLING, words=2), replace(MIDDLING, words=20)
    at = FEATURES.index("off_topic_share")
    found = list(off_topic_words("my jaw"))
    assert features("my jaw", short, found)[at] == 0.5
    assert features("my jaw", long, found)[at] == 0.05
    assert features("my jaw", replace(short, words=0), found)[at] == 1.0
    probabilities = [decide("my jaw", s, nothing_held).probability for s in (short, long)]
    assert probabilities[0] < probabilities[1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what dose it mean", []),
        ("why dose my back hurt", []),
        ("what dose of it", ["dose"]),
        ("which dose", ["dose"]),
    ],
)
def test_does_misspelt_is_no_dose(text, found):
    """A slip that turns a plain question into one about a medicine."""
    assert words(text) == found


def test_another_part_of_the_body_counts_where_no_part_of_the_articles_is_named():
    """A stiff thumb is not answered with what helps a stiff back; a story may mention one."""
    fair = replace(MIDDLING, words=5, held=2, outside=0.5, score=0.32)
    thumb = "which stretch helps a stiff thumb"
    alone = decide(thumb, fair, nothing_held)
    beside = decide("does a stiff neck stiffen the thumb", fair, nothing_held)
    story = decide(thumb, replace(fair, words=20), nothing_held)
    held = decide(thumb, fair, lambda _word: True)
    assert alone.topic == beside.topic == "condition"
    assert not alone.answers
    assert alone.probability < beside.probability < story.probability
    assert story.answers
    assert held.answers


def test_a_sample_question_is_answered_though_no_sentence_is_near():
    """Staff wrote "what does MPS stand for" for an article that spells the words out."""
    far = replace(GOOD, unit=0.14, outside=0.19)
    assert not decide("what does MPS stand for", far, nothing_held).answers
    assert decide("what does MPS stand for", replace(far, question=0.99), nothing_held).answers


def test_what_somebody_did_before_it_hurt_is_an_aside():
    """A sport, that is; after an operation other rules hold than after gardening."""
    assert not list(off_topic_words("my back aches after gardening"))
    assert not list(off_topic_words("stiff since a round of golf, what helps"))
    assert not list(off_topic_words("should I warm up before football"))
    assert [off.topic for off in off_topic_words("how do I train for golf")] == ["activity"]
    assert [off.topic for off in off_topic_words("stretches after surgery")] == ["procedure"]


def test_a_sample_question_is_answered_whatever_stands_on_the_lists():
    """Staff wrote it for an article; a medicine is another matter."""
    asked = replace(MIDDLING, question=0.99, unit=0.3, score=0.2, outside=0.9)
    assert decide("which doctor for numb toes", asked, lambda _: False).answers
    assert not decide("which ibuprofen dose", asked, lambda _: False).answers
    other = replace(asked, question=0.95)
    assert not decide("which doctor for numb toes", other, lambda _: False).answers


def test_a_phrase_counts_by_its_words():
    """Two of the five words of "TENS pads for the lower back" name what is asked about."""
    five, even = replace(MIDDLING, words=5), replace(FITTED, turns=0.0)
    for text, turns in (
        ("how do I place tens pads on the lower back", True),
        ("how do I place tens on the lower back", False),
    ):
        plain = decide(text, five, nothing_held, model=even).probability
        assert (decide(text, five, nothing_held).probability < plain) is turns


def test_another_part_of_the_body_does_not_turn_a_question_on_sitting():
    """Who sits on the sofa with the laptop on the knees asks about no knees."""
    four = replace(MIDDLING, words=4)
    sofa, bare = "my laptop lives on my knees, on the sofa", "my cat lives on my knees, on the rug"
    on_sofa, on_rug = (decide(text, four, nothing_held) for text in (sofa, bare))
    assert on_sofa.probability > on_rug.probability


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("can i massage my back with a tennis ball", []),
        ("rolling on a golf ball against the wall, good for knots?", []),
        ("back hurts after hitting tennis balls", ["tennis"]),
        ("can slumping squash the discs", []),
        ("is squash bad for the back", ["squash"]),
        ("is beer bad for tight muscles", ["beer"]),
    ],
)
def test_to_squash_something_is_no_game(text, found):
    """The game still is one, and a drink no medicine."""
    assert words(text) == found
    assert not any(off.named for off in off_topic_words(text))


@pytest.mark.parametrize(
    "text",
    [
        "I can't bend to put my shoes on",
        "bus driver, back pain",
        "I love running but my back hurts",
        "cold weather makes my back stiff",
        "why does my back ache after hours of driving",
        "I was gardening and my back is sore, what can I do",
        "lumbar support cushion",
    ],
)
def test_the_circumstance_of_a_complaint_is_not_what_is_asked_about(text):
    """What ails is the back, whatever was worn or done."""
    assert not list(off_topic_words(text))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("which shoes are best for a sore back", "shoes"),
        ("is running bad for my back", "running"),
        ("my back is sore, can I still go swimming", "swimming"),
        ("does cold weather cause back pain", "weather"),
        ("what is the weather like", "weather"),
        ("my back hurts and my mattress is old", "mattress"),
        ("best lumbar support cushion", "cushion"),
    ],
)
def test_what_is_asked_about_counts_beside_a_complaint(text, word):
    """A question for a product, or whether something may be done, is one all the same."""
    assert [off.word for off in off_topic_words(text)] == [word]


def test_a_charley_horse_is_no_horse():
    """It is a cramp."""
    assert not list(off_topic_words("how do I get rid of a charley horse"))
    assert list(off_topic_words("what helps my horse"))


def test_nobody_with_back_pain_is_told_to_ask_about_back_pain():
    """Cold weather is nothing the articles speak of; back pain is."""
    asked = decide("does cold weather cause back pain", POOR, nothing_held)
    assert (asked.outcome, asked.topic) == ("decline", "")
    assert decide("what is the weather like", POOR, nothing_held).topic == "service"


def test_how_a_complaint_came_about_is_not_asked_in_its_follow_up():
    """What is asked there still is."""
    told = "i pulled my back shovelling snow"
    asked = f"{told} how long till im better"
    assert [off.word for off in off_topic_words(asked)] == ["shovelling"]
    assert not list(off_topic_words(asked, told))
    asked = f"{told} and can i go swimming"
    assert [off.word for off in off_topic_words(asked, told)] == ["swimming"]


def test_a_question_that_was_told_before_stays_off_topic():
    """Who asked about swimming goes on asking about it."""
    told = "is swimming good for a bad back"
    assert [off.word for off in off_topic_words(f"{told} how often", told)] == ["swimming"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("carrying my toddler kills my back", []),
        ("my baby's back hurts", ["baby"]),
        ("when can i play football again after pulling my back", []),
        ("when can i play football", ["football"]),
        ("is wearing heels at work ok", ["shoes"]),
        ("my heels are cracked", ["heels"]),
        ("my bad back and the charley horse", []),
        ("what dose it mean", []),
    ],
)
def test_what_only_sounds_like_a_listed_word_is_none(text, words):
    """Whoever carries a child asks about lifting; a child's back is another matter."""
    assert [off.word for off in off_topic_words(text)] == words


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("how do I sleep with back pain", "sleep"),
        ("best sleeping position", "sleep"),
        ("which side to sleep on", "sleep"),
        ("postnatal back pain", "pregnancy"),
    ],
)
def test_how_to_sleep_is_a_topic_of_its_own(text, topic):
    """No article says how to lie at night."""
    assert next(off_topic_words(text)).topic == topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("will my back be better if I lose weight", "supplement"),
        ("is a sauna ok", "procedure"),
        ("my back cracks when I get up, is that bad", "other"),
        ("can I play football", "activity"),
    ],
)
def test_what_is_declined_is_called_what_it_is(text, topic):
    """Weight is no illness, a sauna no brand, and football is what is done."""
    assert [off.topic for off in off_topic_words(text)] == [topic]


def test_resting_in_bed_is_no_question_of_how_to_sleep():
    """The articles speak of bed rest."""
    assert not list(off_topic_words("can i just lie on the sofa till it stops"))


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Choosing a mattress", "is memory foam any good"),
        ("X-rays and other pictures", "do i need an xray or an mri"),
        ("Are schoolbags to blame?", "how heavy may a school bag be"),
        ("Back pain in pregnancy", "which stretches when pregnant, second trimester"),
        ("Scheuermann's disease", "has my son scheuermanns"),
        ("Fabry disease", "what is fabry disease"),
        ("Cycling", "is riding my bike ok"),
        ("Sitting, sleeping and driving", "how should i sleep, and is my car seat bad"),
    ],
)
def test_what_a_heading_speaks_of_is_not_off_topic(heading, text):
    """In another word for the same thing, in the plural, in one word or two."""
    spoken = spoken_of([], [heading])
    assert missing_words(text, nothing_held)
    assert missing_words(text, nothing_held, spoken=spoken) == []


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Choosing a mattress", "is an emma mattress good"),
        ("How are stress and sleep linked?", "how should i sleep"),
        ("What helps in the long run?", "is running bad"),
        ("Ibuprofen and others", "can i take ibuprofen"),
        ("Knee to chest", "why do my knees hurt"),
        ("The first ten minutes", "does a tens machine help"),
    ],
)
def test_a_heading_frees_nothing_else(heading, text):
    """No brands, no medicines, no parts of the body, nothing that merely sounds alike."""
    assert missing_words(text, nothing_held, spoken=spoken_of([], [heading]))


def test_a_part_of_the_body_is_a_topic_where_a_title_names_it():
    """An article on knees is about them; "knee to chest" is an exercise."""
    assert "knees" in spoken_of(["When the knee hurts"], [])
    assert "knees" not in spoken_of([], ["Knee to chest"])


def test_no_heading_speaks_of_nothing():
    """And what the articles are about has topics of the lists."""
    assert spoken_of([], []) == frozenset()
    assert topics_of(spoken_of([], ["Do I need a scan?"])) == {"procedure"}


def test_a_word_is_held_where_another_for_the_same_thing_is():
    """Passages on cigarettes answer who asks about smoking."""
    assert missing_words("is smoking bad", nothing_held)
    assert missing_words("is smoking bad", {"cigarettes"}.__contains__) == []


def test_what_else_the_articles_hold_counts_for_what_is_done_or_used():
    """Cycling is named beside advice on it; other illnesses are named in lists."""

    def beside(word):
        return word in ("cycling", "gout")

    assert missing_words("can i ride my bike", nothing_held, beside=beside) == []
    assert missing_words("is it gout", nothing_held, beside=beside)


def test_what_the_articles_are_about_speaks_for_an_answer():
    """As the back does."""
    before = decide("memory foam", MIDDLING, nothing_held, spoken=frozenset({"latex"}))
    after = decide("memory foam", MIDDLING, nothing_held, spoken=frozenset({"memory foam"}))
    assert before.probability < after.probability
    assert (before.word, after.word) == ("memory foam", "")
    own = FEATURES.index("names_topic")
    assert features("memory foam", MIDDLING, [], spoken=True)[own] == 1.0


def test_where_nothing_scores_nothing_is_answered():
    """Far from every outside question as well: thanks, or no words at all."""
    thanks = replace(MIDDLING, score=0.14, outside=0.3)
    assert decide("heat", thanks, nothing_held).probability > FITTED.threshold
    assert not decide("heat", thanks, nothing_held).answers
    assert decide("heat", replace(thanks, question=0.95), nothing_held).answers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i weigh 110 pounds", []),
        ("may i lift 20 pounds", []),
        ("i lost 20 pounds", ["weight loss"]),
        ("how do i shed pounds", ["pounds"]),
    ],
)
def test_pounds_are_a_measure_unless_somebody_loses_them(text, found):
    """Who says what they weigh asks about something else."""
    assert words(text) == found


def test_an_article_on_medicines_is_about_those_it_names():
    """By each of their names, and in any of its passages found; else only the best ones count."""
    about = spoken_of(["Painkillers for back pain"], [])

    def beside(word):
        return word == "ibuprofen"

    asked = "is advil good for the back"
    assert missing_words(asked, nothing_held, beside=beside)
    assert missing_words(asked, nothing_held, spoken=spoken_of([], ["Painkillers"]), beside=beside)
    assert missing_words(asked, nothing_held, spoken=about, beside=beside) == []
    assert missing_words("is tramadol good", nothing_held, spoken=about, beside=beside)
