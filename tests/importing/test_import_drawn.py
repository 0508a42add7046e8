"""What people draw with characters: boxes, grids, quotes, underlined headings, leader dots."""

from __future__ import annotations

import pytest

from backbot.importing import Block, clean_text
from backbot.importing.draft import body_of
from backbot.importing.marked import is_marked

TEXT = """\
A stiff back gets better with movement, and most people feel a difference within a week or two if \
they take a short walk after each hour of sitting.
Heat can help as well, because it relaxes the muscles and makes the first movements of the day a \
good deal easier for people who wake up stiff.
A firm cushion at the small of the back takes the load off the muscles while you drive, and it \
costs next to nothing."""
LONG = TEXT.split("\n")
WRAPPED = """\
A stiff back gets better with movement, and most people feel a
difference within a week or two if they take a short walk after each
hour of sitting. Nobody has to be free of pain before the first walk.
"""
UNWRAPPED = WRAPPED.replace("\n", " ").strip()


def kept(*parts: str) -> list[tuple[str, str]]:
    """Kind and text of what stays of parts with blank lines between them."""
    blocks = clean_text("\n\n".join(parts))
    return [(block.kind, block.text) for block in blocks if block.kept]


@pytest.mark.parametrize(
    "box",
    [
        """\
+----------------------------------------+
| REMEMBER                               |
| Your back is strong. Sore does not     |
| mean damaged, and rest makes you weak. |
+----------------------------------------+""",
        """\
┌────────────────────────────────────────┐
│ REMEMBER                               │
│                                        │
│ Your back is strong. Sore does not     │
│ mean damaged, and rest makes you weak. │
└────────────────────────────────────────┘""",
        """\
******************************************
* REMEMBER                               *
* Your back is strong. Sore does not     *
* mean damaged, and rest makes you weak. *
******************************************""",
        """\
,----------------------------------------.
| REMEMBER                               |
|                                        |
| Your back is strong. Sore does not     |
| mean damaged, and rest makes you weak. |
`----------------------------------------'""",
        """\
==========================================
REMEMBER
Your back is strong. Sore does not
mean damaged, and rest makes you weak.
==========================================""",
    ],
)
def test_a_box_is_a_heading_and_a_paragraph(box: str) -> None:
    """Its bars go, and its lines are one paragraph although the text around is not wrapped."""
    text = "Your back is strong. Sore does not mean damaged, and rest makes you weak."
    assert kept(LONG[0], box, LONG[1]) == [
        ("paragraph", LONG[0]),
        ("heading", "REMEMBER"),
        ("paragraph", text),
        ("paragraph", LONG[1]),
    ]


def test_a_list_in_a_box_stays_one() -> None:
    """Its first line, set off by a stroke, is the heading; wrapped items are whole again."""
    box = """\
+----------------------------------------+
| When to ring us                        |
|----------------------------------------|
| * You cannot feel the inside of your   |
|   thighs.                              |
| * Your foot drags.                     |
+----------------------------------------+"""
    assert kept(LONG[0], box, LONG[1])[1:4] == [
        ("heading", "When to ring us"),
        ("item", "You cannot feel the inside of your thighs."),
        ("item", "Your foot drags."),
    ]


def test_lines_in_a_box_that_were_not_wrapped_stay_apart() -> None:
    """None of them goes on in the next."""
    box = "+------------+\n| Week 1: 10 |\n| Week 2: 11 |\n| Week 3: 12 |\n+------------+"
    assert [text for _, text in kept(LONG[0], box, LONG[1])][1:4] == [
        "Week 1: 10",
        "Week 2: 11",
        "Week 3: 12",
    ]


def test_a_bar_on_the_left_goes() -> None:
    """A tip with a stroke before each line is a paragraph."""
    tip = """\
│ Tip: lie flat on your stomach for ten minutes
│ every evening while you listen to the radio.
│ It keeps the front of the hips long."""
    text = " ".join(line.removeprefix("│ ") for line in tip.split("\n"))
    assert kept(LONG[0], tip, LONG[1])[1] == ("paragraph", text)


def test_a_grid_is_a_table() -> None:
    """Cells that go on in the next line are whole again; the header stands before each cell."""
    grid = """\
+--------+-------------------+----------+
| Day    | What to do        | How long |
+========+===================+==========+
| Monday | Stretch the chest | 15 min   |
|        | in a doorway      |          |
+--------+-------------------+----------+
| Friday | Walk              | an hour  |
+--------+-------------------+----------+"""
    assert kept(LONG[0], grid, LONG[1])[1:3] == [
        ("table", "Day: Monday; What to do: Stretch the chest in a doorway; How long: 15 min"),
        ("table", "Day: Friday; What to do: Walk; How long: an hour"),
    ]


def test_columns_with_cells_of_several_lines_are_a_table() -> None:
    """A stroke below the first row makes it the header; three columns and more."""
    rows = """\
    Position       Where to put the pillow    Good for
    --------       -----------------------    --------
    On your side   between the knees          pain on one side
    On your back   under the knees            stiffness in the
                                              morning
    Half sitting   behind the back and        pain when you
                   under both arms            lie flat"""
    told = [text.split("; ") for kind, text in kept(LONG[0], rows, LONG[1]) if kind == "table"]
    where, good = "Where to put the pillow: ", "Good for: "
    assert told == [
        ["Position: On your side", f"{where}between the knees", f"{good}pain on one side"],
        ["Position: On your back", f"{where}under the knees", f"{good}stiffness in the morning"],
        [
            "Position: Half sitting",
            f"{where}behind the back and under both arms",
            f"{good}pain when you lie flat",
        ],
    ]


def test_words_set_apart_in_a_list_are_no_table() -> None:
    """Numbers with blanks behind them are marks, and justified lines have no columns."""
    steps = "1.   Lie down on your back.\n2.   Bend your knees.\n3.   Breathe out slowly."
    assert [kind for kind, _ in kept(LONG[0], steps, LONG[1])][1:4] == ["step"] * 3
    wide = "Some   programs  stretch each\nline  so  that   its end stands\nbelow  the  one   above it."
    assert all(kind != "table" for kind, _ in kept(LONG[0], wide, LONG[1]))


@pytest.mark.parametrize(
    "heading",
    [
        "How to sit\n----------",
        "How to sit\n~~~~~~~~~~",
        "== How to sit ==",
        "*** How to sit ***",
        "[ How to sit ]",
        ">>> How to sit <<<",
    ],
)
def test_drawn_headings(heading: str) -> None:
    """Underlined, or with signs on both sides."""
    assert kept(LONG[0], heading, LONG[1])[1] == ("heading", "How to sit")


def test_the_one_double_underline_is_the_title() -> None:
    """What stands above it is no part of the article; strokes alone are nothing."""
    found = kept(
        "Some Clinic\nInformation",
        "SORE BACKS\n==========",
        LONG[0],
        "* * *",
        "The first week\n--------------",
        "■ Walk.\n■ Sleep.",
        "-" * 60,
        "Later on\n--------",
        LONG[1],
    )
    assert found == [
        ("title", "SORE BACKS"),
        ("paragraph", LONG[0]),
        ("heading", "The first week"),
        ("item", "Walk."),
        ("item", "Sleep."),
        ("heading", "Later on"),
        ("paragraph", LONG[1]),
    ]


def test_boxes_are_no_markdown() -> None:
    """A text with underlined headings is read as typed where somebody drew in it."""
    text = "Sitting\n=======\n\nText.\n\nHow long\n--------\n\nText."
    assert is_marked(text)
    assert not is_marked(f"{text}\n\n┌─────┐\n│ Tip │\n└─────┘")
    assert not is_marked(f"{text}\n\n■ Walk.")
    assert not is_marked(f"--------\nSitting\n--------\n\n{text}")


def test_leader_dots() -> None:
    """Between words and a figure they make an item; pages of the contents go with them."""
    found = kept(
        "Lifting again after back pain",
        "Contents\nWhy it is safe ........ 2\nHow heavy, how soon ..... 3",
        f"Why it is safe\n\n{LONG[0]}",
        f"How heavy, how soon\n\n{LONG[1]}",
        "Week one ........... empty box\nWeek two . . . . . . 3 kilos",
    )
    assert found[1:] == [
        ("heading", "Why it is safe"),
        ("paragraph", LONG[0]),
        ("heading", "How heavy, how soon"),
        ("paragraph", LONG[1]),
        ("item", "Week one: empty box"),
        ("item", "Week two: 3 kilos"),
    ]


def test_quoted_lines() -> None:
    """The signs of a quotation go, of the whole text and of a part."""
    quoted = "\n".join(
        f"> {line}".rstrip() for line in f"{WRAPPED}\n1) Walk.\n2) Sleep.".split("\n")
    )
    assert kept(quoted) == [("paragraph", UNWRAPPED), ("step", "Walk."), ("step", "Sleep.")]
    part = "\n".join(f"> {line}" for line in WRAPPED.strip().split("\n"))
    assert kept(LONG[0], part, LONG[1])[1] == ("paragraph", UNWRAPPED)
    items = kept(LONG[0], "> Walk after meals\n> Sleep on your side", LONG[1])[1:3]
    assert items == [("item", "Walk after meals"), ("item", "Sleep on your side")]


def test_one_wrapped_paragraph_amid_others() -> None:
    """It is whole again; lines of a list are not joined."""
    assert kept(LONG[0], WRAPPED.strip(), LONG[1])[1] == ("paragraph", UNWRAPPED)
    rows = ["after each telephone call", "while the kettle boils now", "before you eat your lunch"]
    found = kept(LONG[0], "\n".join(["Get up:", *rows]), LONG[1])
    assert [text for kind, text in found if kind == "item"] == rows


def test_double_spaced_lines() -> None:
    """Blank lines between the lines of a paragraph are none between paragraphs."""
    lines = WRAPPED.strip().split("\n")
    text = "\n\n".join(lines)
    assert kept(f"{text}\n\n\n{text.replace('stiff', 'sore')}\n\n\n") == [
        ("paragraph", UNWRAPPED),
        ("paragraph", UNWRAPPED.replace("stiff", "sore")),
    ]


def test_indented_paragraphs() -> None:
    """The first line stands further in; the last one of those above may be full."""
    text = """\
    A stiff back gets better with movement, and most people feel
a difference within a week or two if they take a short walk each day.
    Heat can help as well, because it relaxes the muscles and makes
the first movements of the day a good deal easier for many."""
    assert [text[:13] for _, text in kept(text)] == ["A stiff back ", "Heat can help"]


def test_lines_of_a_telephone() -> None:
    """Narrow lines are joined where hardly any had room for another word."""
    text = """\
The tailbone is the last small
bone of the spine. Pain there
is felt when you sit down and
when you stand up again. Women
have it more often than men do,
mostly after a fall or after
giving birth. Nearly all are
free of it within two or three
months, and nothing has to be
done but to sit on a wedge.

WHAT HELPS

• a wedge of foam with a cut-
  out at the back
• a cold pack"""
    assert [kind for kind, _ in kept(text)] == ["paragraph", "heading", "item", "item"]
    assert ("item", "a wedge of foam with a cutout at the back") in kept(text)


def test_steps_with_their_name() -> None:
    """A step's name and number are its mark; above a text they are a heading."""
    steps = "Step 1: Stand close to the box.\nStep 2: Bend your knees and lift."
    blocks = clean_text("\n\n".join([LONG[0], steps, LONG[1]]))
    assert "\n1. Stand close to the box.\n2. Bend your knees and lift.\n" in body_of(blocks)
    headed = kept(
        f"Before you lift\n{LONG[2]}\nStep 1: Warm up\n{LONG[0]}\nStep 2: Lift\n{LONG[1]}"
    )
    heads = [text for kind, text in headed if kind == "heading"]
    assert heads == ["Step 1: Warm up", "Step 2: Lift"]


def test_letters_and_small_roman_numbers_are_lists() -> None:
    """Below a numbered heading too; Markdown knows no such list, so they become plain items."""
    lines = ["1. Walking", LONG[0], "2. Digging", "i) Stand close.", "ii) Push.", "iii) Turn."]
    blocks: list[Block] = clean_text("\n".join([*lines, LONG[1], "a. the knees", "b. the hips"]))
    body = body_of(blocks)
    assert "## 2. Digging\n\n- Stand close.\n- Push.\n- Turn.\n" in body
    assert "- the knees\n- the hips\n" in body
    left = clean_text("\n".join([*LONG, "(c) 2024 Some Clinic"]))[-1]
    assert left.reason == "copyright line"


def test_what_is_said_of_the_document_goes() -> None:
    """Its code, version and dates are no heading and no text."""
    line = "Leaflet code: AB-31   Version 4   Approved: October 2024   Review: October 2027"
    blocks = clean_text("\n\n".join(["A stiff back: what helps", line, *LONG]))
    assert {b.reason for b in blocks if not b.kept} == {"data of the document"}


def test_the_first_entry_of_the_contents_is_a_heading_where_it_comes_again() -> None:
    """Right below the title too, and no title itself."""
    found = kept(
        "Lifting again after back pain",
        "Contents\nA word before\nWalking first",
        f"A word before\n\n{LONG[0]}",
        f"Walking first\n\n{LONG[1]}",
    )
    assert found[:2] == [("title", "Lifting again after back pain"), ("heading", "A word before")]


def test_a_first_cell_that_goes_on_below() -> None:
    """A word under the first column belongs to the row above."""
    rows = """\
    Problem               What to do
    Tingling in the       Lower the strength
    wrong place
    Redness at the scar   Ring us the same day"""
    assert [text for kind, text in kept(LONG[0], rows, LONG[1]) if kind == "table"][1:] == [
        "Tingling in the wrong place: Lower the strength",
        "Redness at the scar: Ring us the same day",
    ]


def test_wrapped_text_without_blank_lines() -> None:
    """Numbers of parts, questions and answers begin anew; a heading may have two lines."""
    head = "Some Clinic                                        Leaflet 12\n" + "-" * 61
    text = f"""\
{head}
LIVING WITH A SORE
BACK FOR YEARS

{WRAPPED}1.1 The trial
{WRAPPED.replace("stiff", "sore")}Q. Is it safe?
A. It is safe for nearly everybody who has had a sore back for long.
Q. Will it hurt?
A. A little, and less from week to week if you go on with it."""
    found = kept(text)
    assert found[0] == ("title", "LIVING WITH A SORE BACK FOR YEARS")
    heads = [text for kind, text in found if kind == "heading"]
    assert heads == ["1.1 The trial", "Is it safe?", "Will it hurt?"]
