"""Whether web addresses answer, tried against a server on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backbot.adapters.link_check import check_addresses


class _Handler(BaseHTTPRequestHandler):
    """One path for each way in which a server can answer."""

    asked: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        self.asked.append(("HEAD", self.path))
        if self.path == "/no-head":
            self._answer(405)
        elif self.path == "/head-lies":
            self._answer(404)
        else:
            self._by_path()

    def do_GET(self) -> None:
        self.asked.append(("GET", self.path))
        if self.path in ("/no-head", "/head-lies"):
            self._answer(200)
        else:
            self._by_path()

    def _by_path(self) -> None:
        if self.path == "/slow":
            time.sleep(1.5)
        moves = {"/moved": "/here", "/circle": "/circle"}
        if self.path in moves:
            self.send_response(301)
            self.send_header("Location", moves[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._answer(
            {"/gone": 404, "/gone-for-good": 410, "/secret": 403, "/broken": 500}.get(
                self.path, 200
            )
        )

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Its root and what it was asked."""
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "state", "why"),
    [
        ("/here", "found", ""),
        ("/moved", "found", ""),
        ("/no-head", "found", ""),
        ("/head-lies", "found", ""),
        ("/gone", "gone", "404"),
        ("/gone-for-good", "gone", "410"),
        ("/secret", "unsure", "403"),
        ("/broken", "unsure", "500"),
        ("/circle", "unsure", "on and on"),
    ],
)
def test_what_a_server_says_decides(server, path: str, state: str, why: str):
    """Only "not there" is gone; a page behind a door may well be there."""
    (answered,) = check_addresses([server[0] + path])
    assert (answered.url, answered.state) == (server[0] + path, state)
    assert why in answered.why
    assert bool(answered.why) == (state != "found")


def test_a_slow_server_is_not_waited_for(server):
    """The time limit is for the whole request."""
    started = time.monotonic()
    (answered,) = check_addresses([server[0] + "/slow"], timeout_s=0.3)
    assert time.monotonic() - started < 1.2
    assert answered.state == "unsure"
    assert "seconds" in answered.why


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://nowhere.invalid/", "http://[::1/"])
def test_what_cannot_be_reached_is_unsure(url: str):
    """A dead network must not make links wrong."""
    (answered,) = check_addresses([url], timeout_s=5)
    assert answered.state == "unsure"
    assert answered.why


def test_each_address_is_asked_once_and_no_page_is_read(server):
    """In the order given; progress goes from nothing to all."""
    root, asked = server
    told: list[tuple[str, int, int]] = []
    urls = [root + "/b", root + "/a", root + "/b"]
    answers = check_addresses(urls, progress=lambda *step: told.append(step))
    assert [answered.url for answered in answers] == urls[:2]
    assert sorted(asked) == [("HEAD", "/a"), ("HEAD", "/b")]
    assert told == [("links", 0, 2), ("links", 1, 2), ("links", 2, 2)]


def test_nothing_to_ask_is_no_fault():
    """Articles without web addresses."""
    assert check_addresses([]) == ()
