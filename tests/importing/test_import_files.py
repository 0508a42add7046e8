"""Files in, drafts out: kinds, refusals, what is never written over, the report."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backbot.corpus.reader import read_article
from backbot.errors import ImportRefusedError, UsageError
from backbot.importing import import_files, prepare, render_report
from importing import makers

TEXT = """Heat or cold for a sore back

Heat relaxes tight muscles and makes the first movements of the day easier, so most people with
an aching back like it better than cold.

When to Use Cold

Cold numbs a fresh strain for a while, and it is worth a try in the first two days after you have
lifted something too heavy. Wrap the pack in a towel and take it off after twenty minutes.

Do not use heat or cold where you cannot feel warm and cold properly, or on broken skin.
"""


def write(path: Path, data: bytes | str) -> Path:
    """Put a file there and give its path back."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def leaflet() -> bytes:
    """A PDF of two pages with running head, page numbers, cut words and a list."""
    head = ("Some Hospitals - patient leaflet", 8, 60, 820)
    first = [
        head,
        ("Page 1 of 2", 8, 280, 20),
        ("Care for a stiff back", 20, 60, 760),
        *makers.column(
            [
                "A stiff back in the morning is common and rarely a sign of dam-",
                "age. It mostly eases within half an hour when you get up and",
                "move about, and a warm shower helps.",
                "",
                "The discs in the spine take up water at night, which makes the",
                "back less bendy at first. Wait a while before you lift.",
            ],
            top=730,
        ),
        ("What helps", 14, 60, 600),
        *makers.column(
            [
                "Try these in the morning:",
                "• roll both knees to each side, ten times",
                "• pull one knee to your chest and hold it for as long as you",
                "need to take three breaths",
                "• stand up and lean back gently",
            ],
            top=575,
        ),
    ]
    second = [
        head,
        ("Page 2 of 2", 8, 280, 20),
        ("When to see a doctor", 14, 60, 760),
        *makers.column(
            [
                "See a doctor when the stiffness lasts longer than an hour every",
                "morning for weeks, or when it wakes you at night.",
            ],
            top=735,
        ),
    ]
    return makers.pdf([first, second])


def test_text_file_becomes_a_readable_article(tmp_path: Path) -> None:
    """The draft is what the corpus reader takes: front matter, body, slug as file name."""
    source = write(tmp_path / "heat.txt", TEXT)
    report = import_files([source], tmp_path / "drafts")
    target = tmp_path / "drafts" / "heat-or-cold-for-a-sore-back.md"
    assert [file.target for file in report.files] == [target]
    article = read_article(target)
    assert article.meta.title == "Heat or cold for a sore back"
    assert article.meta.sources[0].file == "heat.txt"
    assert article.meta.summary.startswith("Heat relaxes tight muscles")
    assert article.meta.reviewed_by == ""
    assert "## When to Use Cold" in article.body
    assert "worth a try in the first two days after you have lifted" in article.body


def test_pdf_becomes_headings_lists_and_whole_words(tmp_path: Path) -> None:
    """Running heads and page numbers go, cut words and wrapped lines are joined."""
    draft = prepare(write(tmp_path / "leaflet.pdf", leaflet()))
    assert draft.meta.title == "Care for a stiff back"
    assert draft.sections == ("What helps", "When to see a doctor")
    assert "rarely a sign of damage. It mostly eases" in draft.body
    assert (
        "- pull one knee to your chest and hold it for as long as you need to take" in draft.body
    )
    assert draft.meta.questions == ("When to see a doctor?",)
    assert {block.reason for block in draft.dropped} == {"page number", "page header or footer"}


def test_word_file_keeps_its_styles(tmp_path: Path) -> None:
    """Title, headings, bullets and numbers come from the styles, the author from the properties."""
    data = makers.word(
        [
            ("Title", "Care for a stiff back"),
            ("Normal", "A stiff back in the morning is common and rarely a sign of damage."),
            ("Heading 1", "What helps"),
            ("List Bullet", "rolling both knees to each side"),
            ("List Bullet", "a warm shower"),
            ("Heading 1", "Getting up"),
            ("List Number", "Roll on your side."),
            ("List Number", "Push up with your arm."),
        ],
        author="Jo Bloggs",
    )
    draft = prepare(write(tmp_path / "leaflet.docx", data))
    assert draft.meta.title == "Care for a stiff back"
    assert draft.meta.sources[0].author == "Jo Bloggs"
    assert draft.sections == ("What helps", "Getting up")
    assert "- rolling both knees to each side\n- a warm shower\n" in draft.body
    assert "1. Roll on your side.\n2. Push up with your arm.\n" in draft.body


def test_markdown_keeps_front_matter_and_body(tmp_path: Path) -> None:
    """Known fields stay, a review does not, raw HTML goes, lists and tables stay as written."""
    text = f"""---
title: Heat or cold?
tags: [heat, cold]
reviewed_by: Dr Bloggs
reviewed_on: 2024-01-01
layout: post
---

# Heat or cold?

{TEXT.split(chr(10), 2)[2]}
- one
  - two

<script>alert(1)</script>
Share this article
"""
    draft = prepare(write(tmp_path / "heat.md", text))
    assert draft.meta.title == "Heat or cold?"
    assert draft.meta.tags == ("heat", "cold")
    assert draft.meta.reviewed_by == ""
    assert "- one\n  - two" in draft.body
    assert "alert" not in draft.body
    assert "Share this" not in draft.body
    assert any("layout" in warning for warning in draft.warnings)
    assert any("review" in warning for warning in draft.warnings)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    """With and without a byte order mark."""
    text = TEXT.replace("Heat relaxes", "Heat – at 38 °C – doesn’t cure: it relaxes")
    draft = prepare(write(tmp_path / "heat.txt", text.encode(encoding)))
    assert "Heat – at 38 °C – doesn't cure" in draft.body


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.html", b" \n\n ", "empty"),
        ("binary.txt", bytes(range(256)) * 40, "binary"),
        ("picture.png", b"\x89PNG", "cannot be imported"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Word file"),
        ("broken.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type", "damaged"),
        ("text.pdf", b"this is no pdf at all", "damaged"),
        ("broken.docx", b"PK\x03\x04 nothing more", "damaged"),
        ("bomb.docx", makers.zip_bomb(), "the limit is 200 MB; copy its text"),
        ("locked.pdf", makers.pdf([[("Secret", 12, 50, 700)]], password="x"), "password"),
        ("scan.pdf", makers.pdf([[]]), "scanned"),
        (
            "script.html",
            b"<html><script>document.write('hello there')</script></html>",
            "no article",
        ),
        ("endless.txt", b"a line of words\n" * 10_001, "10001 lines"),
        ("short.txt", b"Just a few words.", "only 4 words"),
        ("menu.html", b"<nav><a href='/'>Home</a></nav><footer>About us</footer>", "no article"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    """The refusal names the file and says what is wrong; the others are imported."""
    bad = write(tmp_path / name, data)
    good = write(tmp_path / "good.txt", TEXT)
    report = import_files([bad, good], tmp_path / "drafts")
    assert [file.path for file in report.refused] == [bad]
    assert message in str(report.refused[0].refusal)
    assert name in str(report.refused[0].refusal)
    assert [path.name for path in (tmp_path / "drafts").iterdir()] == [
        "heat-or-cold-for-a-sore-back.md"
    ]


def test_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A file of 500 MB (with holes) costs no memory: its size is asked for first."""
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)
    with pytest.raises(ImportRefusedError, match="500 MB, the limit is 50 MB"):
        prepare(path)


def test_folder_missing_file_and_pipe_are_refused(tmp_path: Path) -> None:
    """Nothing but an ordinary file is opened: a pipe would wait for ever."""
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    for path, message in (
        (tmp_path, "folder"),
        (tmp_path / "no.txt", "no such"),
        (pipe, "ordinary"),
    ):
        with pytest.raises(ImportRefusedError, match=message):
            prepare(path)


def test_html_is_never_run_or_carried_over(tmp_path: Path) -> None:
    """Scripts give no text; markup written as text does not become markup again."""
    page = f"""<html><head><title>Heat or cold</title><script>alert('x')</script></head><body>
    <h1>Heat or cold</h1><p onclick="alert(1)">{TEXT.splitlines()[2]} {TEXT.splitlines()[3]}</p>
    <p>{TEXT.splitlines()[7]} {TEXT.splitlines()[8]} &lt;img src=x onerror=alert(1)&gt; End.</p>
    <iframe src="https://example.org"></iframe></body></html>"""
    draft = prepare(write(tmp_path / "page.html", page))
    assert "alert" not in draft.body
    assert "<" not in draft.body
    assert any("2 scripts" in warning for warning in draft.warnings)


def test_deeply_nested_page_is_read_or_refused(tmp_path: Path) -> None:
    """Depth does not exhaust the stack; where the parser would let text go, we refuse."""
    body = "".join(f"<p>{part}</p>" for part in TEXT.split("\n\n"))
    page = "<div>" * 1500 + body + "</div>" * 1500
    assert "Heat relaxes" in prepare(write(tmp_path / "deep.html", page)).body
    page = "<div>" * 10_000 + body + "</div>" * 10_000
    with pytest.raises(ImportRefusedError, match=r"nested too deeply .*; copy its text"):
        prepare(write(tmp_path / "deeper.html", page))


def test_hostile_title_stays_in_the_folder(tmp_path: Path) -> None:
    """The file's name comes from letters of the title only."""
    page = "<title>../../../etc/cron.d/x</title><h1>../../../etc/cron.d/x</h1>" + "".join(
        f"<p>{part}</p>" for part in TEXT.split("\n\n")[1:]
    )
    report = import_files([write(tmp_path / "page.html", page)], tmp_path / "in" / "drafts")
    assert report.files[0].target == tmp_path / "in" / "drafts" / "etc-cron-d-x.md"
    assert not list((tmp_path / "in").glob("*.md"))


def test_second_import_changes_nothing(tmp_path: Path) -> None:
    """The same input gives the same bytes, and says that they were there already."""
    source = write(tmp_path / "heat.txt", TEXT)
    first = import_files([source], tmp_path / "drafts").files[0]
    again = import_files([source], tmp_path / "drafts").files[0]
    assert again.unchanged
    assert again.target == first.target


def test_edited_draft_is_not_written_over_without_force(tmp_path: Path) -> None:
    """Somebody's work on a draft is safe."""
    source = write(tmp_path / "heat.txt", TEXT)
    target = import_files([source], tmp_path / "drafts").files[0].target
    assert target is not None
    edited = target.read_text("utf-8") + "\nOne more sentence that staff have written.\n"
    target.write_text(edited, "utf-8")
    refused = import_files([source], tmp_path / "drafts").files[0]
    assert "--force" in str(refused.refusal)
    assert target.read_text("utf-8") == edited
    forced = import_files([source], tmp_path / "drafts", force=True).files[0]
    assert forced.target == target
    assert "staff have written" not in target.read_text("utf-8")


def test_reviewed_article_is_never_written_over(tmp_path: Path) -> None:
    """Not even with force."""
    source = write(tmp_path / "heat.txt", TEXT)
    target = import_files([source], tmp_path / "drafts").files[0].target
    assert target is not None
    reviewed = target.read_text("utf-8").replace(
        "language: en", "language: en\nreviewed_by: Dr Bloggs"
    )
    target.write_text(reviewed, "utf-8")
    result = import_files([source], tmp_path / "drafts", force=True).files[0]
    assert "Dr Bloggs" in str(result.refusal)
    assert target.read_text("utf-8") == reviewed


def test_two_files_with_one_title_get_two_drafts(tmp_path: Path) -> None:
    """Slugs are made unique, and stay the same the next time."""
    sources = [write(tmp_path / f"{name}.txt", TEXT + name) for name in ("one", "two")]
    for _ in range(2):
        report = import_files(sources, tmp_path / "drafts")
        assert [file.target.name for file in report.files if file.target] == [
            "heat-or-cold-for-a-sore-back.md",
            "heat-or-cold-for-a-sore-back-2.md",
        ]


def test_link_in_the_drafts_folder_is_not_followed(tmp_path: Path) -> None:
    """A link that has a draft's name does not lead the writing elsewhere."""
    elsewhere = write(tmp_path / "elsewhere.md", "important")
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    (drafts / "heat-or-cold-for-a-sore-back.md").symlink_to(elsewhere)
    import_files([write(tmp_path / "heat.txt", TEXT)], drafts, force=True)
    assert elsewhere.read_text("utf-8") == "important"


def test_drafts_folder_that_is_a_file_is_wrong_usage(tmp_path: Path) -> None:
    """That is no fault of an input."""
    source = write(tmp_path / "heat.txt", TEXT)
    with pytest.raises(UsageError, match="another folder"):
        import_files([source], write(tmp_path / "drafts", "x"))


def test_report_lists_every_dropped_block_and_every_refusal(tmp_path: Path) -> None:
    """Nothing vanishes silently."""
    source = write(tmp_path / "heat.txt", f"Skip to main content\n\n{TEXT}\nShare this article\n")
    report = import_files([source, tmp_path / "missing.txt"], tmp_path / "drafts")
    text = render_report(report)
    assert "| 1 | skip link | Skip to main content |" in text
    assert "| share bar | Share this article |" in text
    assert "missing.txt was not imported: there is no such file" in text
    assert "1 draft, 1 refusal." in text
    rows = report.as_dict()["files"][0]["dropped"]
    assert {"line": 1, "reason": "skip link", "text": "Skip to main content"} in rows


# --------------------------------------------------------------------------- odd forms

LEFT = [
    "Back pain is very common and",
    "mostly gets better on its own",
    "within a few weeks. Staying ac-",
    "tive is the best thing to do,",
    "even when it hurts a little.",
    "Bed rest makes muscles weak",
    "and slows recovery down.",
]
RIGHT = [
    "See a doctor if the pain does",
    "not improve after six weeks,",
    "or if it wakes you at night.",
    "Call an ambulance if you lose",
    "control of your bladder, or",
    "if both of your legs become",
    "weak or numb.",
]


@pytest.mark.parametrize("across", [False, True], ids=["by column", "line by line across"])
def test_two_columns_are_read_one_after_the_other(tmp_path: Path, *, across: bool) -> None:
    """However the file writes them, no line is torn between two sentences."""
    left, right = makers.column(LEFT, x=60), makers.column(RIGHT, x=320)
    lines = [line for pair in zip(left, right, strict=True) for line in pair]
    page = [("Back pain: the basics", 20, 60, 780), *(lines if across else left + right)]
    draft = prepare(write(tmp_path / "columns.pdf", makers.pdf([page])))
    assert draft.meta.title == "Back pain: the basics"
    assert "on its own within a few weeks. Staying active is the best thing" in draft.body
    assert (
        "lose control of your bladder, or if both of your legs become weak or numb." in draft.body
    )


def test_rows_of_a_table_are_not_taken_for_columns(tmp_path: Path) -> None:
    """What stands side by side stays side by side."""
    rows = [
        (f"Exercise number {n} of the plan", f"Do it {n} times in the morning")
        for n in range(2, 9)
    ]
    left = makers.column([one for one, _ in rows], x=60)
    right = makers.column([other for _, other in rows], x=320)
    lines = [line for pair in zip(left, right, strict=True) for line in pair]
    text = prepare(write(tmp_path / "table.pdf", makers.pdf([lines]))).body
    assert text.index("Do it 2 times") < text.index("Exercise number 3")


def test_word_file_loses_nothing_that_word_shows(tmp_path: Path) -> None:
    """Accepted changes, text boxes, content controls and footnotes are text; deletions are not."""
    draft = prepare(write(tmp_path / "odd.docx", makers.odd_word()))
    for shown in (
        "Keep your neck moving gently.",
        "Read about pillows here.",
        "Call 999 if your legs are weak as well.",
        "A paragraph within a content control, as templates have them.",
        "Chin tuck: ten",
        "Stop if your arm tingles during the exercise.",
    ):
        assert draft.body.count(shown) == 1
    assert "collar" not in draft.body
    assert any("tracked changes" in warning for warning in draft.warnings)


LONG = "Lift with the load close to you, and turn with your feet and not with your waist. " * 4


@pytest.mark.parametrize(
    ("head", "part", "kept", "gone"),
    [
        ('+++\ntitle = "Lifting"\ntags = ["lift"]\n+++\n', '{{< figure src="a.png" >}}', "", "{{"),
        ("---\ntitle: Lifting\ntags: [lift]\n---\n", "{% include ad.html %}", "", "{%"),
        ("---\ntitle: Lifting\ntags: [lift]\n---\n", "See [[Walking|the walking page]].",
         "See the walking page.", "[["),
        ("---\ntitle: Lifting\ntags: [lift]\n---\n", "> [!warning] Stop\n> Not when it is numb.",
         "> Stop\n> Not when it is numb.", "[!"),
        ("---\ntitle: Lifting\ntags: [lift]\n---\n", "How\n---", "## How", "---"),
    ],
    ids=["hugo", "jekyll", "obsidian", "callout", "setext"],
)  # fmt: skip
def test_markdown_of_other_programs(
    tmp_path: Path, head: str, part: str, kept: str, gone: str
) -> None:
    """Front matter is read, marks that only that program knows go, and their going is told."""
    text = f"{head}\n{LONG}\n\n{part}\n\n{LONG}\n"
    draft = prepare(write(tmp_path / "lifting.md", text))
    assert (draft.meta.title, draft.meta.tags) == ("Lifting", ("lift",))
    assert kept in draft.body
    assert gone not in draft.body
    assert any("another program" in warning for warning in draft.warnings)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("rich.txt", b"{\\rtf1\\ansi {\\b Back pain} and so on}", "RTF"),
        ("koi.txt", ("Боль в спине бывает у многих людей. " * 8).encode("koi8-r"), "UTF-8"),
        ("deep.md", ("---\na: " + "[" * 9000 + "\n---\nfew").encode(), "only 1 words"),
    ],
)
def test_what_would_become_gibberish_is_refused(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    """Another alphabet in an unknown encoding, mark-up that is not ours."""
    with pytest.raises(ImportRefusedError, match=message):
        prepare(write(tmp_path / name, data))


def test_text_that_calls_itself_latin_1_is_windows_1252(tmp_path: Path) -> None:
    """As browsers read it: its apostrophes are not lost. Nor is a quotation mark half broken."""
    page = f'<meta charset="iso-8859-1"><h1>Chairs</h1><p>It isn\x92t bad. {LONG}</p>'
    assert "It isn't bad" in prepare(write(tmp_path / "a.html", page.encode("latin-1"))).body
    broken = f"Chairs\n\nIt is “common”. {LONG}".encode().decode("cp1252", "replace")
    assert 'It is "common".' in prepare(write(tmp_path / "b.txt", broken)).body


def test_a_line_about_seeking_help_is_named_when_it_is_left_out(tmp_path: Path) -> None:
    """What is missed most is told where people look first."""
    text = TEXT + "\nRelated articles\nCall 999 if both legs go weak and numb ...\n"
    draft = prepare(write(tmp_path / "heat.txt", text))
    assert "999" not in draft.body
    assert any("seek help: 'Call 999" in warning for warning in draft.warnings)
