"""No words of context switch a present sign off: one group for each way in which they did."""

from __future__ import annotations

import sys

import pytest

from backbot.model import TriageState
from backbot.triage.engine import assess, packaged_rules


def _tier(text: str) -> str:
    return assess(text, TriageState(), 0.0).tier.label


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("no back pain today bum is numb though", "emergency"),
        ("no back pain to speak of, wetting the bed every night", "emergency"),
        ("no real pain more a tingling in my left foot", "nerve"),
        ("not much pain, toes on right foot are numb tho", "nerve"),
        ("im not one to complain numb between the legs since last night", "emergency"),
        ("i no longer get any warning before i wet myself", "emergency"),
        ("i wouldnt call it pain, more that my bum has gone dead", "emergency"),
        ("not like me to wet the bed, im 40", "emergency"),
        ("both legs tingling not something i usually get", "emergency"),
        ("hasnt been a night this week i havent wet the bed", "emergency"),
    ],
)
def test_what_is_denied_first_is_not_the_sign_behind(text, tier):
    """A pain that is denied, a habit, a usual thing: the sign is a clause of its own."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    "text",
    [
        "not wet the bed since i was 6 and did last night",
        "havent wet myself since tuesday, before that three times",
        "he asked if i leak, i said no but i do",
        "said no to the question about numb bum because i was embarrassed, it is numb",
        "they asked about saddle numbness on the phone, it was all clear then, now its numb",
        "asked if its serious to have a numb bum, they said no",
    ],
)
def test_a_denial_that_is_taken_back_denies_nothing(text):
    """Nor does the answer to a question about something else than whether it is there."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "the leaflet says go to a&e if you cant feel when you wipe and i cant",
        "tell me about numb bum. i have it",
        "can sciatica cause numb genitals? mine are",
        "how long can you go without a wee, its been 16 hours",
        "when should i worry about numb privates, its been two days",
        "gp said if i lose bladder control go to a&e. i have lost it",
        "warning signs i have: leaking urine, numb groin",
        "it says 'numbness between the legs' and mine is",
        'bot said "call if you cant pee" well i cant pee',
        "on the radio they said numb bum = hospital so here i am",
        "runners with numb feet like me, both of them, what do you do",
        "my late wife had cauda equina and i think i have it, numb bum",
    ],
)
def test_what_is_asked_quoted_or_feared_counts_once_somebody_has_it(text):
    """Such as "mine is", "i have it", "and i cant", "its been two days"."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "is it normal to not feel when you wipe after sciatica",
        "what does it mean when your bum goes numb and you cant wee",
        "when should i go to hospital for numb saddle area",
        "no one i know has had this, numb bum and leaking",
        "so far so good with the pain, numb down below though",
        "read about it online, numb bum, cant pee",
        "please explain what to do, cant pee",
        "just curious numb bum",
        "numb bum, is there anything for it",
    ],
)
def test_nobody_asks_about_bladder_or_saddle_idly(text):
    """Lay words for it with a question or with "touch wood" beside them are somebody's own."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "how do i know if its serious, my bum is numb",
        "if i get an urge i dont make it, wet myself every time",
        "if i lose control of my bladder one more time i will scream",
        "if someone touches me down there i dont feel it",
        "worried about being numb down there for 3 days",
        "scared of ending up in a wheelchair, legs getting weaker every day",
        "afraid of being alone as my legs keep giving way and are getting worse",
        "dread going out, i leak wee everywhere",
        "assuming its sciatica why cant i feel my privates",
        "one day last week i wet myself, then again today",
        "am i going to get better, no feeling in my saddle",
        "what if i get an accident again, wet myself at work",
        "before i get up the wee is already coming out",
        "before it happens i get no warning, just pee myself",
        "i suppose numb bum and cant pee isnt good",
        "just to be safe, cant feel when i wipe",
    ],
)
def test_a_fear_of_something_else_supposes_no_sign(text):
    """What is feared ends where a clause begins that says how it is."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("my bum has gone numb, back pain settled", "emergency"),
        ("my bum is numb, headache gone", "emergency"),
        ("bum is numb, back pain all gone", "emergency"),
        ("pain healed but my bum is numb", "emergency"),
        ("numb bum, i am healthy otherwise", "emergency"),
        ("had tingling in my foot since last year", "nerve"),
        ("had a stroke in 2019, face drooping again today", "emergency"),
        ("had a heart attack in 2010, chest pain tonight", "emergency"),
    ],
)
def test_what_has_gone_is_what_is_named(text, tier):
    """Not the sign beside it; and what began long ago may still be there."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    "text",
    [
        "took the cat to the vet, lifted the carrier, wet myself",
        "the vet said my dog is fine but i cant feel my bum",
        "dog walking down the road and suddenly legs numb and weak both of them",
        "my dog has numb legs and so do i",
        "since my wife died my legs wont move",
    ],
)
def test_an_animal_or_a_death_beside_a_sign_is_not_whose_it_is(text):
    """Somebody lifts the cat, walks the dog, is widowed."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "after gym pain goes from neck down to my fingers",
        "i can hardly walk, walking the dog is out of the question",
        "struggling to walk, not doms, started after my back went",
        "what nerve is pinched in my back, doctor says one is",
        "pain down my leg to my foot, i put heat on the hamstring and nothing",
    ],
)
def test_an_exception_of_a_nerve_rule_hides_no_nerve_sign(text):
    """Exertion, a dog, a hot pack beside it."""
    assert _tier(text) != "none"


@pytest.mark.parametrize(
    "text",
    [
        "no numbness, tingling, wetting myself or weakness",
        "no pain, legs are fine, not numb",
        "no numbness but im stiff",
        "no numb bits and bladder is normal, sore back since football",
        "he asked if i leak i said no its fine",
        "what is saddle anaesthesia",
        "how serious is incontinence",
        "are there exercises for incontinence",
        "can a slipped disc cause incontinence? mine is just a small bulge",
        "back ache, its been 3 days. what are the warning signs of cauda equina",
        "what should i do if i ever lose control of my bladder, i live alone",
        "worried about getting cauda equina, i sit all day",
        "hypothetically if my bum went numb what would i do",
        "one day i might get numb legs, how do i prevent it",
        "had foot drop in 2015, now fully recovered",
        "years ago i had numb hands, today im only stiff",
        "had sciatica since last year but gone now",
        "my late father had foot drop, mine is only a stiff back",
        "my dog is old, his legs are weak",
        "in the film he gets paralysed, how real is that",
        "you said 'weakness in both legs', i dont have that",
    ],
)
def test_what_is_truly_absent_asked_or_over_stays_quiet(text):
    """The other half: the same cues where they mean what they say."""
    assert _tier(text) == "none"


def test_only_what_follows_a_sign_says_how_long_it_has_lasted():
    """Told before a question is of the back that hurts."""
    asked = "what are the symptoms of cauda equina"
    assert _tier(f"stiff back, its been 3 days. {asked}") == "none"


def test_no_cue_of_a_denial_reaches_a_clause_of_its_own():
    """Every negation of the list, with the pain that it denies before a sign."""
    cues = packaged_rules().rules.lexicon.classes["ctx_negation_before"]
    plain = [cue for cue in cues if not set("(.") & set(cue)]
    missed = [
        cue
        for cue in plain
        if _tier(f"{cue} pain today bum is numb") != "emergency"
        or _tier(f"{cue} pain so my legs wont move") != "emergency"
    ]
    assert len(plain) > 100
    assert missed == []


def test_no_words_of_recovery_of_a_pain_take_a_sign_back():
    """Every one of the list that is no length of time, told of something else."""
    cues = packaged_rules().rules.lexicon.classes["ctx_resolved"]
    plain = [cue for cue in cues if not set("(.") & set(cue) and "for " not in cue]
    missed = [
        cue
        for cue in plain
        if "years" not in cue and _tier(f"my bum is numb, headache {cue}") != "emergency"
    ]
    assert len(plain) > 60
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "never had sciatica before my bum went numb yesterday",
        "saw on tiktok cauda equina and i have all of it",
        "asked if im numb down there i said no, lied",
        "go on without me i want to die",
    ],
)
def test_a_denial_ends_before_what_is_told(text):
    """Neither "never … before my", nor "without me", nor a lie denies what stands beside it."""
    assert _tier(text) == "emergency"


def test_who_lay_down_takes_nothing_back():
    """Many write "i lied down"."""
    assert _tier("no numbness, i lied down and it was fine") == "none"


def test_a_list_of_denials_is_read_in_linear_time():
    """Each denial is read as far as the next one, however long the message."""

    def steps(text):
        count = 0

        def trace(_frame, _event, _arg):
            nonlocal count
            count += 1

        before = sys.getprofile()
        sys.setprofile(trace)
        try:
            assess(text, TriageState(), 0.0)
        finally:
            sys.setprofile(before)
        return count

    assess("no fever", TriageState(), 0.0)
    short, long = ("no fever, chills, " * times for times in (60, 240))
    assert steps(long) < 6 * steps(short)


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("no pain, wet myself twice", "emergency"),
        ("no fever, hit by a van on the way home", "emergency"),
        ("no pain, bladder numb", "emergency"),
        ("no pain, thinking of ending it all", "emergency"),
        ("no fever, chills, weight loss or night sweats, just a stiff back", "none"),
        ("no saddle numbness, retention, incontinence, leg weakness", "none"),
        ("no leaks, normal wee", "none"),
        ("no weakness, bladder works", "none"),
        ("yes i can feel my bits, no my legs arent weak", "none"),
    ],
)
def test_behind_the_comma_of_a_no_a_clause_is_told_and_a_list_goes_on(text, tier):
    """What is denied before a comma is a noun; a verb behind it tells of something else."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    "text",
    [
        "is it usual for the bum to be asleep after a slipped disc? mine is asleep since monday",
        "no loss of control, unless waking up in a wet bed counts",
        "hardly a day goes by when i dont wet myself now",
        "i lied to the nurse when i said no numb bum",
        "my legs werent numb on sunday. they are now",
        "apart from not being able to wee im fine",
    ],
)
def test_a_denial_that_is_undone_hides_nothing(text):
    """Exceptions, lies, double negation and changes since then."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "the nurse said saddle numbness, what is that",
        "my legs went numb once in 2004 after a night on a bar stool",
        "my wife is scared i have cauda equina, i have no symptoms, just a stiff back",
        "had a nightmare that i couldnt feel my legs",
    ],
)
def test_words_heard_dreamt_feared_or_long_past_give_a_note(text):
    """Nobody has the sign: the soft note alone."""
    result = assess(text, TriageState(), 0.0)
    assert result.tier.label == "none"
    assert result.note
