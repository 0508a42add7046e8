"""PDF files as browsers, office programs and layout programs write them."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from tests.importing import makers

HEAD = ("Lifting with a sore back", 18.0, 60.0, 780.0)
TEXT = (
    "Bend your knees, keep the load close to your body and turn with your feet. A sore back",
    "takes a light load well when you lift it slowly. Rest for a minute after each lift.",
)


def sheet(*lines: tuple[str, float, float, float], top: float = 750) -> list[makers.Line]:
    """A page with a title and a paragraph, then the lines."""
    return [HEAD, *((text, 10, 60, top - 12 * n) for n, text in enumerate(TEXT)), *lines]


def body_of(folder: Path, pages: list[list[makers.Line]], **how: object) -> str:
    """The draft's text."""
    return makers.draft_of(folder, "a.pdf", makers.pdf(pages, **how)).body  # type: ignore[arg-type]


@pytest.mark.parametrize("paint", ["f", "B*", "S"])
def test_marks_that_are_drawn_as_shapes_make_a_list(tmp_path: Path, paint: str) -> None:
    """Browsers draw the discs and circles of a list; they are no letters."""
    items = ["a heavy bag of books", "a crate of water", "a full watering can"]
    lines = [(text, 10, 84, 700 - 12 * n) for n, text in enumerate(items)]
    lines += [("Ask somebody to carry these for you for about a week.", 10, 60, 664)]
    page = sheet(("Leave these to somebody else:", 10, 60, 712), *lines)
    dots = [(74, 701.5 - 12 * n) for n in range(3)]
    body = body_of(tmp_path, [page], dots=dots, paint=paint)
    listed = "\n".join(f"- {item}" for item in items)
    assert f"somebody else:\n\n{listed}\n\nAsk somebody" in body


@pytest.mark.parametrize("marks", [["•", "•"], ["1.", "2."]])
def test_marks_that_are_drawn_last_stand_before_their_lines(
    tmp_path: Path, marks: list[str]
) -> None:
    """Some programs draw all marks of a page after its text."""
    items = ["Stand close to the load.", "Lift it with both hands."]
    lines = [(text, 10, 84, 700 - 12 * n) for n, text in enumerate(items)]
    drawn = [(mark, 10, 70, 700 - 12 * n) for n, mark in enumerate(marks)]
    body = body_of(tmp_path, [sheet(*lines, ("Carry it slowly.", 10, 60, 660), *drawn)])
    listed = [f"{mark.replace('•', '-')} {item}" for mark, item in zip(marks, items, strict=True)]
    assert "\n".join(listed) in body


def test_bold_lines_of_the_same_size_are_headings(tmp_path: Path) -> None:
    """A heading is told from the text right below it by its bold type, at a page's end too."""
    bold = ["Heavy loads", "Light loads"]
    first = sheet(
        ("Heavy loads", 10, 60, 720),
        (
            "Take them to the car in two trips, and ask for help with the last of them.",
            10,
            60,
            708,
        ),
        ("Light loads", 10, 60, 690),
    )
    second = [("Carry them on both sides, so that your back stays straight.", 10.0, 60.0, 750.0)]
    body = body_of(tmp_path, [first, second], bold=bold)
    assert "\n## Heavy loads\n\nTake them" in body.replace("###", "##")
    assert "\n## Light loads\n\nCarry them" in body.replace("###", "##")


def test_a_bold_sentence_is_no_heading(tmp_path: Path) -> None:
    """What is only stressed stays a paragraph."""
    stressed = "Never lift a load that hurts."
    body = body_of(tmp_path, [sheet((stressed, 10, 60, 715))], bold=[stressed])
    assert f"\n\n{stressed}\n" in body
    assert "#" not in body


def test_a_table_of_small_words_below_a_wide_line_keeps_its_header(tmp_path: Path) -> None:
    """The line above begins where the first column does; the header is bold and centred."""
    rows = [("1", "none", "a light bag"), ("2", "short", "a full bag"), ("3", "long", "any")]
    lines = [("The table shows how to begin again after a week of rest at home.", 10, 60, 715)]
    lines += [(text, 10, x, 700) for text, x in [("Week", 64), ("Walks", 150), ("Loads", 248)]]
    for n, row in enumerate(rows):
        lines += [(cell, 10, x, 685 - 14 * n) for cell, x in zip(row, (60, 140, 240), strict=True)]
    lines += [("Go back by one week if your back hurts more than it did.", 10, 60, 630)]
    body = body_of(tmp_path, [sheet(*lines)], bold=["Week", "Walks", "Loads"])
    assert "week of rest at home.\n\n- Week: 1; Walks: none; Loads: a light bag\n" in body
    assert "- Week: 3; Walks: long; Loads: any\n\nGo back" in body


def test_what_stands_farther_left_than_an_item_is_none_of_it(tmp_path: Path) -> None:
    """Neither a blank line nor a full stop ends this list."""
    page = sheet(
        ("• a bag on both sides", 10, 74, 700),
        ("• a rucksack", 10, 74, 688),
        (
            "Both spare your back. Small loads carried twice are easier than one large load",
            10,
            60,
            676,
        ),
        ("that you carry once.", 10, 60, 664),
    )
    assert "- a rucksack\n\nBoth spare your back. Small" in body_of(tmp_path, [page])


def test_short_paragraphs_stay_apart(tmp_path: Path) -> None:
    """Most paragraphs have one line here, so that the usual step is the one between them."""
    told = [
        "Lift a box of books with both hands and put it down as soon as you can do so.",
        "Push a heavy chest of drawers from behind, and never pull it along behind you.",
        "Pull a suitcase on wheels with one arm and change to the other arm quite often.",
        "Hold a child on your hip for a short time only, and on the other hip after that.",
    ]
    lines = [(text, 10, 60, 705 - 18 * n) for n, text in enumerate(told)]
    assert "\n\n".join(told) in body_of(tmp_path, [sheet(*lines)])


def test_a_bar_over_a_line_is_no_part_of_it(tmp_path: Path) -> None:
    """A printed page shows its cookie notice over the last line."""
    page = sheet(
        ("Stop lifting when the pain goes down into your leg, and tell your doctor.", 10, 90, 700),
        ("We use cookies to make this site work. Accept all", 10, 60, 700),
    )
    body = body_of(tmp_path, [page])
    assert "tell your doctor." in body
    assert "cookies" not in body


def test_a_running_head_that_is_drawn_amid_the_text_is_left_out(tmp_path: Path) -> None:
    """It stands at the top of the page, wherever it is drawn."""
    told = [f"Point {n} is about a load that you can carry in {n} trips." for n in range(3, 13)]
    head = ("Clinic by the harbour", 8.0, 60.0, 815.0)
    pages = [
        [*lines[:4], head, *lines[4:]]
        for part in (told[:5], told[5:])
        if (lines := sheet(*((text, 10, 60, 700 - 20 * n) for n, text in enumerate(part))))
    ]
    assert "harbour" not in body_of(tmp_path, pages)


def test_the_title_of_a_printed_page_loses_the_name_of_its_site(tmp_path: Path) -> None:
    """The text begins with the title alone."""
    data = makers.pdf([sheet()], title=f"{HEAD[0]} | Clinic by the harbour")
    assert makers.draft_of(tmp_path, "a.pdf", data).meta.title == HEAD[0]


@pytest.mark.parametrize("high", [0, 6])
def test_cells_of_one_row_are_told_apart(tmp_path: Path, high: int) -> None:
    """Some programs draw a row at once, moving on from cell to cell, some cells a bit higher."""
    rows = [("Week", "Walks", "Loads"), ("1", "none", "one bag"), ("2", "two", "two bags")]
    rows += [("3", "three", "any bag")]
    drawn = [
        f"BT /F{2 - bool(n)} 10 Tf 1 0 0 1 60 {680 - 20 * n} Tm ({one}) Tj 70 {high} Td ({two}) Tj "
        f"1 0 0 1 200 {680 - 20 * n} Tm [({three[0]}) 20 ({three[1:]})] TJ ET"
        for n, (one, two, three) in enumerate(rows)
    ]
    text = [
        f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({line}) Tj ET"
        for line, size, x, y in sheet(("Go on as long as your back lets you do so.", 10, 60, 590))
    ]
    stream = "\n".join([*text[:3], *drawn, *text[3:]]).encode()
    body = makers.draft_of(tmp_path, "a.pdf", makers.pdf_of_stream(zlib.compress(stream))).body
    assert "- Week: 1; Walks: none; Loads: one bag\n" in body
    assert "- Week: 3; Walks: three; Loads: any bag\n\nGo on" in body


def test_a_page_with_broken_drawing_is_read_all_the_same(tmp_path: Path) -> None:
    """Places and paths that say nothing are passed over."""
    text = " ".join(f"BT /F1 10 Tf 1 0 0 1 60 {y} Tm ({line}) Tj ET" for line, _, _, y in sheet())
    stream = f"/x 0 m (a) l f 1 re f BT /F9 Tf (b) 2 Td Tm ET {text}".encode()
    body = makers.draft_of(tmp_path, "a.pdf", makers.pdf_of_stream(zlib.compress(stream))).body
    assert all(line.split(". ")[0] in body for line in TEXT)


def test_a_tab_in_a_line_is_a_blank(tmp_path: Path) -> None:
    """Programs made with Qt write their blanks so; such a line is no row of a table."""
    page = [(text.replace(" ", "\t"), size, x, y) for text, size, x, y in sheet()]
    assert TEXT[0] in body_of(tmp_path, [page])


def test_lines_cut_at_no_common_place_are_no_columns(tmp_path: Path) -> None:
    """Some programs draw a line in two, at a blank that must not break."""
    lines = []
    for n in range(7):
        left = f"you may carry {'a very heavy ' * (n % 3)}load of up to {n + 3}"
        lines += [
            (left, 10.0, 60.0, 700.0 - 12 * n),
            ("kilograms and more,", 10.0, 62 + 5.6 * len(left), 700.0 - 12 * n),
        ]
    body = body_of(tmp_path, [sheet(*lines)])
    assert all(f"load of up to {n + 3} kilograms and more," in body for n in range(7))


def test_a_line_goes_on_in_other_type(tmp_path: Path) -> None:
    """A bold name before a text is no heading of its own, however far apart the two are drawn."""
    text = sheet(
        ("Bags.", 10, 60, 676), (" Take two small ones rather than a large one.", 10, 87, 676)
    )
    drawn = "q 0.5 0 0 -0.5 0 842 cm " + "\n".join(
        f"BT /F{1 + (line == 'Bags.')} {2 * size} Tf 1 0 0 -1 {2 * x} {2 * (842 - y)} Tm "
        f"({line}) Tj ET"
        for line, size, x, y in text
    )
    data = makers.pdf_of_stream(zlib.compress(drawn.encode()))
    body = makers.draft_of(tmp_path, "a.pdf", data).body
    assert "\n\nBags. Take two small ones" in body


def test_a_word_of_two_keeps_its_hyphen_at_the_end_of_a_line(tmp_path: Path) -> None:
    """The hyphen of "medium-heavy" is the word's own."""
    page = sheet(
        ("Most people who have had a sore back for a few days can carry a medium-", 10, 60, 700),
        ("heavy load again after a week or two, if they take it in both arms.", 10, 60, 688),
    )
    assert "carry a medium-heavy load" in body_of(tmp_path, [page])
