"""Counts for a monitor, in Prometheus's text format. No ids, no words: numbers and fixed names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

LATENCIES_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LABEL = re.compile(r"[a-z0-9_.-]{1,64}")
_HELP = {
    "backbot_updates_total": "Updates that were taken, by kind.",
    "backbot_duplicates_total": "Updates that were delivered again and ignored.",
    "backbot_messages_total": "Messages that Telegram accepted, by priority.",
    "backbot_send_failures_total": "Attempts to send that failed, by what happened.",
    "backbot_late_total": "Updates that were answered minutes late.",
    "backbot_inbox_failures_total": "Updates that could not be written down when they came.",
    "backbot_rebuilds_total": "How often another index came into service.",
    "backbot_polls_failed_total": "Requests for updates that failed.",
}


class Metrics:
    """What happened since the start. Used by one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._buckets = [0] * (len(LATENCIES_S) + 1)
        self._sum_s = 0.0

    def count(self, name: str, label: str = "", value: str = "") -> None:
        """Add one to a counter of `_HELP`'s; label and value are fixed words."""
        self._counts[name, label, value if _LABEL.fullmatch(value) else "other"] += 1

    def took(self, seconds: float) -> None:
        """An update was answered, so many seconds after it was taken."""
        place = next((k for k, s in enumerate(LATENCIES_S) if seconds <= s), len(LATENCIES_S))
        self._buckets[place] += 1
        self._sum_s += seconds

    def render(self, gauges: Mapping[str, tuple[str, float]], noted: Mapping[str, int]) -> str:
        """The page.

        Args:
            gauges: Name → what it is, and its value now.
            noted: The records' counters, such as "tier:nerve" → 3.
        """
        return "\n".join((*self._lines(gauges, noted), ""))

    def _lines(
        self, gauges: Mapping[str, tuple[str, float]], noted: Mapping[str, int]
    ) -> Iterator[str]:
        for name, told in _HELP.items():
            yield f"# HELP {name} {told}"
            yield f"# TYPE {name} counter"
            rows = [(key, n) for key, n in sorted(self._counts.items()) if key[0] == name]
            for (_, label, value), n in rows or [((name, "", ""), 0)]:
                yield f'{name}{{{label}="{value}"}} {n}' if label else f"{name} {n}"
        name = "backbot_answer_seconds"
        yield f"# HELP {name} From taking an update until its last message was accepted."
        yield f"# TYPE {name} histogram"
        sofar = 0
        for edge, n in zip((*LATENCIES_S, "+Inf"), self._buckets, strict=True):
            sofar += n
            yield f'{name}_bucket{{le="{edge}"}} {sofar}'
        yield f"{name}_sum {self._sum_s:.6f}"
        yield f"{name}_count {sofar}"
        for gauge, (told, number) in gauges.items():
            yield f"# HELP {gauge} {told}"
            yield f"# TYPE {gauge} gauge"
            yield f"{gauge} {number:g}"
        name = "backbot_noted_total"
        yield f"# HELP {name} What /stats counts, from the day of the start on."
        yield f"# TYPE {name} counter"
        for key, n in sorted(noted.items()):
            what, _, value = key.partition(":")
            if _LABEL.fullmatch(what) and (not value or _LABEL.fullmatch(value)):
                yield f'{name}{{what="{what}",value="{value}"}} {n}'
