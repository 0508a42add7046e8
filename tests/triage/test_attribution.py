"""What a sign is put down to lowers nothing (specification, section 2: attribution)."""

from __future__ import annotations

import pytest

from backbot.model import FindingStatus, Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules
from backbot.triage.text import is_unspaced, tokenise

CAUSES = [
    "after the gym", "after a run", "after football yesterday", "since my marathon",
    "after swimming", "after a night out yesterday", "after a long drive", "after yoga",
]  # fmt: skip
EMERGENCIES = [
    "my saddle area is numb", "lost control of my bladder", "both my legs are weak",
    "cant move my leg", "shooting pain down both legs", "i want to kill myself",
]  # fmt: skip


def _tier(text: str) -> Tier:
    return assess(text, TriageState(), 0.0).tier


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("sign", EMERGENCIES)
def test_a_harmless_cause_never_lowers_an_emergency(sign, cause):
    """In front, behind, with a comma and without, the sign stays what it is."""
    for text in (f"{sign} {cause}", f"{cause} {sign}", f"{cause}, {sign}", f"{sign}, {cause}"):
        assert _tier(text) is Tier.EMERGENCY, text


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("my leg is weak after the gym", Tier.URGENT),
        ("arm has gone weak since my run", Tier.URGENT),
        ("burning all down my leg after gardening", Tier.NERVE),
    ],
)
def test_lost_power_and_pain_that_runs_are_no_tiredness(text, least):
    """Weakness in so many words, and a burn that runs down a limb, outlast exertion."""
    assert _tier(text) >= least


@pytest.mark.parametrize(
    "text",
    [
        "jelly legs after leg day",
        "legs feel heavy after my run",
        "arms are weak after press ups",
        "drenched in sweat after the gym, back is stiff",
        "shorts still damp after swimming, back is stiff",
        "exercises for weak calves",
        "my quads burn after squats",
    ],
)
def test_tired_legs_and_sweat_stay_ordinary(text):
    """What exertion does explain is left alone (C24)."""
    assert _tier(text) is Tier.NONE


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("i want to die for the weekend", Tier.EMERGENCY),
        ("a view to die for, but my back hurts", Tier.NONE),
        ("i kill myself at the gym every monday, stiff back", Tier.NONE),
    ],
)
def test_doubtful_words_of_suicide_are_present(text, tier):
    """An idiom has to be one; what only looks like one is read as meant."""
    assert _tier(text) is tier


def test_words_of_another_sense_do_not_end_a_sign():
    """A man who "passed out" has not died, and "back in agony" is no bygone time."""
    assert _tier("his back ripped open and he passed out") is Tier.EMERGENCY
    assert _tier("rear ended by a lorry on the motorway, lower back in agony") is Tier.EMERGENCY


def test_a_feared_sign_is_only_noted():
    """What comes "if ever" is feared; what comes "if my legs go numb" is had."""
    feared = assess("if my legs ever went numb would that be 999", TriageState(), 0.0)
    assert feared.tier is Tier.NONE
    assert feared.note == "emergency_info"
    assert _tier("if my legs go numb is that an emergency") is Tier.EMERGENCY


def test_a_change_no_rule_reads_brings_the_soft_note():
    """Something wrong with a limb, or with the toilet, is not answered with nothing."""
    limb = assess("my arm doesnt do it any more", TriageState(), 0.0)
    toilet = assess("going to the loo has become strange", TriageState(), 0.0)
    assert (limb.tier, limb.note) == (Tier.NONE, "nerve_info")
    assert (toilet.tier, toilet.note) == (Tier.NONE, "emergency_info")
    assert assess("nothing wrong with my legs", TriageState(), 0.0).note is None


@pytest.mark.parametrize(
    "turns",
    [
        ("weak", "both legs"),
        ("numb", "where", "between the legs"),
        ("a heavy feeling, like bricks", "front. middle of my chest"),
        ("tired of it", "no i mean all of it. being here"),
    ],
)
def test_pieces_of_one_sentence_are_read_as_one(turns):
    """Two words, "both legs", are no yes, and a full stop within a piece no end."""
    state = TriageState()
    for k, text in enumerate(turns):
        assessment = assess(text, state, 60.0 * k)
        state = assessment.state
    assert assessment.open_tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wokeupinawetbedandim40", "woke up in a wet bed and im 40"),
        ("hitbyacar,leftleghasnofeeling", "hit by a car left leg has no feeling"),
        ("weakleftarmandneckpainfor3weeks", "weak left arm and neck pain for 3 weeks"),
        ("temperature38.8sincelastnight", "temperature 38.8 since last night"),
    ],
)
def test_a_text_without_any_space_is_read_word_by_word(text, words):
    """Words that the lexicon knows win over longer ones that it does not."""
    assert is_unspaced(text)
    assert [t.word for t in tokenise(text, load_rules().speller)] == words.split()


def test_a_short_word_or_a_spaced_text_is_not_unspaced():
    """One word, "numb", is not a message whose spaces are missing."""
    assert not is_unspaced("numb")
    assert not is_unspaced("my leg is numb")


def test_an_explicit_unless_with_after_still_holds():
    """A rule may still say that what comes after something is none."""
    found = assess("sweating after a workout, stiff back", TriageState(), 0.0).findings
    assert all(f.status is not FindingStatus.PRESENT for f in found)


@pytest.mark.parametrize(
    "text",
    [
        "both feet are numb, happened while watching a film",
        "numb labia and the back pain has gone",
        "numb labia, which stretches help",
        "numb labia, whats the best chair",
        "my bum is numb, no?",
        "walking the dog and my legs went numb",
        "was riding my horse and my bum went numb",
        "had back pain in 2015 and now got run over, back hurts",
        "after my op last year i was fine but both my legs are numb",
    ],
)
def test_an_aside_never_undoes_an_emergency(text):
    """A film that was on, a pain that eased, a pet on the lead, a question put behind."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("numb toes, which stretches help", Tier.NERVE),
        ("numb toes, whats the best chair", Tier.NERVE),
        ("which stretches help numb toes", Tier.NONE),
        ("walking my dog and he drags his back legs", Tier.NONE),
        ("in the film his legs went numb", Tier.NONE),
        ("numbness? no.", Tier.NONE),
    ],
)
def test_what_the_cue_belongs_to_decides(text, tier):
    """The same cues still hold where they speak of the sign itself."""
    assert _tier(text) is tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("my lower back hurts. my dad had cancer", Tier.NONE),
        ("my dad had cancer and my back hurts", Tier.NONE),
        ("my dad has cancer and his back hurts", Tier.URGENT),
        ("my dad had cancer. dads back hurts now", Tier.URGENT),
        ("my mum had cancer and i had it too, my back hurts", Tier.URGENT),
        ("my back hurts. my dad and i had cancer", Tier.URGENT),
    ],
)
def test_a_relatives_cancer_is_not_that_of_who_has_the_back_pain(text: str, tier: Tier) -> None:
    """It brings the soft note; a patient who is spoken of, or who had it too, is no relative."""
    assert assess(text, TriageState(), 1.8e9).tier is tier
