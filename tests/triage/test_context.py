"""How a sign is spoken of: the examples of the specification, section 3, and their kin."""

from __future__ import annotations

import pytest

from backbot.model import FindingStatus, Tier, TriageState
from backbot.triage.engine import assess, negated


def _tier(text: str) -> str:
    return assess(text, TriageState(), 0.0).tier.label


def _status(text: str, concept: str) -> FindingStatus:
    found = [f for f in assess(text, TriageState(), 0.0).findings if f.concept == concept]
    assert found, f"{concept} not found in {text!r}"
    return found[0].status


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("no numbness, tingling or weakness", "none"),
        ("back ache, bladder fine, not numb anywhere", "none"),
        ("Numbness? no. weakness? no", "none"),
        ("neither weak nor numb, just stiff", "none"),
        ("no fever, no sweats, weight the same", "none"),
        ("no nothing else, no weakness", "none"),
        ("no fever, chills or weight loss", "none"),
        ("no numbness no tingling no weakness", "none"),
        ("doctor ruled out cauda equina", "none"),
        ("can feel my legs fine", "none"),
    ],
)
def test_a_negated_sign_is_left_alone(text, tier):
    """A cue before or after the sign, and lists of negated signs."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("no numbness but I can't pee", "emergency"),
        ("no pain except tingling in my foot", "nerve"),
        ("no fever and my leg is weak", "urgent"),
        ("numb nowhere, now both legs tingle", "emergency"),
        ("bowels not working and numb thighs", "emergency"),
        ("no, my leg is numb", "nerve"),
        ("no i cant pee", "emergency"),
    ],
)
def test_a_negation_ends_where_the_next_clause_begins(text, tier):
    """But, except, now, a new subject: what follows is present."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("no bladder or bowel problems", "none"),
        ("no bladder, bowel or leg symptoms", "none"),
        ("without bladder or bowel involvement", "none"),
        ("no urinary retention", "none"),
        ("no bladder control", "emergency"),
        ("no bladder problems until today, i just wet myself", "emergency"),
        ("no bowel problems but i cant pee", "emergency"),
    ],
)
def test_trouble_denied_by_name_is_no_loss(text, tier):
    """A sign is denied by "no bladder problems"; "no bladder control" is one."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("numb bum, how serious is that", "emergency"),
        ("legs giving way, is it normal", "emergency"),
        ("numb groin, gp says no reason for it", "emergency"),
        ("incontinence, what causes it", "none"),
        ("is numbness serious", "none"),
    ],
)
def test_a_sign_told_before_the_question_is_somebodys_own(text, tier):
    """A fragment that leads with the sign is present; its cause or meaning is asked in general."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("shortness of breath, what exercise can i do", "emergency"),
        ("slurred speech, which exercise should i do", "emergency"),
        ("i tried stretching but my chest is tight", "emergency"),
        ("tight chest muscles, which exercise should i do", "none"),
    ],
)
def test_a_harmless_word_in_the_next_clause_takes_nothing_back(text, tier):
    """What makes a sign harmless has to stand in the same clause."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("leg weakness for two weeks", "urgent"),
        ("fever for three days and back pain", "urgent"),
        ("i felt nothing from the waist down", "emergency"),
        ("numb inside my thighs", "emergency"),
        ("fell six feet onto my back", "emergency"),
        ("a weakness for chocolate and a stiff back", "none"),
        ("im six foot two, which chair", "none"),
    ],
)
def test_a_word_sense_guard_hides_no_sign(text, tier):
    """Phrases that are read past are told apart from the same words in a sign."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("can't feel my toes", "nerve"),
        ("no feeling in my bum", "emergency"),
        ("not only numb but weak leg", "urgent"),
        ("no change in the tingling", "nerve"),
        ("haven't had a wee since last night", "emergency"),
        ("not that it isn't numb", "nerve"),
        ("can't say I don't have tingling", "nerve"),
        ("can't say I have no tingling, there is some", "nerve"),
        ("not sure if my leg is numb", "nerve"),
        ("dont know why my foot tingles", "nerve"),
        ("the area i sit on has no feeling", "emergency"),
        ("urine is not passing normally", "emergency"),
    ],
)
def test_what_looks_like_a_negation_and_is_none(text, tier):
    """Loss, double negation and not knowing leave the sign present."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("what is sciatica?", "nerve_info"),
        ("symptoms of cauda equina?", "emergency_info"),
        ("can tight muscles cause leg numbness?", "nerve_info"),
        ("explain radiculopathy please", "nerve_info"),
        ("can hip flexors press on a nerve", "nerve_info"),
        ("are pins and needles dangerous?", "nerve_info"),
        ("is incontinence common with slipped discs", "emergency_info"),
        ("is it normal for legs to tingle after running", "emergency_info"),
        ("what should I do if I ever get numb down there", "emergency_info"),
        ("how do I avoid sciatica", "nerve_info"),
        ("had sciatica in 2015, all healed; best stretch for stiff back?", "nerve_info"),
    ],
)
def test_a_question_in_general_brings_the_soft_note(text, note):
    """Asked about, feared or long gone: no message, a note."""
    assessment = assess(text, TriageState(), 0.0)
    assert assessment.tier is Tier.NONE
    assert assessment.note == note


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("why does my leg tingle", "nerve"),
        ("what does it mean if both my legs go numb", "emergency"),
        ("leg numbness treatment", "nerve"),
        ("what causes numb fingers? mine are numb when i wake up", "nerve"),
        ("is this cauda equina", "emergency"),
        ("if my legs go numb what do i do", "emergency"),
        ("when i sit my foot goes numb", "nerve"),
        ("can not pee", "emergency"),
    ],
)
def test_a_personal_cue_beats_the_question(text, tier):
    """Mine, this, a bare fragment: a message, not a note."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("wet myself last week, ok since", "emergency"),
        ("leaking pee since my back went", "emergency"),
        ("lost feeling round my vulva since the disc went", "emergency"),
        ("walking has got hard for my dad since his back went", "nerve"),
        ("I've had tingling for two weeks", "nerve"),
        ("numbness on and off", "nerve"),
        ("wee sensation gone", "emergency"),
        ("leg was numb, all gone now", "none"),
        ("used to have numb toes years ago, all normal now", "none"),
    ],
)
def test_the_past_is_told_from_the_present(text, tier):
    """A "since" is a start and no end; gone for good needs a sign that may be gone."""
    assert _tier(text) == tier


def test_undated_recovery_lowers_by_one_but_not_below_urgent():
    """2a.17: bladder, bowel, saddle and both legs stay urgent when they are said to be gone."""
    assert _tier("i was leaking pee, its gone now") == "urgent"
    assert _status("i was leaking pee, its gone now", "urinary_incontinence") is (
        FindingStatus.HISTORICAL
    )


@pytest.mark.parametrize(
    "text",
    [
        "my back is killing me",
        "dying to try yoga",
        "comfortably numb on the radio",
        "weak core and sore back",
        "a wee bit stiff",
        "bar stool or chair",
        "shooting hoops hurt my back",
        "burning calories on the rower",
        "electric blanket ok?",
        "tight chest muscles from press ups",
        "my phone is dead",
        "number of stretches",
        "frozen shoulder stretches",
        "heavy boxes hurt my back",
    ],
)
def test_other_senses_of_a_word_are_no_signs(text):
    """Word-sense guards: each is a tested negative."""
    assert _tier(text) == "none"


def test_a_quoted_list_is_not_ones_own():
    """The bot's own words, quoted, are no sign; what is added is."""
    assert _tier('you said "weakness in both legs". i dont have any of that') == "none"
    assert _tier('you said "numb legs". my foot is numb') == "nerve"


@pytest.mark.parametrize(
    ("sentence", "words", "expected"),
    [
        ("The patient denies any chest pain.", "chest pain", True),
        ("No increase in the pain.", "pain", False),
        ("Fracture was not seen.", "Fracture", True),
        ("Gram negative rods grew, infection is present.", "infection", False),
        ("nothing here", "", False),
    ],
)
def test_any_words_can_be_asked_about(sentence, words, expected):
    """`negated` serves words that are no sign, too."""
    start = sentence.index(words)
    assert negated(sentence, start, start + len(words)) is expected


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("couldnt pee last night, fine now", "emergency"),
        ("wet myself without feeling it yesterday but i'm fine now", "emergency"),
        ("lost bladder control years ago, fine now", "none"),
    ],
)
def test_a_red_flag_of_these_days_is_not_over(text, tier):
    """What came and went may come again (specification, section 3)."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("my mother 66 yrs, urine leaking since last evening", "emergency"),
        ("male 45 years, urine leaking, back pain", "emergency"),
        ("54 years lady, urine leaking with back pain", "emergency"),
        ("urine leaking for 20 years, no change", "urgent"),
        ("my urine has leaked since 30 years, unchanged", "urgent"),
    ],
)
def test_an_age_is_no_duration(text, tier):
    """Years told of a person say nothing of how long a sign has been there."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("been to the loo five times. nothing comes", "emergency"),
        ("havent got up for a pee all day. i dont get any need", "emergency"),
        ("the loo seat is low. nothing comes to mind", "none"),
        ("queued at the loo. i dont feel the need to stretch", "none"),
    ],
)
def test_the_toilet_and_what_is_missing_may_stand_apart(text, tier):
    """One sentence names the toilet or the bladder, another that nothing comes."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("lost feeling in my bum and it hasnt come back", "emergency"),
        ("lost the strength in my leg and it never came back", "urgent"),
        ("lost feeling in my foot. it hasnt returned", "nerve"),
        ("had numb toes in 2015, it never came back. best stretch?", "none"),
        ("lost feeling in my leg once years ago, never came back", "none"),
    ],
)
def test_a_feeling_that_has_not_come_back_is_no_recovery(text: str, tier: str) -> None:
    """The feeling that was lost stays away, not the sign."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("my 14 year old son has had back pain since september", "urgent"),
        ("my son is 14, his back has hurt since the summer", "urgent"),
        ("no feeling in my foot at all since august", "urgent"),
        ("had flu last winter with a fever. back is just achy", "none"),
        ("fell off a ladder last summer, fine now. best pillow?", "none"),
        ("pins and needles in my foot since last winter", "nerve"),
    ],
)
def test_a_month_or_a_season_says_how_long(text: str, tier: str) -> None:
    """Since september is weeks at least; last winter is over."""
    assert _tier(text) == tier
