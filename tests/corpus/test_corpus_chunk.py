"""Articles cut into passages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.corpus.chunk import ChunkOptions, chunk_article, contextual_text
from backbot.corpus.markdown import parse_blocks
from backbot.model import Article, ArticleMeta, Passage
from fakes import HashEmbedder

# The machine may be busy, so no example has a deadline.
CALM = settings(deadline=None, max_examples=60)
COUNT = HashEmbedder().count_tokens
OPTIONS = ChunkOptions()
SENTENCE = "The muscle that is tight today can be loose and warm again tomorrow."


def article(body: str, title: str = "Backs") -> Article:
    """An article with that body."""
    return Article(ArticleMeta("backs", title), body, Path("backs.md"))


def cut(body: str, options: ChunkOptions = OPTIONS, title: str = "Backs") -> tuple[Passage, ...]:
    """Its passages."""
    return chunk_article(article(body, title), COUNT, options)


def test_a_small_section_is_one_passage_with_its_heading_path():
    """Sections are never joined; the title's own heading is no part of the path."""
    passages = cut("# Backs\n\nIntro.\n\n## A\n\nOne.\n\nTwo.\n\n### B\n\nThree.\n\n## C\n\nFour.")
    assert [(p.passage_id, p.section, p.text) for p in passages] == [
        ("backs#0", "", "Intro."),
        ("backs#1", "A", "One.\n\nTwo."),
        ("backs#2", "A > B", "Three."),
        ("backs#3", "C", "Four."),
    ]


def test_units_are_sentences_items_and_steps_with_their_block():
    """Marks are outside; a list is one block; the sentence before it is its lead-in."""
    body = "First. Do **these:**\n\n* one\n  more\n* two\n\nThen:\n\n1. up\n2. down\n\nEnd: here."
    (passage,) = cut(body)
    assert [(u.text, u.kind, u.block, u.lead_in) for u in passage.units] == [
        ("First.", "sentence", 0, False),
        ("Do **these:**", "sentence", 0, True),
        ("one\n  more", "item", 1, False),
        ("two", "item", 1, False),
        ("Then:", "sentence", 2, True),
        ("up", "step", 3, False),
        ("down", "step", 3, False),
        ("End: here.", "sentence", 4, False),
    ]


def test_a_passage_that_begins_with_a_list_keeps_the_first_mark():
    """All of a list's marks are in the passage's text or none."""
    (passage,) = cut("## Tips\n\n1. one\n2. two")
    assert passage.text == "1. one\n2. two"
    assert passage.units[0].text == "one"


def test_a_long_section_is_cut_between_paragraphs():
    """Passages are whole paragraphs near the target, and none is tiny."""
    paragraph = " ".join([SENTENCE] * 3)
    passages = cut("## Long\n\n" + "\n\n".join([paragraph] * 9))
    assert {p.text.replace(paragraph, "").strip() for p in passages} == {""}
    # Nine paragraphs of 39 words: 78 is nearest to 90, and 117 is nearer than 39.
    assert sorted(len(p.text.split()) for p in passages) == [78, 78, 78, 117]


def test_a_list_stays_with_its_lead_in():
    """Even where a cut between them would give two passages of just the right size."""
    items = "\n".join(f"- item {n} is about the back and the legs" for n in range(9))
    body = " ".join([SENTENCE] * 6) + f" {{}}\n\n{items}"
    options = ChunkOptions(max_tokens=400, window_tokens=512)
    assert len(cut(body.format("Try this."), options)) == 2
    assert len(cut(body.format("Try these:"), options)) == 1


@pytest.mark.parametrize("count", range(14, 28))
def test_only_the_last_sentence_stays_with_a_list_where_the_paragraph_is_too_long(count: int):
    """A long paragraph before a list is cut between sentences, its lead-in goes with the list.

    Also where the list alone has the right size, and the sentences with the lead-in have.
    """
    lead_in = SENTENCE.replace(".", ":")
    items = "\n".join([f"- {SENTENCE}"] * 6)
    passages = cut(" ".join([SENTENCE] * count) + f" {lead_in}\n\n{items}")
    assert len(passages) > 1
    assert passages[-1].text.endswith(f"{lead_in}\n\n{items}")


def test_a_list_over_the_window_is_cut_between_items():
    """The lead-in stays with the first item, even where each alone has the right size."""
    text = f"{SENTENCE} {SENTENCE}"
    items = [f"{n}. {text}" for n in range(1, 12)]
    lead_in = text.replace(".", ",", 1).replace(".", ":")
    options = ChunkOptions(target_words=26)
    first, *others = cut(f"## Steps\n\n{lead_in}\n\n" + "\n".join(items), options)
    assert [(unit.text, unit.kind) for unit in first.units] == [
        (lead_in, "sentence"),
        (text, "step"),
    ]
    assert [unit.text for passage in others for unit in passage.units] == [text] * 10


def test_a_paragraph_over_the_window_is_cut_between_sentences():
    """No unit is less than a sentence."""
    passages = cut(" ".join([SENTENCE] * 40))
    assert len(passages) > 1
    assert {u.text for p in passages for u in p.units} == {SENTENCE}


@pytest.mark.parametrize("text", ["word, " * 400, "word " * 400, "x" * 3000, "- " + "long " * 400])
def test_only_a_sentence_over_the_window_is_cut_within(text: str):
    """Pieces fit, nothing is lost, and commas are preferred."""
    passages = cut(text)
    assert len(passages) > 1
    assert all(COUNT(p.text) <= OPTIONS.max_tokens for p in passages)
    pieces = [u.text for p in passages for u in p.units]
    assert "".join("".join(pieces).split()) == "".join(text.removeprefix("- ").split())
    if "," in text:
        assert all(piece.endswith(",") for piece in pieces)


def test_a_table_is_one_unit_and_over_the_window_its_rows_are():
    """A row is never cut."""
    head = "| a | b |\n|---|---|\n"
    (passage,) = cut(head + "| 1 | 2 |")
    assert [u.text for u in passage.units] == [passage.text]
    rows = [f"| row {n} | {SENTENCE} |" for n in range(30)]
    units = [u.text for p in cut(head + "\n".join(rows)) for u in p.units]
    assert units[2:] == rows


def test_pictures_and_comments_are_not_quoted():
    """A picture gives no unit; a comment is in no passage."""
    passages = cut(
        "![x](a.png)\n\nOne.\n\n![y](b.png)\n\nTwo.\n\n<!-- secret -->\n\nThree.\n\n- ![z](c.png)\n- Four."
    )
    assert [u.text for p in passages for u in p.units] == ["One.", "Two.", "Three.", "Four."]
    assert not any("secret" in p.text or "x](" in p.text for p in passages)


def test_an_article_of_headings_has_no_passages():
    """Nothing to quote is not an error here."""
    assert cut("# A\n\n## B\n\n![x](a.png)\n\n---\n") == ()


def test_a_long_heading_leaves_less_for_the_text():
    """Title and section count: the encoder's window is never exceeded."""
    options = ChunkOptions(max_tokens=200, target_words=300, window_tokens=256)
    heading = "why muscles tighten in the evening " * 12
    body = " ".join([SENTENCE] * 36)
    assert max(COUNT(p.text) for p in cut(f"## Why\n\n{body}", options)) > 180
    for passage in cut(f"## {heading}\n\n{body}", options):
        text = contextual_text("Backs", passage.section, passage.text)
        assert COUNT(text) <= options.window_tokens


def test_options_that_cannot_work_are_refused():
    """A limit below a few words would cut everything to pieces."""
    with pytest.raises(ValueError, match="at least"):
        ChunkOptions(max_tokens=3)


WORDS = st.sampled_from(["back", "pain", "e.g.", "7.5", "muscle,", "heat", "Cold", "spasm"])
SENTENCES = st.lists(WORDS, min_size=1, max_size=30).map(lambda words: " ".join(words) + ".")
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=8).map(" ".join)
LISTS = st.tuples(
    st.sampled_from(["", "Do this:\n\n", "Text\n"]),
    st.lists(SENTENCES | PARAGRAPHS, min_size=1, max_size=8),
    st.sampled_from(["- ", "1. ", "* "]),
).map(lambda parts: parts[0] + "\n".join(parts[2] + item for item in parts[1]))
HEADINGS = st.sampled_from(["# Backs", "## Heat", "### Cold pack", "Under\n-----"])
QUOTES = PARAGRAPHS.map(lambda text: "> " + text)
BODIES = st.lists(HEADINGS | PARAGRAPHS | PARAGRAPHS | LISTS | QUOTES, max_size=12).map(
    "\n\n".join
)
SETTINGS = st.builds(
    ChunkOptions, max_tokens=st.integers(24, 200), target_words=st.integers(16, 120)
)


@CALM
@given(BODIES | st.text(max_size=120), SETTINGS)
def test_spans_slice_back_to_their_own_text(body: str, options: ChunkOptions):
    """Passages and units are exact, in order, without overlap; blocks count from 0."""
    passages = cut(body, options)
    position = 0
    for ordinal, passage in enumerate(passages):
        assert passage.passage_id == f"backs#{ordinal}"
        assert position <= passage.start < passage.end
        assert passage.text == body[passage.start : passage.end]
        assert passage.text == passage.text.strip()
        inside = passage.start
        for unit in passage.units:
            assert inside <= unit.start < unit.end <= passage.end
            assert unit.text == body[unit.start : unit.end]
            inside = unit.end
        blocks = [unit.block for unit in passage.units]
        assert blocks[0] == 0
        assert blocks == sorted(blocks)
        position = passage.end


@CALM
@given(BODIES, SETTINGS)
def test_passages_cover_all_text_that_is_no_heading(body: str, options: ChunkOptions):
    """Whatever a reader can read, a question can find; and units hold all but marks."""
    passages = cut(body, options)
    covered: set[int] = set()
    quotable: set[int] = set()
    for passage in passages:
        covered.update(range(passage.start, passage.end))
        for unit in passage.units:
            quotable.update(range(unit.start, unit.end))
    for block in parse_blocks(body):
        if block.kind in ("paragraph", "list"):
            visible = {n for n in range(block.start, block.end) if not body[n].isspace()}
            assert visible <= covered
            assert all(body[n] in "-*>1." for n in visible - quotable)


@CALM
@given(BODIES, SETTINGS)
def test_passages_stay_inside_the_limit(body: str, options: ChunkOptions):
    """Title and section included, the encoder reads every passage to its end."""
    for passage in cut(body, options):
        assert COUNT(passage.text) <= options.max_tokens
        context = contextual_text("Backs", passage.section, passage.text)
        assert COUNT(context) <= options.window_tokens


@CALM
@given(BODIES, SETTINGS)
def test_the_same_article_is_always_cut_the_same(body: str, options: ChunkOptions):
    """Nothing but the article and the options decides."""
    assert cut(body, options) == cut(body, options)
