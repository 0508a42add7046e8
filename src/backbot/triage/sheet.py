"""The rules as pages that a clinician can read and sign. Patterns are left out."""

from __future__ import annotations

import html
from collections.abc import Iterator

from backbot.errors import UsageError
from backbot.model import Tier
from backbot.triage.messages import MessageValues, render_message
from backbot.triage.rules import Combination, Compose, Rule, load_rules

_SHOWN_YES, _SHOWN_NO = 5, 3
FORMATS = ("md", "html")


def render_sheet(form: str, *, since: str | None = None) -> str:
    """Every sign with messages that trigger it and that do not, its message, and tick boxes.

    Args:
        form: "md" or "html".
        since: Not supported yet.

    Raises:
        UsageError: An unknown form, or `since` was given.
    """
    if form not in FORMATS:
        raise UsageError(f"--sheet takes md or html, not {form!r}.")
    if since is not None:
        raise UsageError("--since is not available yet in this version.")
    lines = list(_lines())
    return "\n".join(lines) + "\n" if form == "md" else _as_html(lines)


def _lines() -> Iterator[str]:
    rules = load_rules()
    yield "# Escalation rules for review"
    yield ""
    yield f"Rule set {rules.digest[:12]}. Not yet reviewed by a clinician."
    for tier in sorted(Tier, reverse=True):
        found = [rule for rule in rules.all_rules() if rule.tier is tier]
        combined = [c for c in rules.combinations if c.then is tier]
        if not found and not combined:
            continue
        yield from ("", f"## {tier.label}")
        if tier is not Tier.NONE:
            yield from ("", "The reply, unless a sign has its own:", "")
            yield from (f"> {line}" for line in render_message(tier.label, MessageValues()).split("\n"))
        for rule in found:
            yield from _rule(rule)
        for combination in combined:
            yield from _combination(combination)


def _rule(rule: Rule | Compose) -> Iterator[str]:
    yield from ("", f"### {rule.concept.replace('_', ' ')} ({rule.rule_id} v{rule.version})", "")
    yield f"{rule.rationale} Sources: {', '.join(rule.source)}; confidence {rule.confidence}."
    yield from ("", "These messages trigger it:", "")
    yield from (f"- {text}" for text in rule.examples_yes[:_SHOWN_YES])
    yield from ("", "These do not:", "")
    yield from (f"- {text}" for text in rule.examples_no[:_SHOWN_NO])
    yield from ("", "- [ ] agreed   - [ ] change: ______________________", "")


def _combination(rule: Combination) -> Iterator[str]:
    yield from ("", f"### Together: {rule.rule_id} v{rule.version}", "", rule.why)
    yield f"Sources: {', '.join(rule.source)}."
    yield from ("", "These messages trigger it:", "")
    yield from (f"- {text}" for text in rule.examples_yes[:_SHOWN_YES])
    yield from ("", "- [ ] agreed   - [ ] change: ______________________", "")


def _as_html(lines: list[str]) -> str:
    """The same lines as one HTML page; only the marks that `_lines` writes are known."""
    out = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Escalation rules</title>",
        "<style>body{font:15px/1.5 sans-serif;max-width:46em;margin:2em auto}"
        "blockquote{background:#f4f4f4;padding:.5em 1em;margin:0}h3{break-after:avoid}</style>",
    ]
    for line in lines:
        text = html.escape(line)
        for mark, tag in (("### ", "h3"), ("## ", "h2"), ("# ", "h1")):
            if line.startswith(mark):
                out.append(f"<{tag}>{text[len(mark):]}</{tag}>")
                break
        else:
            if line.startswith("> "):
                out.append(f"<blockquote>{text[5:].replace('**', '')}</blockquote>")
            elif line.startswith("- ["):
                out.append("<p>☐ agreed &nbsp; ☐ change: ______________________</p>")
            elif line.startswith("- "):
                out.append(f"<p>• {text[2:]}</p>")
            elif line:
                out.append(f"<p>{text}</p>")
    return "\n".join([*out, "</html>"]) + "\n"
