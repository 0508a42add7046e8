"""Sentences that stand twice, and those that are once denied."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backbot.corpus.duplicates import repeated
from backbot.corpus.issue import Place
from corpus.proses import prose

LONG = "Warm packs relax the stiff muscles beside the spine within a quarter of an hour."


def found(*bodies: str) -> list[tuple[str, str, int | None, tuple[Place, ...]]]:
    """Kind, file, line and other places of every issue; the articles are a, b, c and so on."""
    articles = [prose(body, name="abcdef"[n]) for n, body in enumerate(bodies)]
    return [(i.kind, i.file, i.line, i.also) for i in repeated(articles)]


def test_the_same_sentence_in_two_articles_names_both_places():
    """Case, marks and line breaks make no difference."""
    other = "Something else.\n\n" + LONG.upper().replace("STIFF ", "STIFF\n")
    assert found(LONG, other) == [("repeat", "b.md", 3, (Place("a.md", 1),))]


def test_the_same_sentence_twice_in_one_article_is_told():
    """Lines tell which."""
    assert found(f"{LONG}\n\nBetween.\n\n{LONG}") == [("repeat", "a.md", 5, (Place("a.md", 1),))]


def test_nearly_the_same_sentence_is_told_with_both_wordings():
    """One word more, another order."""
    (issue,) = repeated(
        [
            prose("Tight hamstrings and tight hip flexors pull on the pelvis and the spine."),
            prose(
                "Tight hip flexors and tight hamstrings also pull on the pelvis and the spine.",
                name="b",
            ),
        ]
    )
    assert "hip flexors and tight hamstrings also" in issue.message
    assert "Tight hamstrings and tight hip flexors" in issue.message


def test_one_warning_for_a_sentence_in_many_places():
    """Four articles, not six pairs."""
    assert found(LONG, LONG, LONG, LONG) == [
        ("repeat", "b.md", 1, (Place("a.md", 1), Place("c.md", 1), Place("d.md", 1)))
    ]


def test_a_repeated_paragraph_is_one_warning():
    """However many sentences it has, short ones too."""
    text = f"{LONG} Then rest. Cold packs bring the swelling of a fresh strain down in two days."
    (issue,) = repeated([prose(text), prose(f"Intro.\n\n{text}", name="b")])
    assert "the next 2" in issue.message
    assert issue.line == 3


def test_what_only_sounds_alike_is_left_alone():
    """Short sentences, parallel ones about two things, steps of exercises, other facts."""
    assert found("See a doctor if it gets worse.", "See a doctor if it gets worse.") == []
    assert (
        found(
            "The standing hamstring stretch is done in these steps every morning.",
            "The lying hamstring stretch is done in these steps every morning.",
        )
        == []
    )
    steps = "1. Hold the stretch for about 30 seconds, then relax.\n2. Change legs."
    assert found(f"First:\n\n{steps}\n\nSecond:\n\n{steps}") == []
    assert found(LONG, "Cold packs calm a fresh strain of the lower back in two days.") == []


def test_the_same_sentence_with_a_not_is_a_contradiction():
    """Whatever the way of saying no."""
    yes = "You should put ice on a fresh strain of the back."
    for no in (
        "You should not put ice on a fresh strain of the back.",
        "You shouldn't put ice on a fresh strain of the back.",
        "You should never put ice on a fresh strain of the back.",
    ):
        (issue,) = repeated([prose(yes), prose(no, name="b")])
        assert issue.kind == "contradiction"
        assert yes in issue.message
        assert no in issue.message
        assert issue.also == (Place("heat.md", 1),)


def test_two_sentences_that_both_say_no_are_a_repeat():
    """They agree."""
    no = "You should never put ice on the bare skin of the back."
    assert [kind for kind, *_ in found(no, no)] == ["repeat"]


TEN = "ice heat pack back spine warm cold walk rest stretch"
WORDS = st.lists(st.sampled_from(TEN.split()), min_size=8, max_size=16)


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_every_sentence_that_is_copied_is_found(sentences: list[list[str]], data):
    """The prefix filter loses no exact copy."""
    texts = [" ".join(words).capitalize() + "." for words in sentences]
    copied = data.draw(st.sampled_from(texts))
    issues = list(repeated([prose("\n\n".join(texts)), prose(copied, name="b")]))
    assert any("b.md" in {i.file, *(p.file for p in i.also)} for i in issues)
