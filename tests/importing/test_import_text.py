"""Plain text: repair of characters, blocks, headings, lists, what is left out and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.importing import Block, clean_text
from backbot.importing.draft import bring_back, questions_of, slug_of
from backbot.importing.plain import read_lines
from backbot.importing.textfix import repair_text

PROSE = """
Back pain often comes from muscles that have been held in one position for too long, and it \
eases when you get up and move about for a while.
A short walk after each hour of sitting is the simplest thing that you can do, and most people \
feel a difference within a week or two.
Heat can help as well, because it relaxes the muscles and makes the first movements of the day \
a good deal easier.
""".strip().split("\n")


def kept(blocks: list[Block]) -> list[tuple[str, str]]:
    """Kind and text of what stays."""
    return [(block.kind, block.text) for block in blocks if block.kept]


def reasons(blocks: list[Block]) -> dict[str, str]:
    """Reason by text of what goes."""
    return {block.text: block.reason for block in blocks if not block.kept}


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        ("donâ€™t", "don't"),
        ("cafÃ© â€œopenâ€\x9d", 'café "open"'),
        ("a\u00a0b\u202fc", "a b c"),
        ("soft\u00adhyphen", "softhyphen"),
        ("it\ufffds", "it's"),
        ("\u201cyes\u201d \u2018no\u2019", "\"yes\" 'no'"),
        ("ﬁrst aﬄicted", "first afflicted"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("naïve Ärzte – 5 µg", "naïve Ärzte – 5 µg"),
    ],
)
def test_characters_are_put_right(raw: str, good: str) -> None:
    """Mojibake, quotation marks, odd spaces, soft hyphens; right characters stay."""
    assert repair_text(raw) == good


@given(st.text(max_size=200))
def test_repair_is_stable(text: str) -> None:
    """Repaired text holds nothing left to repair but what a second reading could only guess."""
    once = repair_text(text)
    assert "\u00ad" not in once
    assert "\u201c" not in once
    assert "\r" not in once


@given(st.lists(st.text(max_size=60), max_size=30))
def test_cleaning_never_fails_and_loses_no_line(lines: list[str]) -> None:
    """Any text at all gives one block per block of the input, kept or dropped with a reason."""
    text = "\n".join(lines)
    blocks = clean_text(text)
    assert len(blocks) == len(read_lines(repair_text(text)))
    assert all(block.text for block in blocks)


def test_clutter_around_an_article_goes() -> None:
    """Menus, cookie notice, share bar, related articles, comments and footer, each with a reason."""
    text = "\n".join(
        [
            "Skip to main content",
            "Home",
            "Services",
            "We use cookies to improve your experience on our website.",
            "How to keep your back moving",
            "By Jo Bloggs",
            "5 min read",
            *PROSE,
            "Share this article",
            "Related articles",
            "Ten stretches for the office",
            "3 Comments",
            "This was a wonderful read and I have sent it to my sister who sits all day.",
            "© 2023 Some Clinic. All rights reserved.",
        ]
    )
    blocks = clean_text(text)
    assert kept(blocks) == [
        ("title", "How to keep your back moving"),
        *(("paragraph", line) for line in PROSE),
    ]
    gone = reasons(blocks)
    assert gone["We use cookies to improve your experience on our website."] == "cookie notice"
    assert gone["Share this article"] == "share bar"
    assert gone["Ten stretches for the office"] == "related articles"
    assert gone["By Jo Bloggs"] == "by-line"
    assert all(gone.values())


def test_unmarked_list_after_a_colon_is_a_list() -> None:
    """Lines below a colon are items; the line before the next paragraph is its heading."""
    blocks = clean_text(
        "\n".join(
            [
                "Moving Through the Day",
                PROSE[0],
                "Good moments to get up are:",
                "after each telephone call",
                "while the kettle boils",
                "before lunch",
                "Using Heat Well",
                PROSE[2],
            ]
        )
    )
    assert [kind for kind, _ in kept(blocks)] == [
        "title",
        "paragraph",
        "paragraph",
        "item",
        "item",
        "item",
        "heading",
        "paragraph",
    ]


def test_numbered_heading_between_paragraphs_is_a_heading() -> None:
    """A number alone makes no list; numbers in a row do."""
    blocks = clean_text(
        "\n".join(
            [
                PROSE[0],
                "1. Walk after each hour",
                PROSE[1],
                "2. Use heat",
                PROSE[2],
                "Do this in the morning:",
                "1. Roll your knees to each side.",
                "2. Pull one knee to your chest.",
            ]
        )
    )
    assert [kind for kind, _ in kept(blocks)] == [
        "paragraph",
        "heading",
        "paragraph",
        "heading",
        "paragraph",
        "paragraph",
        "step",
        "step",
    ]


def test_newsletter_box_in_the_middle_goes() -> None:
    """The article goes on below it."""
    blocks = clean_text(
        "\n".join(
            [
                *PROSE[:2],
                "Subscribe to our newsletter",
                "Get our best tips every week. No spam.",
                "Email address",
                PROSE[2],
            ]
        )
    )
    assert ("paragraph", PROSE[2]) in kept(blocks)
    assert reasons(blocks)["Subscribe to our newsletter"] == "newsletter box"


def test_hard_wrapped_lines_become_paragraphs() -> None:
    """Lines of one width are joined, cut words made whole."""
    text = (
        "Back pain often comes from muscles that have been held in one\n"
        "position for too long, and it eases when you get up and move ab-\n"
        "out for a while. A short walk after each hour of sitting is the\n"
        "simplest thing that you can do, and most people feel a differ-\n"
        "ence within a week or two of trying it every day.\n"
        "\n"
        "Heat can help as well, because it relaxes the muscles and makes\n"
        "the first movements of the day a good deal easier.\n"
    )
    blocks = clean_text(text)
    assert len(blocks) == 2
    assert "move about for a while" in blocks[0].text
    assert "difference" in blocks[0].text


def test_keep_brings_a_block_back() -> None:
    """Case, punctuation and white space do not matter; what matches nothing is named."""
    text = "\n".join([*PROSE, "Book an appointment today and find relief."])
    dropped = clean_text(text)
    assert not dropped[-1].kept
    assert clean_text(text, keep=["book an  APPOINTMENT"])[-1].kept
    assert bring_back(dropped, ["no such words"])[1] == ["no such words"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Why does my neck crack?", "why-does-my-neck-crack"),
        ("Rückenschmerzen & Älter", "ruckenschmerzen-alter"),
        ("../../etc/passwd", "etc-passwd"),
        ("腰痛", "article"),
        ("README", "article-readme"),
        ("CON", "article-con"),
        ("word " * 40, "-".join(["word"] * 12)),
    ],
)
def test_slug_is_safe(title: str, slug: str) -> None:
    """Small ASCII letters, digits, hyphens; never a path, a reserved or an empty name."""
    assert slug_of(title) == slug


def test_questions_come_from_headings() -> None:
    """Headings that ask; numbers in front go; five at most."""
    texts = [
        "1. What is sciatica?",
        "How to sit",
        "Treatment",
        *(f"Why number {n}" for n in range(9)),
    ]
    blocks = [Block(text, "heading", 1, 2) for text in texts]
    found = questions_of(blocks)
    assert found[:2] == ("What is sciatica?", "How to sit?")
    assert len(found) == 5


def test_hollow_bullets_and_letters_are_marks() -> None:
    """A single o before each line is a bullet; letters alone between paragraphs head them."""
    lines = [PROSE[0], "It hurts more when you:", "o Sit for long", "o Bend forward"]
    lines += ["a) Pendulum", PROSE[1], "b) Wall slide", PROSE[2]]
    assert kept(clean_text("\n".join(lines)))[2:] == [
        ("item", "Sit for long"),
        ("item", "Bend forward"),
        ("heading", "a) Pendulum"),
        ("paragraph", PROSE[1]),
        ("heading", "b) Wall slide"),
        ("paragraph", PROSE[2]),
    ]
    assert kept(clean_text(f"{PROSE[0]}\no Sit for long"))[0] == ("paragraph", PROSE[0])


def test_first_numbered_heading_above_the_text_stays() -> None:
    """What stands under a title and bears the number 1 is a heading like those that follow."""
    lines = ["How to keep your back moving", "1. Why do backs hurt?", PROSE[0], "2. Walking"]
    blocks = clean_text("\n".join([*lines, *PROSE[1:]]))
    headings = [text for kind, text in kept(blocks) if kind == "heading"]
    assert headings == ["1. Why do backs hurt?", "2. Walking"]


def test_entry_of_contents_is_no_title() -> None:
    """A line that comes again above a list is a heading, and the title stands higher."""
    lines = ["Back pain or hip pain: which is it?", "By Jo Bloggs", "In this article", "Signs"]
    lines += ["Signs side by side", "What helps", *PROSE[:1], "Signs side by side"]
    lines += ["Signs that point to the back:", "• Pain on bending", "• Pain on lifting"]
    found = kept(clean_text("\n".join([*lines, "What helps", *PROSE[1:]])))
    assert found[0] == ("title", "Back pain or hip pain: which is it?")
    assert ("heading", "Signs side by side") in found


def test_faq_above_its_questions_is_a_heading() -> None:
    """In a menu it is none."""
    lines = ["FAQ", *PROSE[:2], "FAQ", "How long does it take?", PROSE[2]]
    found = kept(clean_text("\n".join(lines)))
    assert found[2:4] == [("heading", "FAQ"), ("heading", "How long does it take?")]
    assert found[0] == ("paragraph", PROSE[0])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Jo Bloggs", "Jo is a strength coach and father. Find him at @joblogs."], "person"),
        (["Don't let pain rule you. Our experts are here. Schedule your visit now!"], "advert"),
        (["Want it on paper? Download the free PDF here."], "download"),
    ],
)
def test_what_stands_around_an_article_is_known(lines: list[str], reason: str) -> None:
    """Calls, notes on the author and offers go by what they say."""
    blocks = clean_text("\n".join([*PROSE, *lines]))
    assert kept(blocks) == [("paragraph", line) for line in PROSE]
    assert all(reason in blocks[-n].reason for n in range(1, len(lines) + 1))


def test_sentences_cut_at_links_are_made_whole() -> None:
    """Each link stood on a line of its own; headings and items stay apart."""
    text = (
        "What Is a Strain?\nA\nlumbar strain\nis a tear in the muscles of the lower back, and it is "
        "the most frequent cause of\nacute back pain\nin adults under 50.\nAccording to the\n"
        "National Survey\n, one in four has had it (in the past\nthree months\n).\nIt hurts when "
        "you:\nLift with a\ntwist\nSneeze\nSymptoms\nPain begins within a few hours and may spread "
        "to the\nbuttocks\n, but it does not run below the knee in most people.\n"
    )
    assert [text for _, text in kept(clean_text(text))] == [
        "What Is a Strain?",
        (
            "A lumbar strain is a tear in the muscles of the lower back, and it is the most frequent "
            "cause of acute back pain in adults under 50."
        ),
        "According to the National Survey, one in four has had it (in the past three months).",
        "It hurts when you:",
        "Lift with a twist",
        "Sneeze",
        "Symptoms",
        (
            "Pain begins within a few hours and may spread to the buttocks, but it does not run below "
            "the knee in most people."
        ),
    ]


def test_more_on_a_subject_may_be_a_heading() -> None:
    """Where its section stands right below; above titles of articles it is a box."""
    lines = [*PROSE[:2], "More on timing", "You are ready when you can:", "• walk", "• hop"]
    found = kept(clean_text("\n".join([*lines, PROSE[2]])))
    assert ("heading", "More on timing") in found
    assert ("item", "hop") in found
    lines = [*PROSE, "More on timing", "When to run again", "When to swim again"]
    assert kept(clean_text("\n".join(lines))) == [("paragraph", line) for line in PROSE]


def test_terse_end_stays() -> None:
    """Short sentences, steps and rows after the last paragraph are the article's."""
    end = ["Repeat daily.", "EQUIPMENT", "1. A mat", "2. A towel for the back", "WARNING SIGNS"]
    end += ["Stop and call a doctor if:", "1. You cannot feel your feet", "2. The back gives way"]
    blocks = clean_text("\n".join([*PROSE, *end, "More like this", "Cold showers"]))
    texts = [text for _, text in kept(blocks)]
    assert texts == [*PROSE, *(line.removeprefix("1. ").removeprefix("2. ") for line in end)]
    assert ("heading", "WARNING SIGNS") in kept(blocks)
    clinic = ["Our team", "We love backs and help people.", "We open at eight.", "We are kind."]
    assert [text for _, text in kept(clean_text("\n".join([*PROSE, *clinic])))] == PROSE


def test_phrase_with_a_full_stop_is_no_heading() -> None:
    """Nor is a line that breaks off above its list."""
    lines = [*PROSE[:2], "Repeat five times.", PROSE[2], "Warning signs", "See a doctor if you"]
    found = kept(clean_text("\n".join([*lines, "• feel weak", "• have fallen"])))
    assert ("paragraph", "Repeat five times.") in found
    assert found[-4:-2] == [("heading", "Warning signs"), ("paragraph", "See a doctor if you")]


def test_rows_between_strokes_are_a_table() -> None:
    """Three rows with as many cells; a menu is one line."""
    rows = ["Week | Minutes | Pain", "--- | --- | ---", "1 | 5 | none", "2 | 8 | a little"]
    found = kept(clean_text("\n".join([*PROSE[:2], *rows, PROSE[2], "Home | About | Contact"])))
    assert [text for kind, text in found if kind == "table"] == [
        "Week: 1; Minutes: 5; Pain: none",
        "Week: 2; Minutes: 8; Pain: a little",
    ]
    assert all("Home" not in text for _, text in found)
    rows = ["Stroke | Good for", "-------|---------", "Crawl | Hips", "Butterfly | Nobody"]
    found = kept(clean_text("\n".join([*PROSE[:2], *rows, PROSE[2]])))
    assert [text for kind, text in found if kind == "table"] == [
        "Stroke: Crawl; Good for: Hips",
        "Stroke: Butterfly; Good for: Nobody",
    ]


def test_heading_above_the_first_list_stays() -> None:
    """A paragraph below the title begins the text; what follows is no caption."""
    lines = ["Exercises for your neck", "Do these each day for two weeks or for longer.", "Setup"]
    found = kept(clean_text("\n".join([*lines, "• Sit on a chair.", "• Look ahead.", *PROSE])))
    assert ("heading", "Setup") in found


def test_choices_of_a_form_are_no_end_of_the_article() -> None:
    """Items alone, below an advert, belong to something else."""
    form = [
        "Calorie counter",
        "Lose weight! Get 20% off today",
        "• Gain a pound",
        "• Keep my weight",
    ]
    blocks = clean_text("\n".join([*PROSE, *form, "• Lose a pound a week", "• Lose my back pain"]))
    assert [text for _, text in kept(blocks)] == PROSE


@pytest.mark.parametrize("below", [PROSE[1], "They go away by themselves in a week or two."])
def test_a_bare_list_keeps_its_first_and_last_line(below: str) -> None:
    """Lines that say something are a list without a colon too; the last may be pointed at."""
    items = [
        "One hip is higher than the other",
        "Leaning back makes it worse",
        "The pain may spread to the buttock",
    ]
    if below != PROSE[1]:
        items.append("Sleeping on your stomach")
    lines = ["Signs of a stiff back", PROSE[0], *items, below, "How we check the joints", PROSE[2]]
    found = kept(clean_text("\n".join(lines)))
    assert [text for kind, text in found if kind == "item"] == items
    assert [text for kind, text in found if kind == "heading"] == ["How we check the joints"]


def test_a_heading_above_a_bare_list_stays_one() -> None:
    """Its items are phrases, and so is it."""
    items = ["Painting ceilings", "Overhead presses in the gym", "Long rides on a bicycle"]
    lines = [PROSE[0], "Things to leave for a while", *items, "Heat and cold", PROSE[1]]
    found = kept(clean_text("\n".join(lines)))
    heads = [text for kind, text in found if kind == "heading"]
    assert heads == ["Things to leave for a while", "Heat and cold"]
    assert [text for kind, text in found if kind == "item"] == items


def test_a_line_without_a_gap_is_no_heading_where_all_have_one() -> None:
    """Blank lines tell headings from a list right below its paragraph."""
    heads = ["Walking", "Heat", "Cushions", "Lifting"]
    texts = [*PROSE, "Keep the load close, and breathe out while you lift it off the floor."]
    parts = [f"{head}\n{text}" for head, text in zip(heads, texts, strict=True)]
    parts[3] += (
        "\nWarm baths\nPads of gel\nBottles with a cover\n\nRest\n" + PROSE[0][:-1] + ", too."
    )
    found = kept(clean_text("\n\n".join(["How to keep your back moving", *parts])))
    items = [text for kind, text in found if kind == "item"]
    assert items == ["Warm baths", "Pads of gel", "Bottles with a cover"]


def test_headings_in_capitals_stand_above_others() -> None:
    """Names of things below "WHAT HELPS" are one level deeper, all of them."""
    lines = ["WHAT HELPS", "Cushions", PROSE[0], "Leaning forward", PROSE[1], "AT WORK", PROSE[2]]
    blocks = clean_text(
        "\n".join(["A sore back: what helps it", PROSE[2][:-1] + ", too.", *lines])
    )
    assert [b.level for b in blocks if b.kept and b.kind == "heading"] == [2, 3, 3, 2]


def test_a_last_part_in_capitals_stays() -> None:
    """Its heading is written as the others are, whatever its one short sentence speaks of."""
    parts = [
        f"{head}\n{text}" for head, text in zip(["SITTING", "WALKING", "HEAT"], PROSE, strict=True)
    ]
    found = kept(
        clean_text("\n\n".join(["A sore back", *parts, "KEY POINTS:\nBreathe all the time."]))
    )
    assert found[-2:] == [("heading", "KEY POINTS:"), ("paragraph", "Breathe all the time.")]


def test_a_line_with_a_telephone_number_is_no_title() -> None:
    """What a clinic puts above its articles, where another line follows at once."""
    text = (
        "Riverside Spine Clinic, Portside\n"
        "Home | About us | Treatments | Contact Us\n"
        "Call for an appointment: +00 11111 22222\n\n"
        "STIFF HIPS: WHEN THE BACK HURTS IN THE MORNING\n\n"
        "Posted by: Jo Bloggs | 3 May 2024 | 12 views\n\n"
        "Hips that are stiff let the lower back do their work. It hurts in the morning then, and "
        "less when somebody has moved about for a while.\n\n"
        "Two kinds of stiffness\n\n"
        "Muscles are stiff after rest and loosen when they are warm. Joints stay stiff.\n"
    )
    titles = [block.text for block in clean_text(text) if block.kept and block.kind == "title"]
    assert titles == ["STIFF HIPS: WHEN THE BACK HURTS IN THE MORNING"]


def test_short_sentences_below_the_title_are_the_articles() -> None:
    """A line of who it is by is no title and no text."""
    lines = ["MYTHS ABOUT BACKS", "by the Back School", "You need not sit up straight.", *PROSE]
    found = kept(clean_text("\n".join(lines)))
    assert found[:2] == [
        ("title", "MYTHS ABOUT BACKS"),
        ("paragraph", "You need not sit up straight."),
    ]


def test_a_heading_above_a_bare_list_near_the_title_stays() -> None:
    """It is no caption, although it shares no word with the text."""
    items = ["The ache starts after the run", "Both sides hurt the same"]
    lines = ["Back pain in runners", PROSE[0], "Signs that you did too much", *items, PROSE[1]]
    found = kept(clean_text("\n".join(lines)))
    assert ("heading", "Signs that you did too much") in found
    assert [text for kind, text in found if kind == "item"] == items
