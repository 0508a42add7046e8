"""Rule files → entries that can be signed and compared, each with a digest of its own.

Nothing is compiled here: a rule book can be read from any revision's files. An entry's digest
covers its fields and the word lists it refers to, so that a change unsigns what it touches and
nothing else. What no rule refers to by name (context cues, word senses, spelling, the remaining
word lists) stands in entries of its own: nothing that decides a reply is without a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from backbot.errors import RuleError
from backbot.frozen import dataclass
from backbot.model import Tier
from backbot.triage.tables import RULES_DIR

KINDS: Mapping[str, str] = {
    "rule": "sign",
    "compose": "sign",
    "combination": "combination",
    "message": "text",
    "language": "language",
    "translation": "language",
    "decision": "decision",
}
"""Table name in a rule file → what such an entry is called."""

RULE_SUFFIXES = frozenset({".toml", ".txt"})
"""What rule files are called: tables, and the list of common words for the spelling."""

CHANGES = ("lowered", "raised")
"""Tables of a clinic's file that change a packaged tier; also the kinds of their entries."""

READING = "reading"
"""Kind of the entries that say how the words around a sign are read."""

_REVIEW_FIELDS = frozenset({"reviewed_by", "reviewed_on", "review_due"})
_UNSIGNED_FILES = frozenset({"lint.toml", "numbers.toml", "sheet.toml"})
_CLASS = re.compile(r"@(\w+)")
_DIGEST_CHARS = 16
_TWO_CLINICIANS = ("emergency", "urgent", "crisis", "gone_emergency", "safety_net")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is signed.

    Attributes:
        id: Never reused.
        kind: "sign", "combination", "text", "language", "decision", "reading", or, of a clinic's
            own file, "lowered" or "raised".
        version: Raised with every change; 0 where the file has none.
        tier: The highest tier it can give, or whose text it is.
        fields: As they stand in the file, without the review fields.
        words: The word lists and groups it refers to, directly or through others.
        digest: 16 hexadecimal digits over fields and words.
    """

    id: str
    kind: str
    version: int
    tier: Tier
    fields: Mapping[str, Any]
    words: Mapping[str, tuple[str, ...]]
    digest: str

    @property
    def signatures_needed(self) -> int:
        """Two for what can send a person to hospital or to a clinician today, else one.

        A language needs one: that of a clinician who reads it.
        """
        heavy = {"sign", "combination", "text", *CHANGES}
        two = self.kind in heavy and self.tier >= Tier.URGENT
        return 2 if two else 1


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All entries of one state of the rules.

    Attributes:
        entries: By id, in the order of the files.
        complete: Whether fields are known; False where only digests are.
    """

    entries: Mapping[str, Entry]
    complete: bool = True

    @property
    def digest(self) -> str:
        """64 hexadecimal digits over every entry."""
        lines = sorted(f"{entry.id} {entry.digest}" for entry in self.entries.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def packaged_book(override: Path | None = None) -> RuleBook:
    """The packaged rules, with a clinic's own file in place where there is one.

    Args:
        override: The clinic's file (BACKBOT_RULES_FILE): its texts replace those of the same
            key; its rules and the tiers it changes are added.

    Raises:
        RuleError: A file cannot be read or is no TOML.
    """
    files = read_files(RULES_DIR)
    if override is None:
        return make_book(files)
    name = f"{override.parent.name}/{override.name}"  # never the name of a packaged file
    return make_book({**files, name: _bytes(override)}, replacing=name)


def read_files(folder: Path) -> dict[str, bytes]:
    """The rule files of a folder by name.

    Raises:
        RuleError: A file cannot be read, or there is none.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix in RULE_SUFFIXES)
    files = {path.name: _bytes(path) for path in paths}
    if not any(name.endswith(".toml") for name in files):
        raise RuleError(f"{folder}: there is no rule file.")
    return files


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RuleError(f"{path.name}: cannot be read ({reason}).") from error


def make_book(files: Mapping[str, bytes], *, replacing: str = "") -> RuleBook:
    """The rule book of these files.

    Args:
        files: Contents by name; unknown tables are left alone, so that an older revision's files
            can be read too.
        replacing: Name of the file whose texts take the place of those of the same key.

    Raises:
        RuleError: A file is no TOML, or an id stands twice.
    """
    tables = {name for name in files if name.endswith(".toml") or name == replacing}
    data = {name: _parsed(name, raw) for name, raw in files.items() if name in tables}
    words = _words(data)
    groups = _groups(data)
    entries: dict[str, Entry] = {}
    order = sorted(data, key=lambda name: name == replacing)
    for name in order:
        if name in _UNSIGNED_FILES:
            continue
        for table, kind in KINDS.items():
            for row in _rows(data[name], table):
                if name == replacing:
                    entries = _without(entries, row)
                if row["id"] in entries:
                    raise RuleError(f"{name}: the id {row['id']} stands twice.")
                entries[row["id"]] = _entry(row, kind, words, groups)
        for entry in _changes(data[name], entries):
            entries[entry.id] = entry
    used = {name for entry in entries.values() for name in entry.words}
    lists = {n: _sha(raw) for n, raw in files.items() if n not in tables}
    for entry in _readings(data, {n: w for n, w in words.items() if n not in used}, lists):
        entries[entry.id] = entry
    return RuleBook(entries)


def _parsed(name: str, raw: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{name}: is not valid TOML: {error}.") from error


def _rows(data: Mapping[str, Any], table: str) -> Iterator[Mapping[str, Any]]:
    rows = data.get(table, ())
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("id"), str):
            yield row


def _without(entries: Mapping[str, Entry], row: Mapping[str, Any]) -> dict[str, Entry]:
    """The entries that a clinic's row leaves in place: all but the text of the same key."""
    key = row.get("key")
    return {
        name: entry
        for name, entry in entries.items()
        if key is None or entry.kind != "text" or entry.fields.get("key") != key
    }


def _changes(data: Mapping[str, Any], entries: Mapping[str, Entry]) -> Iterator[Entry]:
    """A clinic's decisions to change packaged tiers, each to be signed like the rule itself."""
    for kind in CHANGES:
        rows = data.get(kind, ())
        for row in rows if isinstance(rows, list) else ():
            rule = row.get("rule") if isinstance(row, dict) else None
            if not isinstance(rule, str):
                continue
            before = entries[rule].tier if rule in entries else Tier.NONE
            tier = max(before, Tier.parse(row["to"])) if isinstance(row.get("to"), str) else before
            name = f"{kind.upper()}-{rule}"
            yield Entry(name, kind, 0, tier, row, {}, _digest({"fields": row, "words": {}}))


def _words(data: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Every word list by name; the order of its phrases does not count."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(data, key=lambda name: name != "lexicon.toml"):
        classes = data[file].get("class", {})
        for name, row in classes.items() if isinstance(classes, dict) else ():
            marks = ("(misspellings are corrected)",) if row.get("fuzzy") else ()
            found.setdefault(name, (*sorted(row.get("phrases", ())), *marks))
    return found


def _groups(data: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    groups = data.get("combinations.toml", {}).get("group", {})
    return {name: tuple(sorted(members)) for name, members in groups.items()}


def _entry(
    row: Mapping[str, Any],
    kind: str,
    words: Mapping[str, tuple[str, ...]],
    groups: Mapping[str, tuple[str, ...]],
) -> Entry:
    fields = {key: value for key, value in row.items() if key not in _REVIEW_FIELDS}
    named = _named(fields)
    used = {name: words[name] for name in _reached(named, words)}
    used |= {f"group {name}": groups[name] for name in sorted(named & set(groups))}
    version = row.get("version")
    return Entry(
        id=row["id"],
        kind=kind,
        version=version if isinstance(version, int) else 0,
        tier=_tier(row),
        fields=fields,
        words=used,
        digest=_digest({"fields": fields, "words": used}),
    )


def _named(fields: Mapping[str, Any]) -> frozenset[str]:
    """Names of the word lists and groups that a row refers to itself."""
    named: set[str] = set()
    for key in ("patterns", "unless"):
        for pattern in fields.get(key, ()):
            named.update(_CLASS.findall(pattern))
    for key in ("quality", "parts", "all", "any", "none"):
        for name in fields.get(key, ()):
            sign, _, modifier = name.partition("+")
            named |= {sign, sign.removeprefix("m_"), modifier}
    return frozenset(named)


def _reached(names: Iterable[str], words: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The word lists of those names, and those that they refer to."""
    reached: set[str] = set()
    waiting = [name for name in names if name in words]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            further = _CLASS.findall(" ".join(words[name]))
            waiting.extend(other for other in further if other in words)
    return sorted(reached)


def _tier(row: Mapping[str, Any]) -> Tier:
    if isinstance(key := row.get("key"), str):
        two = key.startswith(_TWO_CLINICIANS) and not key.endswith("_info")
        return Tier.EMERGENCY if two else Tier.NONE
    labels = [row.get("tier"), row.get("then"), *(s.get("tier") for s in row.get("sign", ()))]
    tiers = [Tier.parse(label) for label in labels if isinstance(label, str)]
    return max(tiers, default=Tier.NONE)


def _readings(
    data: Mapping[str, Mapping[str, Any]],
    remaining: Mapping[str, tuple[str, ...]],
    lists: Mapping[str, str],
) -> Iterator[Entry]:
    """What is signed as a whole: how the words around a sign are read."""
    lexicon = data.get("lexicon.toml", {})
    windows = data.get("messages.toml", {}).get("windows", {})
    tables = {name: lexicon.get(name, {}) for name in ("typos", "mistyped", "chat")}
    spelling = {**tables, **lists}
    wholes: tuple[tuple[str, Mapping[str, Any], Mapping[str, tuple[str, ...]]], ...] = (
        ("R-CONTEXT", data.get("context.toml", {}), {}),
        ("R-GUARDS", data.get("guards.toml", {}), {}),
        ("R-SPELLING", spelling, {}),
        ("R-WORDS", {}, remaining),
        ("R-WINDOWS", windows, {}),
    )
    for name, fields, words in wholes:
        digest = _digest({"fields": fields, "words": words})
        yield Entry(name, READING, 0, Tier.NONE, fields, words, digest)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return _sha(text.encode())[:_DIGEST_CHARS]


def _sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
