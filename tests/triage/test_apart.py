"""A line's end, or a question's comma, may end a sentence: what stands behind it is read alone."""

import pytest

from backbot.model import Tier, TriageState
from backbot.triage import engine
from backbot.triage.engine import assess


def _tier(text: str) -> Tier:
    return assess(text, TriageState(), 0.0).tier


@pytest.mark.parametrize(
    "text",
    [
        "what is the best chair for a bad back\nfell through the loft hatch, agony between shoulders",
        "does sleeping on my back stop neck pain\ndont know when my bladder is full",
        "is yoga good\nlegs wont move",
        "the dog jumped on my sore back\nthen i woke up and both my legs are numb",
        "no tingling in my arms at all\nskiing, hit a tree at speed and cant turn my head",
        "dont want to be alive\nhad an epidural in 2009 for my eldest, fine since then, what mattress",
        "fell down the stairs and my back is agony\nwhat is the best swim stroke",
        "is swimming good for bad backs, fell off a scaffold, back is in bits",
        "how many squats are right for a beginner, cant wee since last night",
    ],
)
def test_what_is_asked_or_told_before_does_not_hide_a_sign(text: str) -> None:
    """Neither a question without its mark nor an old story swallows the next line."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "which is the worse sign\nnumbness between the legs or losing your bladder",
        "no fever\nnumbness\nbladder trouble",
        "no chest pain\nbreathlessness\nor arm pain\njust tight shoulders",
        "my book says saddle numbness is from the cauda equina\nis that right",
        "both legs went numb after my operation in 2015\nfixed, fine since",
        "my dog fell off the balcony\nhis back legs are limp",
        "is it safe to exercise with a stiff back, tight hips or sore knees",
        "symptoms of cauda equina please\nnumb bum\nnot being able to pee",
        "what stretches help\nmy hips are tight\nmy back is stiff",
    ],
)
def test_lines_that_need_each_other_stay_one(text: str) -> None:
    """Lists, answers and questions that point back are not torn from what they belong to."""
    assert _tier(text) in {Tier.NONE, Tier.NERVE}


@pytest.mark.parametrize(
    "text",
    [
        "is there any real science that massage works for back pain both my legs are numb",
        "do rest days help with muscle knots i cant feel when i wipe",
        "which cream is best for a stiff neck my groin has gone numb",
        "difficulty passing urine with back pain whats the number for the clinic",
        "legs feel paralysed how do muscle knots form",
        "slipped off the roof cleaning gutters how do i loosen a tight back",
        "is a hot bath good for backs ive wet myself twice",
        "will insurance cover it unable to lift either leg",
        "explain how stress makes you stiff cant walk and legs numb",
        "would yoga help at all angina like pain",
        "what do you charge bilateral leg weakness worse each day",
        "doctor is bed rest good urine is not coming from morning",
        "is walking good lost bladder control is swimming good",
        "is cracking ur back bad for u anal numbness with lower back pain",
        "do you take cards wet myself last night",
        "what does core strength even mean anyway i keep soiling myself",
        "what is the difference between a physio and an osteopath please difficulty passing urine",
    ],
)
def test_a_question_without_any_stop_hides_no_sign(text: str) -> None:
    """Many type neither a full stop nor a question mark."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "can a slipped disc paralyse you",
        "which nerve gives you a numb big toe",
        "how do doctors tell a trapped nerve from a pulled muscle",
        "what is the link between stress and numb legs",
        "why do people with a slipped disc get numb legs",
        "what does saddle anaesthesia feel like",
        "are numb legs and back pain related",
        "is it true that sitting on your wallet leaves one buttock dead",
        "what happens to bladders crushed by a disc",
        "what are the odds of waking up paralysed after a discectomy",
        "does a slipped disc hurt more than chest pain from angina",
        "is the guy in the film really paralysed when he fell off the horse",
        "does anyone else get a numb bum from wooden chairs",
        "could a saddle that is too narrow numb the undercarriage",
        "why do doctors ask about weak legs numb bum and weeing",
        "is there a link weak legs and vitamin d",
        "whats the best chair if you dont want a numb bum",
        "do your leaflets cover leaking urine",
    ],
)
def test_what_a_question_asks_about_stays_in_it(text: str) -> None:
    """Without a stop, a sign that a question is about is not torn from it."""
    assert _tier(text) in {Tier.NONE, Tier.NERVE}


@pytest.mark.parametrize(
    "text",
    [
        "no fever i want to die",
        "painkillers dont work i want to die",
        "i dont smoke my bum is numb",
        "dont have a gp both my legs are numb",
        "no injury numb between the legs",
        "no fever and wet myself last night",
        "never had sciatica hands are clumsy and legs wobbly",
        "no history of cancer took 30 paracetamol",
        "not constipated opposite poo just falls out of me",
        "no dizziness legs paralysed",
        "no breathing problems groin numbness both sides",
        "is heat good yes or no arse feels like its been injected by a dentist",
        "no trauma sudden onset incontinence",
        "didnt lift anything woke with numb buttocks",
        "no sleep no food no hope want to end it",
        "no weakness no numbness waterworks fine tight chest sweating pain between shoulders",
    ],
)
def test_what_is_denied_ends_where_a_sign_is_told(text: str) -> None:
    """A denial without a stop denies its own object, and no clause behind it."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "no fever chills numbness or weakness",
        "no bladder trouble i can walk fine and i did the park run",
        "i dont think my bum is numb",
        "never noticed my legs are numb",
        "dont have both legs numb",
        "didnt fall and hit my head",
        "i dont have any strange tingling in both feet",
        "didnt lose any feeling didnt wet myself didnt fall",
        "dont reckon my legs are numb",
        "didnt make me wet myself thank god",
        "no fever nursing home job changing soiled sheets all night",
        "not a worrier but as a child i wet the bed",
        "havent noticed anything numb when i wipe",
    ],
)
def test_what_is_denied_stays_denied(text: str) -> None:
    """A list, an opinion, or what was never noticed is denied as a whole."""
    assert _tier(text) is Tier.NONE


def test_a_fault_in_the_second_reading_leaves_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What has been found is told, whatever happens to the reading that only adds to it."""

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(engine, "told_apart", fails)
    assert _tier("my foot is dragging") is Tier.URGENT
