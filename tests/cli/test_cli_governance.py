"""`backbot corpus check` and `list` as a clinic's staff use them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from small_corpus import DESK, HEAT

DRAFT = """---
title: Warm packs
reviewed_by: ""
sources:
  - publisher: Example Press
questions:
  - Do warm packs help?
---

A warm pack relaxes stiff back muscles. Use the warm pack on the back for 45 minutes.
"""


@pytest.fixture
def draft(clinic):
    """A draft that contradicts an article."""
    path = clinic / "drafts" / "warm-packs.md"
    path.parent.mkdir()
    path.write_text(DRAFT)
    return path


def test_errors_come_first_and_give_status_one(cli, clinic):
    """What must be mended is read first."""
    desk = clinic / "corpus" / "desk.md"
    desk.write_text(DESK + "\nTake 400 mg ibuprofen twice a day.\n")
    result = cli("corpus", "check")
    assert result.status == 1
    first = result.out.splitlines()[0]
    assert first.startswith(f"error: desk.md, line {len(DESK.splitlines()) + 2}: ")
    assert "Take 400 mg ibuprofen twice a day." in first
    assert result.out.splitlines()[-1].startswith("1 error, ")
    found = cli("corpus", "check", "--json")
    assert found.status == 1
    assert (found.json["ok"], found.json["errors"]) == (False, 1)
    assert found.json["issues"][0]["kind"] == "never-say"


def test_check_needs_no_index(cli, clinic):
    """Only the sample questions wait for one, and that is said."""
    for path in sorted((clinic / "index").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    result = cli("corpus", "check")
    assert result.status == 0
    assert "Sample questions were not checked" in result.err


def test_a_draft_is_checked_before_it_is_approved(cli, clinic, draft):
    """Against the articles, and only what concerns it is told."""
    (clinic / "corpus" / "heat-and-cold.md").write_text(
        HEAT.replace("Use it for 15 to 20 minutes.", "Use a warm pack on the back for 20 minutes.")
    )
    found = cli("corpus", "check", draft, "--json").json
    assert {issue["kind"] for issue in found["issues"]} == {"review", "figures"}
    figures = next(issue for issue in found["issues"] if issue["kind"] == "figures")
    files = {figures["file"], *(place["file"] for place in figures["also"])}
    assert files == {"warm-packs.md", "heat-and-cold.md"}


def test_a_draft_that_is_not_there_is_wrong_usage(cli, clinic):
    """And named."""
    result = cli("corpus", "check", "drafts/gone.md")
    assert result.status == 2
    assert "drafts/gone.md" in result.err


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "expired"), (0, "due"), (30, "due"), (31, "reviewed")]
)
def test_list_and_check_tell_the_state_of_a_review(cli, clinic, days, state):
    """As the front matter and the day have it."""
    due = date.today() + timedelta(days=days)  # noqa: DTZ011 - as the command does
    heat = clinic / "corpus" / "heat-and-cold.md"
    heat.write_text(HEAT.replace("2999-01-01", due.isoformat()))
    rows = {row["slug"]: row for row in cli("corpus", "list", "--json").json["articles"]}
    assert (rows["heat-and-cold"]["state"], rows["heat-and-cold"]["due"]) == (
        state,
        due.isoformat(),
    )
    out = cli("corpus", "list").out
    assert f"{state}: " in next(
        line for line in out.splitlines() if line.startswith("heat-and-cold")
    )
    assert out.splitlines()[-1] == f"3 articles: 2 draft, 1 {state}."
    said = [line for line in cli("corpus", "check").out.splitlines() if "heat-and-cold.md" in line]
    assert len(said) == (state != "reviewed")


def test_list_shows_the_reading_age(cli, clinic):
    """And leaves it out where it cannot be told."""
    heat = clinic / "corpus" / "heat-and-cold.md"
    assert "reading age" in next(x for x in cli("corpus", "list").out.splitlines() if "heat" in x)
    heat.write_text(HEAT.replace("language: en", "language: de"))
    assert "reading age" not in next(
        x for x in cli("corpus", "list").out.splitlines() if "heat" in x
    )


# --------------------------------------------------------------------------- links


@pytest.fixture
def site() -> Iterator[str]:
    """A web server that knows one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response({"/here": 200, "/door": 403}.get(self.path, 404))
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815 - the library's name

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_links_are_tried_only_when_asked_for(cli, clinic, site):
    """A page that is gone is an error, a door that stays shut a warning."""
    desk = clinic / "corpus" / "desk.md"
    desk.write_text(DESK + f"\nRead [this]({site}/here), [that]({site}/gone) and <{site}/door>.\n")
    assert cli("corpus", "check").status == 0
    result = cli("corpus", "check", "--links")
    assert result.status == 1
    line = len(DESK.splitlines()) + 2
    assert f"error: desk.md, line {line}: {site}/gone is not there any more" in result.out
    assert f"warning: desk.md, line {line}: {site}/door does not let us in" in result.out
    assert f"{site}/here" not in result.out
    assert "links 0 of 3" in result.err
    assert "Web addresses that answered: 1 of 3." in result.err


def test_links_of_a_draft_alone(cli, clinic, draft, site):
    """With --json standard output is one object."""
    desk = clinic / "corpus" / "desk.md"
    desk.write_text(DESK + f"\nRead [that]({site}/gone).\n")
    draft.write_text(DRAFT + f"\nRead [this]({site}/lost).\n")
    found = cli("corpus", "check", draft, "--links", "--json")
    assert found.status == 1
    dead = [issue["message"] for issue in found.json["issues"] if issue["kind"] == "link"]
    assert len(dead) == 1
    assert f"{site}/lost" in dead[0]
