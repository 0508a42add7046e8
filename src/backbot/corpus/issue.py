"""One thing that is wrong with an article: what every check gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Attributes:
        file: The article's file name.
        line: In the file, from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        """As people are told: "heat.md, line 12"."""
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to mend.

    Attributes:
        severity: "error" or "warning".
        file: The article's file name; the folder's where it concerns the whole corpus.
        message: What is wrong and what to do; it names the place.
        kind: Which check found it, a word for programs: "file", "slug", "title", "empty",
            "length", "never-say", "link", "review", "questions", "sources", "content-test",
            "readability", "repeat", "contradiction", "figures"; "corpus" for the folder.
        line: In the file, from 1; None where it concerns the whole corpus.
        also: Other places that it is about.
    """

    severity: Severity
    file: str
    message: str
    kind: str = "corpus"
    line: int | None = None
    also: tuple[Place, ...] = ()

    @property
    def article(self) -> str | None:
        """The article's slug; None where the issue concerns the whole corpus."""
        return None if self.line is None else self.file.rpartition(".")[0]


def issue_at(
    severity: Severity, kind: str, place: Place, text: str, also: tuple[Place, ...] = ()
) -> Issue:
    """An issue whose message begins with its place."""
    return Issue(severity, place.file, f"{place}: {text}", kind, place.line, also)


def shown(text: str, most: int = 100) -> str:
    """The text on one line in quotation marks, cut where it is longer than `most` characters."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= most else f'"{line[: most - 1].rstrip()}…"'
