"""Links and pictures of articles: found, and told where they lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from backbot.corpus.issue import Place
from backbot.corpus.links import broken_links, links_of, web_addresses
from backbot.corpus.prose import Prose, read_prose
from backbot.corpus.reader import read_article
from corpus.proses import prose

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


def written(folder: Path, body: str, *, front: str = "", name: str = "heat.md") -> Prose:
    """An article on disk, whose body begins in line 5 plus the lines of `front`."""
    path = folder / name
    path.write_text(f"---\ntitle: Heat\n{front}---\n\n{body}", encoding="utf-8")
    return read_prose(read_article(path), path.read_text(encoding="utf-8"))


def found(folder: Path, body: str, *, front: str = "") -> list[tuple[str, int | None, str]]:
    """Severity, line and message of every issue."""
    issues = broken_links([written(folder, body, front=front)])
    return [(issue.severity, issue.line, issue.message) for issue in issues]


def test_every_way_of_writing_a_link_is_found():
    """In order, with its line; code, comments and escaped text have none."""
    body = (
        "[a](one) ![b](<two three.png> 'Title')\n\n[c][x] <https://four.example/p?q=1> and\n"
        "(see https://five.example/a_(b)), `[d](no)`.\n\n[x]: six\n\n<img src='seven.png'>\n\n"
        "```\n[e](no)\n```\n\n<!-- [f](no) -->\n"
    )
    assert [(link.target, link.place.line, link.picture) for link in links_of(prose(body))] == [
        ("one", 1, False),
        ("two three.png", 1, True),
        ("https://four.example/p?q=1", 3, False),
        ("https://five.example/a_(b)", 4, False),
        ("six", 6, False),
        ("seven.png", 8, True),
    ]


def test_sound_links_and_pictures_are_not_mentioned(tmp_path: Path):
    """Files that are there, headings that are there, addresses that could be."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b.png").write_bytes(PNG)
    (tmp_path / "other.md").write_text("# Other\n\n## Why not?\n", encoding="utf-8")
    body = (
        "# Heat\n\n## Why\n\n[a](#why) [b](heat.md#why) [c](other.md#why-not) [d](other.md) "
        "![e](sub/a%20b.png) ![f](<sub/a b.png>) [g](https://x.example/a_(b)?c=d#e) "
        "[h](mailto:a@b.example) [i](tel:+44%2020%207946%200000) [j](http://localhost:8000/) "
        "[k](http://[::1]:8000/) [l](https://xn--bcher-kva.example)"
    )
    assert found(tmp_path, body) == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("", "leads nowhere"),
        ("gone.md", "does not exist"),
        ("sub/gone.png", "does not exist"),
        ("hamstring.md", "Did you mean 'hamstrings.md'"),
        ("/etc/hosts", "absolute path"),
        ("C:/pictures/a.png", "absolute path"),
        ("../secret.md", "outside"),
        ("sub\\a.png", "backslash"),
        ("a%00b", "does not exist"),
        ("long" * 99, "does not exist"),
        ("www.example.org", "begin it with https://"),
        ("example.org/page", "begin it with https://"),
        ("//example.org/page", "begin it with https://"),
        ("http://", "no address"),
        ("https:/example.org", "no address"),
        ("https://exa%20mple.org", "no address"),
        ("https://example", "no address"),
        ("https://example.org:port/", "no address"),
        ("https://[::1", "no address"),
        ("mailto:nobody", "no mail address"),
        ("tel:call-us", "no telephone number"),
        ("javascript:alert(1)", "does not open"),
        ("ftp://example.org/a", "does not open"),
        ("file:///etc/hosts", "does not open"),
        ("htps://example.org", "does not open"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path, target: str, said: str):
    """With its line and what to do."""
    (tmp_path / "hamstrings.md").write_text("Text.", encoding="utf-8")
    (tmp_path.parent / "secret.md").write_text("Text.", encoding="utf-8")
    ((severity, line, message),) = found(tmp_path, f"Text.\n\nSee [it]({target}).")
    assert (severity, line) == ("error", 7)
    assert message.startswith("heat.md, line 7: ")
    assert said.casefold() in message.casefold()


def test_a_folder_is_no_file(tmp_path: Path):
    """A link to one shows nothing."""
    (tmp_path / "sub").mkdir()
    assert "does not exist" in found(tmp_path, "Text [a](sub).")[0][2]


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "empty file"), (b"<svg/>", "no picture"), (b"not a picture", "no picture")],
)
def test_a_picture_that_no_chat_can_show_is_an_error(tmp_path: Path, data: bytes, said: str):
    """Whatever its name says."""
    (tmp_path / "a.png").write_bytes(data)
    ((severity, _, message),) = found(tmp_path, "Text ![a](a.png).")
    assert severity == "error"
    assert said in message


@pytest.mark.parametrize("start", [PNG, b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "])
def test_pictures_of_the_usual_kinds_are_fine(tmp_path: Path, start: bytes):
    """PNG, JPEG, GIF and WebP, whatever the ending."""
    (tmp_path / "a.bin").write_bytes(start)
    assert found(tmp_path, "Text ![a](a.bin).") == []


def test_a_picture_on_another_site_and_a_missing_heading_are_warnings(tmp_path: Path):
    """The reader still gets the text."""
    issues = found(tmp_path, "## Why\n\n![a](https://x.example/a.png)\n\n[b](#whi)\n")
    assert [(severity, line) for severity, line, _ in issues] == [("warning", 7), ("warning", 9)]


def test_a_half_written_link_is_an_error(tmp_path: Path):
    """Markdown would show its brackets to the reader."""
    ((severity, line, message),) = found(tmp_path, "Text.\n\nSee [this](a page.md).")
    assert (severity, line) == ("error", 7)
    assert "%20" in message


def test_the_url_of_a_source_is_looked_at(tmp_path: Path):
    """In the line of its entry."""
    front = "sources:\n  - title: A\n    url: https://a.example\n  - url: no address\n"
    ((severity, line, message),) = found(tmp_path, "Text.", front=front)
    assert (severity, line) == ("warning", 6)
    assert "'no address'" in message


def test_web_addresses_are_collected_once_with_all_their_places(tmp_path: Path):
    """Of texts and sources; files, mail and broken ones are none."""
    front = "sources:\n  - url: https://a.example/x\n"
    one = written(tmp_path, "[a](https://a.example/x) [b](gone.md) https://b.example", front=front)
    two = written(
        tmp_path, "[a](https://a.example/x) [c](mailto:a@b.example) [d](http://)", name="warm.md"
    )
    assert web_addresses([one, two]) == {
        "https://a.example/x": (Place("heat.md", 7), Place("heat.md", 4), Place("warm.md", 5)),
        "https://b.example": (Place("heat.md", 7),),
    }
