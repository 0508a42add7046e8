"""What `corpus check` finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from backbot.corpus.check import Issue, check_corpus
from backbot.corpus.issue import Place
from backbot.triage.lint import lint

TODAY = date(2026, 6, 1)
GOOD = """---
title: {title}
sources:
  - title: A page
reviewed_by: A. Example
reviewed_on: {on}
review_due: {due}
questions:
  - {question}
---

"""
FIRST = 12  # the line in which the body begins
PNG = b"\x89PNG\r\n\x1a\n"


def put(
    folder: Path,
    body: str,
    *,
    name: str = "heat.md",
    title: str = "Heat",
    on: str = "2026-01-01",
    due: str = "2027-01-01",
    question: str = "Does heat help?",
) -> Path:
    """Write an article that is sound but for what is given."""
    text = GOOD.format(title=title, on=on, due=due, question=question) + body
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def found(folder: Path) -> list[tuple[str, str, str]]:
    """All issues as severity, file and message."""
    return [(i.severity, i.file, i.message) for i in check_corpus(folder, TODAY, lint=lint)]


def test_files_of_other_kinds_among_the_articles_are_told(tmp_path: Path):
    """Nobody reads them, and whoever has put them there thinks so; what is no text is nobody's."""
    put(tmp_path, "Heat relaxes the muscles of the back.")
    for name in ("a b.docx", "C.PDF", "d.html", "~$a.docx", ".x.txt", "LICENSE.txt", "p.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub.txt").mkdir()
    told = [issue for issue in check_corpus(tmp_path, TODAY) if issue.file != "heat.md"]
    assert [(issue.severity, issue.file) for issue in told] == [
        ("warning", "C.PDF"),
        ("warning", "a b.docx"),
        ("warning", "d.html"),
    ]
    assert f"`backbot corpus import '{tmp_path}/a b.docx'`" in told[1].message


def only(folder: Path) -> Issue:
    """The single issue, which must name its place."""
    (issue,) = check_corpus(folder, TODAY, lint=lint)
    assert (issue.file, issue.article) == ("heat.md", "heat")
    assert issue.message.startswith(f"heat.md, line {issue.line}: ")
    return issue


def test_a_good_article_has_no_issue(tmp_path: Path):
    """Nothing is made up, and links that work are not mentioned."""
    (tmp_path / "a b.png").write_bytes(PNG)
    put(
        tmp_path,
        "# Heat\n\n## Why\n\nText with [this](#why), [that](https://x.example/a_(b)), "
        "![p](a%20b.png 'Title'), [other](<a b.png>), [self](heat.md#why), `[code](gone)` and "
        "[mail](mailto:a@b.example).\n\n```\n[code](gone.png)\n```\n\n<!-- [note](gone.png) -->\n",
    )
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("Text.\n\n## Empty\n\n## Full\n\nText.", 3, "the section 'Empty' is empty"),
        ("Text.\n\n### Last", 3, "the section 'Last' is empty"),
        ("Text.\n\n## Note\n\n<!-- to do -->\n", 3, "the section 'Note' is empty"),
        ("# Heat\n\n## Only", 1, "there is no text, only headings"),
        ("Text.\n\n##\n\nMore.", 3, "a heading has no words"),
        ("Text.\n\nText ![p](gone.png).", 3, "'gone.png' does not exist"),
        ("Text [p]().", 1, "leads nowhere"),
    ],
)
def test_what_a_reader_would_meet_is_an_error(tmp_path: Path, body: str, line: int, said: str):
    """Empty sections and broken links, each named with its line."""
    put(tmp_path, body)
    issue = only(tmp_path)
    assert issue.severity == "error"
    assert issue.line == FIRST - 1 + line
    assert said in issue.message


@pytest.mark.parametrize(
    ("dates", "line", "said"),
    [
        ({"on": ""}, 6, "not yet reviewed"),
        ({"due": ""}, 6, "no review_due"),
        ({"due": "2026-05-31"}, 7, "review overdue since 2026-05-31"),
        ({"due": "2026-06-01"}, 7, "review due on 2026-06-01"),
        ({"due": "2026-07-01"}, 7, "review due on 2026-07-01"),
        ({"on": "2026-06-02"}, 6, "in the future"),
        ({"due": "2025-12-31"}, 7, "lies before"),
    ],
)
def test_reviews_are_warnings(tmp_path: Path, dates: dict[str, str], line: int, said: str):
    """Never an error: a corpus without reviews is served, and says so."""
    put(tmp_path, "Text.", **dates)
    issue = only(tmp_path)
    assert (issue.severity, issue.line, issue.kind) == ("warning", line, "review")
    assert said in issue.message


def test_a_review_due_in_more_than_a_month_is_not_mentioned(tmp_path: Path):
    """Nobody plans so far ahead."""
    put(tmp_path, "Text.", due="2026-07-02")
    assert found(tmp_path) == []


def test_missing_questions_and_sources_are_warnings(tmp_path: Path):
    """Without sample questions nothing tests the article."""
    (tmp_path / "heat.md").write_text("---\ntitle: Heat\n---\nText.", encoding="utf-8")
    assert [severity for severity, _, _ in found(tmp_path)] == ["warning"] * 3
    said = " ".join(message for _, _, message in found(tmp_path))
    assert "no sample questions" in said
    assert "no source" in said


def test_a_sentence_that_no_encoder_reads_is_a_warning(tmp_path: Path):
    """It would be cut between words."""
    put(tmp_path, "Short.\n\n" + "word " * 130)
    issue = next(i for i in check_corpus(tmp_path, TODAY) if i.kind == "length")
    assert (issue.severity, issue.line) == ("warning", FIRST + 2)
    assert "130 words" in issue.message


@pytest.mark.parametrize("mark", ["[2]", "[^2]", "[^smith]"])
def test_a_mark_of_a_note_is_a_warning(tmp_path: Path, mark: str):
    """Answers number their own sources; a link of that look is none of them."""
    put(tmp_path, f"Heat eases the back.{mark} Ice numbs it [1](ice.md) for a while.")
    (issue,) = (i for i in check_corpus(tmp_path, TODAY) if i.kind == "note-mark")
    assert (issue.severity, issue.line) == ("warning", FIRST)
    assert f"the mark {mark} of a note" in issue.message


# --------------------------------------------------------------------------- never say


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("Fine.\n\nTake 400 mg ibuprofen. Rest.", 3),
        ("Fine.\n\n- You'll be fine.\n", 3),
        ("Fine.\n\n## Try some naproxen\n\nFine.", 3),
        ("| what | how |\n|---|---|\n| pain | Take 400 mg **ibuprofen** |\n", 3),
    ],
)
def test_what_is_never_said_is_an_error_with_the_sentence(tmp_path: Path, body: str, line: int):
    """In text, lists, headings and tables."""
    put(tmp_path, body)
    issue = only(tmp_path)
    assert (issue.severity, issue.kind, issue.line) == ("error", "never-say", FIRST - 1 + line)
    assert any(word in issue.message for word in ("ibuprofen", "fine", "naproxen"))
    assert "Rest." not in issue.message


def test_a_name_for_what_the_sentence_before_tells_is_no_error(tmp_path: Path):
    """Alone, or in another paragraph, it would tell a person what they have."""
    told = "When the front of a bone collapses, it takes on a wedge shape."
    put(tmp_path, f"{told} This is a fracture.")
    assert found(tmp_path) == []
    put(tmp_path, f"{told}\n\nThis is a fracture.")
    assert only(tmp_path).kind == "never-say"


def test_title_and_summary_are_read_too_and_patients_questions_are_not(tmp_path: Path):
    """A patient may well ask whether it is nothing serious."""
    put(tmp_path, "Text.", question="Is it nothing serious?")
    assert found(tmp_path) == []
    put(tmp_path, "Text.", title="Nothing to worry about")
    issue = only(tmp_path)
    assert (issue.severity, issue.line) == ("error", 2)


def test_the_never_say_list_is_brought_in_from_outside(tmp_path: Path):
    """Any function from a text to what is wrong with it."""

    @dataclass(frozen=True)
    class Hit:
        why: str
        text: str

    put(tmp_path, "Say abracadabra to your back. Then rest.")
    issues = check_corpus(
        tmp_path, TODAY, lint=lambda t: [Hit("is magic", t)] if "abra" in t else []
    )
    assert [i.message for i in issues if "abracadabra" in i.message and "is magic" in i.message]
    assert len(issues) == 1
    assert check_corpus(tmp_path, TODAY) == ()


# --------------------------------------------------------------------------- together

LONG = "This very sentence stands in both of the articles, word for word."


def test_duplicates_across_articles_are_warnings_with_both_places(tmp_path: Path):
    """Sentences, titles and questions; short sentences may be alike."""
    put(tmp_path, f"{LONG}\n\nSee a doctor.")
    put(
        tmp_path,
        f"Other.\n\n{LONG.upper()}\n\nSee a doctor.",
        name="warm.md",
        question="does HEAT help",
    )
    issues = check_corpus(tmp_path, TODAY)
    assert {(i.kind, i.severity, i.file, i.line, i.also) for i in issues} == {
        ("title", "warning", "warm.md", 2, (Place("heat.md", 2),)),
        ("questions", "warning", "warm.md", 9, (Place("heat.md", 9),)),
        ("repeat", "warning", "warm.md", FIRST + 2, (Place("heat.md", FIRST),)),
    }


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("How do I stretch my hip?", "how can i stretch the hip", True),
        ("Heat or ice?", "ice or heat", True),
        ("Should I use ice?", "Should I use cold?", False),
        ("How do I stretch my hip?", "When do I stretch my hip?", False),
        ("Is heat good for me?", "Is heat bad for me?", False),
        ("Can I?", "Do I?", False),
    ],
)
def test_sample_questions_of_the_same_words_are_told(tmp_path: Path, one, other, same):
    """Small words, order and marks make no other question; one content word does."""
    put(tmp_path, "Text.", question=one)
    put(tmp_path, "Other.", name="warm.md", title="Warm", question=other)
    assert bool(found(tmp_path)) == same


def test_a_question_twice_in_one_article_is_told(tmp_path: Path):
    """One of them can go."""
    put(tmp_path, "Text.", question="Does heat help?\n  - does heat help")
    issue = only(tmp_path)
    assert (issue.kind, issue.line, issue.also) == ("questions", 10, (Place("heat.md", 9),))


def test_differing_figures_and_hard_articles_are_warnings(tmp_path: Path):
    """The other modules' findings come along."""
    hard = "Comprehensive multidisciplinary rehabilitation necessitates individualised interventions. "
    put(tmp_path, "Ice the back for 20 minutes.")
    put(
        tmp_path,
        "Ice the back for 10 minutes.\n\n" + hard * 6,
        name="warm.md",
        title="Warm",
        question="Why?",
    )
    kinds = [i.kind for i in check_corpus(tmp_path, TODAY)]
    assert kinds.count("figures") == 1
    assert kinds.count("readability") == 1


# --------------------------------------------------------------------------- files


def test_unreadable_articles_are_issues_and_the_others_are_checked(tmp_path: Path):
    """One bad file does not hide the rest."""
    (tmp_path / "bad.md").write_bytes(b"\xff")
    put(tmp_path, "## Empty")
    assert [(severity, file) for severity, file, _ in found(tmp_path)] == [
        ("error", "bad.md"),
        ("error", "heat.md"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: Heat\ntitel: Warmth\n---\nText.", 3),
        ("---\ntitle: Heat\nreviewed_on: soon\n---\nText.", 3),
        ("---\ntitle: Heat\ntags: [a, b\n---\nText.", 4),
        ("Text.", 1),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str, line: int):
    """As far as the error tells."""
    (tmp_path / "heat.md").write_text(text, encoding="utf-8")
    (issue,) = check_corpus(tmp_path, TODAY)
    assert (issue.severity, issue.kind, issue.line) == ("error", "file", line)
    assert "heat.md" in issue.message


def test_two_endings_of_one_slug_are_an_error(tmp_path: Path):
    """The index could hold only one of them."""
    put(tmp_path, "Text.")
    put(tmp_path, "Other.", name="heat.MD", title="Warm", question="Is it warm?")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system ignores case")
    assert [s for s, _, m in found(tmp_path) if "same slug" in m] == ["error"]


def test_a_missing_or_empty_folder_is_an_issue(tmp_path: Path):
    """The check tells it in the same way as everything else; it belongs to no article."""
    (issue,) = check_corpus(tmp_path, TODAY)
    assert (issue.severity, issue.article, issue.line) == ("error", None, None)
    assert "no corpus folder" in found(tmp_path / "none")[0][2]


# --------------------------------------------------------------------------- drafts


def test_a_draft_is_checked_against_the_articles(tmp_path: Path):
    """Only what concerns it is told, from either side."""
    corpus, drafts = tmp_path / "corpus", tmp_path / "drafts"
    corpus.mkdir()
    drafts.mkdir()
    put(corpus, f"{LONG}\n\n## Empty")
    draft = put(drafts, f"{LONG}\n\nIce.", name="zoo.md", title="Zoo", question="Who?")
    issues = check_corpus(corpus, TODAY, drafts=[draft])
    assert [(i.kind, i.file, i.also) for i in issues] == [
        ("repeat", "zoo.md", (Place("heat.md", FIRST),))
    ]


def test_a_draft_takes_the_place_of_the_article_of_its_name(tmp_path: Path):
    """A new version does not repeat the old one."""
    corpus, drafts = tmp_path / "corpus", tmp_path / "drafts"
    corpus.mkdir()
    drafts.mkdir()
    put(corpus, LONG)
    assert check_corpus(corpus, TODAY, drafts=[put(drafts, LONG)]) == ()


def test_drafts_can_be_checked_before_there_is_an_article(tmp_path: Path):
    """The first one has nobody to be compared with."""
    draft = put(tmp_path, "## Empty")
    (issue,) = check_corpus(tmp_path / "none", TODAY, drafts=[draft])
    assert issue.kind == "empty"


def test_the_order_is_by_file_then_errors_then_lines(tmp_path: Path):
    """The same corpus always gives the same list."""
    put(tmp_path, "Text.\n\n## One\n\n## Two\n", due="")
    put(tmp_path, "Text.\n\n## One\n", name="cold.md", title="Cold", question="Why?")
    issues = check_corpus(tmp_path, TODAY)
    assert [(i.file, i.severity) for i in issues] == [
        ("cold.md", "error"),
        ("heat.md", "error"),
        ("heat.md", "error"),
        ("heat.md", "warning"),
    ]
    assert issues == check_corpus(tmp_path, TODAY)
