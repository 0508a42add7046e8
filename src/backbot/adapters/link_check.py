"""Whether web addresses answer: one short request each, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import httpx

from backbot import __version__

_AT_ONCE = 8
_TIMEOUT_S = 10.0
_MOST_REDIRECTS = 5
_GONE = (404, 410)

Progress = Callable[[str, int, int], None]
State = Literal["found", "gone", "unsure"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of asking for one address.

    Attributes:
        url: The address.
        state: "gone" where its server says that there is no such page; "unsure" where nothing
            came back that tells, as with a server that is down or turns programs away.
        why: In words, "" for "found".
    """

    url: str
    state: State
    why: str = ""


def check_addresses(
    urls: Iterable[str],
    *,
    timeout_s: float = _TIMEOUT_S,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _total: None,
) -> tuple[Answered, ...]:
    """Ask for each address once, without reading the page.

    Args:
        urls: With http or https; each is asked for once.
        timeout_s: How long one request may take, redirects included.
        progress: Called with "links", how many are done, and how many there are.

    Returns:
        One entry per address, in the order given. Never raises for what the network does.
    """
    return asyncio.run(_check_all(list(dict.fromkeys(urls)), timeout_s, progress))


async def _check_all(
    urls: list[str], timeout_s: float, progress: Progress
) -> tuple[Answered, ...]:
    slots = asyncio.Semaphore(_AT_ONCE)
    done = 0
    progress("links", 0, len(urls))

    async def check(client: httpx.AsyncClient, url: str) -> Answered:
        nonlocal done
        async with slots:
            found = await _check(client, url, timeout_s)
        done += 1
        progress("links", done, len(urls))
        return found

    async with httpx.AsyncClient(
        follow_redirects=True,
        max_redirects=_MOST_REDIRECTS,
        timeout=timeout_s,
        headers={"User-Agent": f"backbot/{__version__} (link check)"},
    ) as client:
        return tuple(await asyncio.gather(*(check(client, url) for url in urls)))


async def _check(client: httpx.AsyncClient, url: str, timeout_s: float) -> Answered:
    try:
        async with asyncio.timeout(timeout_s):
            status = await _status(client, url)
    except (TimeoutError, httpx.TimeoutException):
        return Answered(url, "unsure", f"did not answer within {timeout_s:.0f} seconds")
    except httpx.TooManyRedirects:
        return Answered(url, "unsure", "sends on and on to other addresses")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return Answered(url, "unsure", f"cannot be reached ({str(error) or type(error).__name__})")
    if status in _GONE:
        return Answered(url, "gone", f"is not there any more (the server says {status})")
    if status >= httpx.codes.BAD_REQUEST:
        return Answered(url, "unsure", f"does not let us in (the server says {status})")
    return Answered(url, "found")


async def _status(client: httpx.AsyncClient, url: str) -> int:
    """The status of a page; servers that dislike HEAD are asked with GET, without its body."""
    answer = await client.head(url)
    if answer.status_code < httpx.codes.BAD_REQUEST:
        return answer.status_code
    async with client.stream("GET", url) as stream:
        return stream.status_code
