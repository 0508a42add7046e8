"""What changed in the rules since another state of them: a git revision, a folder, a signature."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from backbot.errors import RuleError, UsageError
from backbot.triage.pages import Block, Items, Paragraph, Section, Ticks
from backbot.triage.rulebook import (
    CHANGES,
    RULE_SUFFIXES,
    Entry,
    RuleBook,
    make_book,
    read_files,
)
from backbot.triage.signoff import sheet_books, signature_page
from backbot.triage.tables import RULES_DIR

_IN_A_CHECKOUT = Path("src/backbot/triage/rules")
_GIT_TIMEOUT_S = 30
_MOST_SHOWN, _MOST_EXAMPLES = 12, 5
_PATTERNS = frozenset({"patterns", "unless", "phrases", "fixed"})
_PLAIN_FIELDS: Mapping[str, str] = {
    "tier": "tier", "then": "tier", "template": "own reply", "note": "soft note",
    "concept": "sign", "confidence": "confidence", "rationale": "reason", "why": "reason",
    "question": "question", "default": "what the default does", "change": "way to change it",
    "emergency": "emergency text", "crisis": "crisis text", "urgent": "urgent text",
    "nerve": "nerve text", "safety_net": "safety net", "named": "read as a diagnosis",
}  # fmt: skip
_PLAIN_LISTS: Mapping[str, str] = {
    "examples_yes": "messages that trigger it", "examples_no": "messages that do not",
    "source": "sources", "all": "signs that are all needed", "any": "signs of which one is needed",
    "none": "signs that rule it out", "quality": "qualities", "parts": "body parts",
    "sentences": "sentences", "patterns": "ways of telling it", "unless": "exceptions",
    "fixed": "phrases that always mean something else",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """How one entry differs.

    Attributes:
        entry: As it is now, or as it was where it is gone.
        what: "added", "removed" or "changed".
        before: Version before, None where it is new.
        details: One plain sentence each; empty where only digests were known.
        unraised: Its own fields changed and its version did not.
    """

    entry: Entry
    what: Literal["added", "removed", "changed"]
    before: int | None
    details: tuple[str, ...] = ()
    unraised: bool = False


def read_since(revision: str, *, checkout: Path | None = None) -> RuleBook:
    """The rules as they were.

    Args:
        revision: A folder of rule files, a signature file, or a git revision.
        checkout: Folder of the rules in a git working tree; default the packaged rules, then
            the rules of a checkout that is the current folder.

    Raises:
        UsageError: It is none of these; the message says which of them was tried.
        RuleError: Its files are malformed.
    """
    path = Path(revision)
    if path.is_dir():
        try:
            return make_book(read_files(path))
        except RuleError as error:
            raise UsageError(f"--since {revision}: {error}") from error
    if path.is_file():
        books = sheet_books(path)
        if not books:
            raise UsageError(f"--since {revision}: the file names no signed rules.")
        return books[-1]
    folders = [checkout] if checkout else [RULES_DIR, Path.cwd() / _IN_A_CHECKOUT]
    return _from_git(revision, [folder for folder in folders if folder.is_dir()])


def _from_git(revision: str, folders: Sequence[Path]) -> RuleBook:
    git = shutil.which("git")
    if git is None:
        raise UsageError(f"--since {revision}: git is not installed, and there is no such file.")
    if revision.startswith("-") or not revision.strip():
        raise UsageError(f"--since {revision!r} is no revision.")
    problem = "this is not a git checkout of backbot, and there is no such file or folder"
    for folder in folders:
        if _git(git, folder, "rev-parse", "--is-inside-work-tree") is None:
            continue
        commit = _git(git, folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if commit is None:
            problem = "git knows no such revision, and there is no such file or folder"
            continue
        rev = commit.decode().strip()
        names = (_git(git, folder, "ls-tree", "--name-only", rev, "./") or b"").decode().split()
        files = {
            name: content
            for name in names
            if Path(name).suffix in RULE_SUFFIXES
            and (content := _git(git, folder, "show", f"{rev}:./{name}"))
        }
        if files:
            return make_book(files)
        problem = "that revision holds no rule files"
    raise UsageError(f"--since {revision}: {problem}.")


def _git(git: str, folder: Path, *arguments: str) -> bytes | None:
    """What git prints, or None where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell; a revision cannot begin with a dash
            [git, "-C", str(folder), *arguments],
            capture_output=True, check=False, timeout=_GIT_TIMEOUT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--since: git could not be run ({error}).") from error
    return done.stdout if done.returncode == 0 else None


def compare(old: RuleBook, new: RuleBook) -> tuple[Change, ...]:
    """Every entry that differs: removed ones first, then in the order of the new book."""
    gone = [
        Change(entry, "removed", entry.version)
        for name, entry in old.entries.items()
        if name not in new.entries
    ]
    found = []
    for name, entry in new.entries.items():
        before = old.entries.get(name)
        if before is None:
            found.append(Change(entry, "added", None))
        elif before.digest != entry.digest:
            found.append(_changed(before, entry, complete=old.complete and new.complete))
    return (*gone, *found)


def _changed(before: Entry, now: Entry, *, complete: bool) -> Change:
    if not complete:
        same = before.version == now.version and now.version > 0
        return Change(now, "changed", before.version, unraised=same)
    old, new = _without_version(before.fields), _without_version(now.fields)
    details = [
        sentence
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
        for sentence in _field(key, old.get(key), new.get(key))
    ]
    details += _word_lists(before.words, now.words)
    unraised = old != new and before.version == now.version and now.version > 0
    return Change(now, "changed", before.version, tuple(details), unraised=unraised)


def _without_version(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != "version"}


def _field(key: str, old: Any, new: Any) -> list[str]:  # noqa: ANN401 - whatever TOML holds
    if isinstance(old, list) or isinstance(new, list):
        return _list_change(key, old or [], new or [])
    name = _PLAIN_FIELDS.get(key, key.replace("_", " "))
    if isinstance(old, dict) or isinstance(new, dict):
        return [f"The {name} changed."]
    return [f"The {name} was “{_said(old)}” and is “{_said(new)}”."]


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _list_change(key: str, old: Sequence[Any], new: Sequence[Any]) -> list[str]:
    name = _PLAIN_LISTS.get(key, key.replace("_", " "))
    before, after = [_plain(item) for item in old], [_plain(item) for item in new]
    added = [item for item in after if item not in before]
    removed = [item for item in before if item not in after]
    if key in _PATTERNS or not all(isinstance(item, str | dict) for item in (*old, *new)):
        return [f"{name.capitalize()}: {len(added)} new, {len(removed)} dropped."]
    if not added and not removed:
        return [f"{name.capitalize()}: the order changed."]
    found = []
    if removed:
        found.append(f"{name.capitalize()}, no longer: {_quoted(removed)}.")
    if added:
        found.append(f"{name.capitalize()}, new: {_quoted(added)}.")
    return found


def _plain(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    text = str(item.get("text") or item.get("otherwise") or item.get("concept") or item)
    needs = item.get("needs")
    return f"{text} (only with {', '.join(needs)})" if isinstance(needs, list) else text


def _quoted(items: Sequence[str]) -> str:
    shown = "; ".join(f"“{item.strip()}”" for item in items[:_MOST_SHOWN])
    rest = len(items) - _MOST_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _word_lists(
    old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]
) -> list[str]:
    found = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, ()), new.get(name, ())
        if before == after:
            continue
        added = [p for p in after if p not in before and _is_plain(p)]
        removed = [p for p in before if p not in after and _is_plain(p)]
        parts = [f"new {_quoted(added)}"] if added else []
        parts += [f"dropped {_quoted(removed)}"] if removed else []
        found.append(f"Word list “{name}”: {'; '.join(parts) or 'other ways of telling it'}.")
    return found


def _is_plain(phrase: str) -> bool:
    return not any(mark in phrase for mark in "@(~?") and ".." not in phrase


# ------------------------------------------------------------------ the page


def changes_page(old: RuleBook, book: RuleBook, since: str, names: Mapping[str, Any]) -> Section:
    """What changed between two books, with boxes to tick.

    Args:
        old: As in `read_since`.
        book: The rules now.
        since: What `old` is called.
        names: Plain names (`sheet.toml`).
    """
    changes = compare(old, book)
    blocks: list[Block] = [
        Paragraph(f"Sheet {book.digest[:12]}, compared with {since}."),
        Paragraph(_count(changes)),
    ]
    if unraised := [change.entry.id for change in changes if change.unraised]:
        blocks.append(
            Paragraph(
                "Changed without a raised version (raise it, so that traces can tell them "
                f"apart): {', '.join(unraised)}",
                "warning",
            )
        )
    for what in ("added", "changed", "removed"):
        found = [change for change in changes if change.what == what]
        if found:
            items = tuple(_change(change, names) for change in found)
            blocks.append(Section(what.capitalize(), items))
    if changes:
        blocks.append(signature_page(book))
    return Section("Changes of the escalation rules", tuple(blocks))


def _count(changes: Sequence[Change]) -> str:
    if not changes:
        return "Nothing changed."
    counts = {
        what: sum(c.what == what for c in changes) for what in ("added", "changed", "removed")
    }
    said = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    return f"{said}. What is added or changed needs to be signed anew."


def _change(change: Change, names: Mapping[str, Any]) -> Section:
    entry = change.entry
    version = f" v{entry.version}" if entry.version else ""
    if change.what == "changed" and change.before not in {entry.version, None}:
        version = f" v{change.before} → v{entry.version}"
    blocks: list[Block] = []
    if change.what == "added":
        blocks += _added(entry)
    if change.details:
        blocks.append(Items(change.details))
    elif change.what == "changed":
        blocks.append(Paragraph("Changed; what was signed before holds no more than a digest."))
    if change.what != "removed":
        blocks.append(Paragraph(f"{entry.digest}", "small"))
        blocks.append(Ticks())
    name = (
        names["rule_names"].get(entry.id) or entry.fields.get("concept") or entry.fields.get("key")
    )
    label = f": {names['names'].get(name, str(name).replace('_', ' '))}" if name else ""
    return Section(f"{entry.id}{version}{label}", tuple(blocks), keep=True)


def _added(entry: Entry) -> Iterator[Block]:
    """What a new entry is about: reason, question and default, or sentences."""
    label = f"{entry.tier.label.capitalize()}: " if entry.tier else ""
    if entry.kind in CHANGES:
        label = f"{entry.fields['rule']} is {entry.kind} to {entry.fields['to']}: "
    fields = entry.fields
    said = [
        str(fields[key])
        for key in ("rationale", "why", "question", "default", "by", "on", "reason")
        if key in fields
    ]
    if said:
        yield Paragraph(label + " ".join(said))
    for key in ("examples_yes", "sentences", "examples"):
        if items := fields.get(key):
            yield Items(tuple(_plain(item).strip() for item in items[:_MOST_EXAMPLES]))
