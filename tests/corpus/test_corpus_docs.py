"""`docs/corpus.md` explains every message of the check, and only messages that exist."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from backbot.corpus.check import check_corpus
from backbot.triage.lint import lint

PAGE = Path(__file__).parents[2] / "docs" / "corpus.md"
TODAY = date(2026, 6, 1)
FRONT = "---\ntitle: {title}\n{review}sources:\n  - url: no address\nquestions:\n  - {question}\n---\n\n"
REVIEW = "reviewed_by: Dr A\nreviewed_on: {on}\nreview_due: {due}\n"
HARD = "Comprehensive multidisciplinary rehabilitation necessitates individualised interventions. "
LONG = "This very sentence stands in more than one of the articles, word for word."
OTHER = "Muscles beside the spine become softer and longer when they are warm for a while."
FAULTY = f"""{LONG} Ice the back for 20 minutes. {HARD * 6}

Do not put ice on a fresh strain of the back.

Take 400 mg ibuprofen. You'll be fine. Let's wait and see.

## Empty

##

[a](gone.md) [b]() [c](/abs.md) [d](../outside.md) [e](https://no) [f](#nowhere) [g](a b)
![h](https://x.example/h.png)

{"word " * 130}

Heat eases the back.[1]
"""
# Told by `corpus check` beyond `check_corpus`, each tested with the command.
OF_THE_COMMAND = {
    "does not find its article",
    "is not there any more",
    "does not let us in",
    "did not answer",
    "cannot be reached",
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Everything that the check can say of articles, from folders with every fault."""
    folder = tmp_path_factory.mktemp("faulty") / "corpus"
    folder.mkdir()

    def put(name: str, body: str, *, on: str = "", due: str = "", question: str = "") -> None:
        front = FRONT.format(
            title="One title" if name in ("a", "b") else name,
            review=REVIEW.format(on=on, due=due) if on else "",
            question=question or f"What about {name}?",
        )
        (folder / f"{name}.md").write_text(front + body, encoding="utf-8")

    put("a", FAULTY)
    put("b", f"{LONG} Ice the back for 10 minutes.", on="2026-01-01", due="2026-05-01")
    put(
        "c",
        f"Put ice on a fresh strain of the back.\n\n{OTHER}",
        on="2026-01-01",
        due="2026-06-10",
    )
    put("d", "# Only\n\n## Headings", on="2026-01-01", question="What about C?")
    put("e", OTHER.replace("warm", "really warm"), on="2027-01-01", due="2026-12-31")
    (folder / "f.md").write_text("No front matter.")
    (folder / "g.md").write_text("---\ntitle: G\ntitel: G\n---\nText.")
    (folder / "h.md").write_bytes(b"---\ntitle: H\nreviewed_on: [\n---\nText.")
    (folder / "i.md").write_text("---\ntitle: I\n---\nText.")
    (folder / "i.MD").write_text("---\ntitle: I2\n---\nText.")
    (folder / "j.docx").write_bytes(b"PK")
    return [issue.message for issue in check_corpus(folder, TODAY, lint=lint)]


def explained() -> set[str]:
    """The words that the page prints bold in the first column of the tables about the check."""
    text = PAGE.read_text(encoding="utf-8")
    # refusals of files are looked at in tests/importing
    text = re.sub(
        r"^## When a file is refused\n.*?(?=^## )", "", text, flags=re.MULTILINE | re.DOTALL
    )
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return {phrase for row in rows for phrase in re.findall(r"\*\*(.+?)\*\*", row.split("|")[1])}


def test_every_message_is_explained(messages: list[str]):
    """Whoever reads one finds its words on the page."""
    phrases = [phrase.casefold() for phrase in explained()]
    unexplained = [text for text in messages if not any(p in text.casefold() for p in phrases)]
    assert unexplained == []
    assert len(messages) > 25


def test_everything_explained_is_really_said(messages: list[str]):
    """The page does not speak of messages that are gone."""
    said = " ".join(messages).casefold()
    assert {p for p in explained() if p.casefold() not in said} == OF_THE_COMMAND
