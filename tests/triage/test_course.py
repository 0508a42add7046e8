"""What a message of its own says of the signs before it: their course, the other side, all well."""

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess


def _tiers(*turns: str) -> list[Tier]:
    state, tiers = TriageState(), []
    for number, text in enumerate(turns):
        found = assess(text, state, 60.0 * number)
        state = found.state
        tiers.append(found.open_tier)
    return tiers


@pytest.mark.parametrize(
    "turns",
    [
        (
            "its my left foot, the front of it just wont come up",
            "was fine when i went to bed last night",
        ),
        ("i cant pull my left toes up, the physio wrote it in her letter", "each day a bit less"),
        ("grip is rubbish", "left hand", "since i woke up today"),
        ("tingling in my leg", "both legs sorry i meant"),
        ("numb calf, the left one", "edit the right is numb too"),
        ("got a tingly left leg when i drive", "right leg just started too while i sat here"),
        ("is back pain linked to erections?", "asking because mine stopped"),
        ("how does one feel that the bladder is full?", "i dont get that feeling anymore"),
        ("what is cauda equina syndrome", "right ok", "i think thats what ive got"),
        ("whats it mean when people cant wee", "asking cos i havent managed one since yesterday"),
    ],
)
def test_what_is_told_later_makes_it_an_emergency(turns: tuple[str, ...]) -> None:
    """Course, side or person may come in a message of their own."""
    assert _tiers(*turns)[-1] is Tier.EMERGENCY


@pytest.mark.parametrize(
    "turns",
    [
        ("numb toes on my left foot", "since last month", "now its up to my knee"),
        ("pain in my low back", "it never lets up not even for a minute"),
        ("side of my calf is numb", "friday like a coin", "yesterday the size of my hand"),
    ],
)
def test_what_spreads_or_never_eases_is_urgent(turns: tuple[str, ...]) -> None:
    """Over several messages as in one."""
    assert _tiers(*turns)[-1] is Tier.URGENT


@pytest.mark.parametrize(
    "turns",
    [
        ("pain goes down my left leg to the knee", "right ones fine"),
        ("pain goes down my left leg to the knee", "bladder fine bowels fine"),
        ("pain from my neck to my right elbow", "legs are ok yes walking ok"),
        ("sharp pain down my left leg when i bend", "the right one is only sore cos of squats"),
        ("pins and needles in my ring finger", "typing makes it worse"),
        ("tingling in my foot", "worse when i sit"),
        ("my lower back hurts", "my left foot feels a bit numb too"),
    ],
)
def test_what_is_well_or_brought_on_raises_nothing(turns: tuple[str, ...]) -> None:
    """A part that is fine is no part of the sign; worse at times is not worse from day to day."""
    assert _tiers(*turns)[-1] is Tier.NERVE


@pytest.mark.parametrize(
    "text",
    [
        "bladder fine, bowels not so",
        "legs are fine, then they gave way",
        "my legs are numb ok",
        "legs ok, bladder ok, but my bum is numb",
        "numb toes, worse and worse",
        "leg weak, worse when walking",
    ],
)
def test_a_part_that_is_well_hides_no_sign(text: str) -> None:
    """Nor does "fine" beside another part."""
    assert _tiers(text) == [Tier.EMERGENCY]


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        (
            "tripping over nothing for 2 months, no worse no better, my toes dont clear",
            Tier.URGENT,
        ),
        ("leg is weak, its not got any worse", Tier.URGENT),
        ("numb leg, not getting any worse", Tier.NERVE),
        ("leg weak, no better, worse actually", Tier.EMERGENCY),
        ("numb toes, getting better every day", Tier.NERVE),
        ("leg weak, not getting better, every day a bit less", Tier.EMERGENCY),
        ("leg weak, not sleeping, worse", Tier.EMERGENCY),
        ("numb toes, worse in the morning", Tier.NERVE),
        ("numb toes, worse in the last two days", Tier.URGENT),
        ("tingling foot, worse after the injection", Tier.URGENT),
        ("numb foot, its worse if anything", Tier.URGENT),
        ("numb foot, lifting yesterday made it worse", Tier.URGENT),
        ("took 2 paracetamol, the normal dose", Tier.NONE),
        ("took 3 times the dose of tramadol", Tier.EMERGENCY),
    ],
)
def test_no_worse_is_not_worse(text: str, tier: Tier) -> None:
    """What is denied right before it is no change; nor is the dose on the box too much."""
    assert _tiers(text) == [tier]


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("im pregnant with back pain and the baby moves less", Tier.URGENT),
        ("pregnant, back pain, baby not moving much", Tier.URGENT),
        ("28 weeks pregnant, back pain comes in waves", Tier.URGENT),
        ("im pregnant, my 4 year old has numb legs", Tier.EMERGENCY),
        ("my baby is 6 months and my back hurts from carrying her", Tier.NONE),
    ],
)
def test_a_baby_to_be_born_is_no_child_with_a_sign(text: str, tier: Tier) -> None:
    """That it moves less is urgent with back pain (C-PRE); C19 is for a child that has a sign."""
    assert _tiers(text) == [tier]


@pytest.mark.parametrize(
    "reply",
    [
        "asking because i dont want to hurt my back",
        "asking cos i cant find it online",
        "mine is just stiff",
        "mine isnt numb",
        "i dont have that anymore",
    ],
)
def test_not_every_reason_to_ask_is_ones_own_sign(reply: str) -> None:
    """A denial, or another reason, claims nothing of what was asked about."""
    assert _tiers("is back pain linked to erections?", reply)[-1] <= Tier.NERVE


def test_what_has_been_fine_since_is_not_new() -> None:
    """A time beside "fine" says when it ended, not when it began."""
    foot = "its my left foot, the front of it just wont come up"
    assert _tiers(foot, "its been fine since this morning")[-1] is Tier.URGENT
    assert _tiers(foot, "since this morning")[-1] is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("my balance is getting worse", Tier.EMERGENCY),
        ("my balance is off", Tier.URGENT),
        ("both feet tingling for years, no worse", Tier.URGENT),
        ("both feet tingling for years, worse now", Tier.EMERGENCY),
    ],
)
def test_worse_counts_where_it_is_said_of_the_sign_and_not_denied(text: str, tier: Tier) -> None:
    """A balance that gets worse is one; what is "no worse" for years has not changed."""
    assert _tiers(text) == [tier]
