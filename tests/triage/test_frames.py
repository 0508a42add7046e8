"""What people put around a sign never lowers it: openings, questions, asides, times, contrasts.

Every frame here once hid some sign. The signs are told without "I" and "my" where people leave
them out, because that is where a question nearby used to make them a general one.
"""

from __future__ import annotations

import pytest

from backbot.model import FindingStatus, Tier, TriageState
from backbot.triage.engine import assess

SIGNS = [
    "cant feel it when i wipe", "have to strain to get the pee out", "woke up in a wet bed",
    "started wearing pads this week", "cant tell when my bladder is full", "cant hold my poo",
    "numb from the waist down", "both feet are tingling", "losing strength in my right arm",
    "legs not responding", "hit by a car and my neck hurts", "pressure on my chest",
    "speech gone slurred", "numb groin", "not passed urine since last night",
    "erections stopped since my back went", "cant lift my foot", "hands have gone clumsy",
    "fever and back pain", "numb toes on the left", "pain shooting down my leg", "leg gives way",
]  # fmt: skip
QUESTIONS = [
    "just wondering, {}", "was just wondering, {}", "just wondering {}", "{}, what causes it",
    "{} what causes it", "{} why is that", "{}, why is this", "{} how serious is it",
    "{}, is this normal?", "is it normal, {}", "is this bad: {}", "whats going on, {}",
    "what could this be, {}", "what does it mean, {}", "does anyone else get this {}",
    "does anyone else get this, {}", "hi can you help {}", "can someone help, {}",
    "how long does it last, {}", "how do i fix this, {}", "{} how do i fix it",
    "which stretches are good, {}", "would heat help, {}", "are there exercises, {}",
    "how is this possible, {}", "does yoga help? also {}", "what is the best chair? {}",
    "{} how do i stretch", "{} which mattress is best", "{} can i still exercise",
    "what is the best mattress for my back, also {}", "can i do yoga with this {}",
]  # fmt: skip
ASIDES = [
    "in case it matters {}", "just in case, {}", "i avoid sitting, {}", "trying to avoid surgery. {}",
    "ok apart from this: {}", "im fine apart from {}", "no change, {}", "no change at all, {}",
    "no other problems but {}", "went to work but {}", "not being funny but {}",
    "without my tablets {}", "even without lifting anything {}", "without painkillers {}",
    "never mind my back, {}", "nobody listens, {}", "nothing new except {}",
    "its not pain its {}", "not my leg, {}", "not my back, not my knee, {}",
    "i was told to come back if this happens, {}", "- sore back\n- {}\n- tired",
    "for no reason {}", "my back has stopped hurting but {}", "back pain + {}",
]  # fmt: skip
TIMES = [
    "had an op last year and {}", "had a baby 3 months ago, {}", "bad back since 2010, {}",
    "for years i had back ache, now {}", "used to run marathons, now {}",
    "had sciatica in 2015, fine for years, now {}", "i never had this before, {}",
    "it was fine till yesterday, {}", "back was getting better until today. {}",
]  # fmt: skip


def _tier(text: str) -> Tier:
    return assess(text, TriageState(), 0.0).tier


def test_every_sign_of_this_file_is_one():
    """Bare, each brings a message, so that the frames have something to lose."""
    assert all(_tier(sign) for sign in SIGNS)


@pytest.mark.parametrize("frame", QUESTIONS + ASIDES + TIMES)
def test_a_frame_lowers_no_sign(frame):
    """Framed, a sign is worth at least what it is worth bare."""
    lost = [sign for sign in SIGNS if _tier(frame.format(sign)) < _tier(sign)]
    assert not lost, lost


@pytest.mark.parametrize("name", ["sciatica", "foot drop", "incontinence", "cauda equina"])
@pytest.mark.parametrize("frame", ["what is {}", "{}, what is it", "is {} serious", "{} meaning"])
def test_a_name_that_is_asked_about_stays_a_general_question(name, frame):
    """A diagnosis or one noun is explained, with the soft note."""
    assessment = assess(frame.format(name), TriageState(), 0.0)
    assert assessment.tier is Tier.NONE
    assert assessment.note is not None


@pytest.mark.parametrize(
    "text",
    [
        "went for a wee this morning and nothing would come, still nothing now",
        "was peeing fine till yesterday, now nothing comes out",
        "had no problems peeing until today, now i cant",
        "used to feel it when i wiped but now i dont",
        "stopped being able to pee last night",
        "my husband stopped being able to wee",
        "i never wet myself before last week",
        "i no longer know when i need the loo",
        "pain has gone but so has the feeling in my bum",
        "had disc surgery in 2019 and it was fine since, last night i wet myself",
        "had an op last year and was in a car crash yesterday, neck hurts",
        "last year my leg was numb, it went away, now both are numb",
    ],
)
def test_what_was_well_before_is_no_recovery(text):
    """Words of being well that end with a time, or come before the sign, undo nothing."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("sciatica went away for two years and has returned", "nerve"),
        ("my foot was numb, it cleared up and has come back", "nerve"),
        ("sciatica went away and never came back", "none"),
        ("my foot was numb in 2015, healed and hasnt come back", "none"),
    ],
)
def test_what_came_back_is_there(text, tier):
    """Gone and returned is present; gone for good is past."""
    assert _tier(text).label == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("unless i push i cant pee", "emergency"),
        ("unless i keep moving my foot goes numb", "nerve"),
        ("if i get up my leg tingles", "nerve"),
        ("scared to go out in case i wet myself again", "emergency"),
        ("to avoid accidents i wear pads since my back went", "emergency"),
        ("should i stay in unless my legs go numb", "none"),
        ("how do i avoid sciatica, numbness and foot drop", "none"),
        ("what should i do in case i get numb down there", "none"),
        ("is it bad if one side of my body is weak", "emergency"),
    ],
)
def test_a_condition_binds_what_follows_it_only(text, tier):
    """Fear and care of what may come stay soft; what is there already counts."""
    assert _tier(text).label == tier


@pytest.mark.parametrize(
    "text",
    [
        "numb, not my leg, my privates",
        "its not my leg its my privates that are numb",
        "not in my leg but between my legs, numb",
        "its not pain its numbness between my legs",
        "i doubt its anything but my saddle is numb",
        "numb. where. between my legs",
        "can pee ok but cant feel it",
    ],
)
def test_a_contrast_denies_one_place_only(text):
    """Not here but there: the other place counts."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("bladder control? none", "emergency"),
        ("numbness? none", "none"),
        ("loss of bladder control? none", "none"),
        ("trouble peeing? no", "none"),
        ("not bothered about the pain, bothered that i wet the bed", "emergency"),
    ],
)
def test_none_of_what_one_should_have_is_the_sign(text, tier):
    """No control is a loss, no loss of control is none."""
    assert _tier(text).label == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("grandad used to wet himself, whats a good pillow", "none"),
        ("my aunt went paralysed in the 70s, can i do planks", "none"),
        ("grandad used to be dry, now he wets himself", "emergency"),
        ("dad wet himself 20 years ago and again today", "emergency"),
        ("my colleague says numb legs come from sitting badly, true?", "none"),
        ("my husband says his legs are numb", "emergency"),
        ("my wife says numb down below", "emergency"),
        ("my friend says numb bum is normal, mine has been like it for days", "emergency"),
        ("i read that numbness between the legs is a warning sign, is that true", "none"),
        ("i read that numbness between the legs is a warning sign and mine is numb", "emergency"),
    ],
)
def test_hearsay_and_old_family_stories_are_soft(text, tier):
    """What is said of people in general, and what somebody else had once; not what is there."""
    assert _tier(text).label == tier


@pytest.mark.parametrize(
    "text",
    ["not numb, just stiff", "no numbness, tingling or weakness", "not my leg, just my back aches",
     "i dont think its numb, just sore", "its not that its weak, its only stiff"],
)  # fmt: skip
def test_a_denial_that_goes_on_still_denies(text):
    """Lists and opinions stay denied."""
    assert _tier(text) is Tier.NONE


@pytest.mark.parametrize(
    "turns",
    [
        ("numb", "where? not sure", "between my legs"),
        ("numb", "not my leg, my privates"),
        ("hi", "numb", "saddle area"),
        ("left leg numb", "and now the right"),
        ("trying to wee", "nothing"),
        ("when i wipe", "i cant feel it"),
    ],
)
def test_a_sign_in_pieces_is_read_whole(turns):
    """Two or three messages of a few words make one sentence."""
    state = TriageState()
    for turn in turns:
        state = assess(turn, state, 0.0).state
    assert state.open_tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("i lift patients with numb legs at work, my back is sore", "bilateral_leg_symptoms"),
        ("as a carer i turn paralysed residents, my back aches", "paralysis"),
        ("how do people with foot drop train, my back is stiff", "foot_drop"),
    ],
)
def test_people_in_general_are_nobody(text, concept):
    """The sign of patients, residents or people is asked about, not reported."""
    assessment = assess(text, TriageState(), 0.0)
    assert assessment.tier is Tier.NONE
    statuses = {f.status for f in assessment.findings if f.concept == concept}
    assert statuses <= {FindingStatus.INFORMATIONAL}


@pytest.mark.parametrize(
    "text",
    [
        "can't bend to pee in the kid's toilet",
        "i keep losing my balance doing planks",
        "losing balance on the bosu ball, is that my core",
        "numb toes from tight shoes",
        "pain shoots up when i see the bill",
        "legs turn to jelly on the cross trainer",
        "dead legs after a marathon",
        "i cant feel my glutes in bridges",
        "car crash tv all night, stiff neck",
        "my chest is tight from sitting hunched, stretches?",
        "i push a wheelchair for my paralysed brother and my back aches",
        "i had an anaesthetic at the dentist and my lip is numb",
        "i fell off a horse when i was 8, is my posture from that",
        "my legs are different lengths",
        "electric shock collar for the dog lol anyway my back aches",
        "walking is difficult in the snow",
        "i need a wee halfway through my stretches lol",
        "had to hold my wee on a long drive and my back ached",
        "heat pad on high temperature ok?",
        "i had sciatica in 2012, all good for years, best bed?",
    ],
)
def test_a_harmless_frame_brings_no_message(text):
    """Exercises, shoes, bills, other people's bodies and long healed history."""
    assert _tier(text) is Tier.NONE


@pytest.mark.parametrize(
    "text",
    [
        "cant pee in the kids toilet or anywhere",
        "my toes are numb, shoes or not",
        "pain shoots down my leg when i see stairs",
        "my legs went dead and wont wake up",
        "i fell off a horse on sunday, back is agony",
        "losing my balance in the kitchen",
        "my brother is paralysed since this morning",
        "cant hold my wee on the drive home any more",
    ],
)
def test_the_same_words_with_the_sign_still_bring_one(text):
    """A harmless frame needs its own words."""
    assert _tier(text) > Tier.NONE


@pytest.mark.parametrize(
    "never", ["never had", "i have never had", "havent had", "not had", "i never had"]
)
@pytest.mark.parametrize(
    "sign", ["an accident", "a car crash", "any accident", "a fall or accident"]
)
def test_what_never_happened_is_denied_where_the_sign_has_the_verb(never, sign):
    """The "had" of "never had" is the "had" of "had an accident" too."""
    assert _tier(f"{never} {sign}, my back just hurts") is Tier.NONE
    assert _tier(f"i had {sign.replace('any', 'an')}, my back hurts") is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text", ["i have never had such numb legs", "never felt such weakness in my legs"]
)
def test_never_such_a_sign_is_the_sign(text):
    """It says how bad it is."""
    assert _tier(text) is Tier.EMERGENCY
