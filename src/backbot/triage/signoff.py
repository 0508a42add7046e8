"""Who has signed which rule. A missing signature is reported; it never disarms a rule.

The signature file is TOML. `[[sheet]]` holds the digests of what was printed on a sheet,
`[[signature]]` who signed it:

    [[sheet]]
    digest = "64 hexadecimal digits"
    [sheet.rules]
    "E-RET-01" = "v1 0123456789abcdef"

    [[signature]]
    name = "..."
    role = "..."
    date = 2026-05-01
    review_due = 2027-05-01                          # when to look again; else a year later
    sheet = "the first digits of the sheet's digest, 12 or more"
    rules = "all"                                    # or ["E-RET-01", ...]

A signature counts for a rule only while the rule's digest is the one that stood on the sheet.
It shows what was agreed, not who wrote the file: keep the signed paper. A review that is overdue,
or a date that cannot be, is told; it switches nothing off either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backbot.errors import RuleError
from backbot.model import Tier
from backbot.triage.pages import Blanks, Paragraph, Section
from backbot.triage.rulebook import CHANGES, Entry, RuleBook, packaged_book
from backbot.triage.tables import Row, read_table

FILE_NAME = "signatures.toml"
_SHEET_KEYS = frozenset({"digest", "rules"})
_SIGNATURE_KEYS = frozenset({"name", "role", "date", "review_due", "sheet", "rules"})
_LEAP_DAY = (2, 29)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHORT_DIGEST = re.compile(r"[0-9a-f]{12,64}")
_ENTRY_DIGEST = re.compile(r"v(\d{1,5}) ([0-9a-f]{16})")
_MOST_IDS = 10


@dataclass(frozen=True, slots=True)
class Signature:
    """One clinician's agreement.

    Attributes:
        name: Of the clinician.
        role: Of the clinician.
        on: The day it was signed.
        due: The day it should be looked at again.
        rules: Id → digest of each rule as it was signed.
    """

    name: str
    role: str
    on: date
    due: date
    rules: Mapping[str, str]

    @property
    def initials(self) -> str:
        """First letters of the name: "AL"."""
        return "".join(word[0].upper() for word in self.name.replace(".", " ").split())


@dataclass(frozen=True, slots=True)
class Review:
    """How a rule as it stands now was reviewed.

    Attributes:
        by: Initials of those whose signatures count, the latest first.
        on: The day of the latest.
        due: The earliest day on which one of them should look again.
        complete: Whether it has as many signatures as it needs.
    """

    by: tuple[str, ...]
    on: date
    due: date
    complete: bool

    def told(self, today: date) -> str:
        """In words: "reviewed 2026-05-01 by AL, BS; due 2027-05-01"."""
        late = ", overdue" if self.due < today else ""
        if self.complete:
            return f"reviewed {self.on} by {', '.join(self.by)}; due {self.due}{late}"
        return f"signed {self.on} by {', '.join(self.by)}{late}; a second clinician is needed"


def default_path(corpus: Path) -> Path:
    """Where a clinic's signature file stands: beside its corpus folder."""
    return corpus.resolve().parent / FILE_NAME


def read_signatures(path: Path) -> tuple[Signature, ...]:
    """Read a signature file.

    Args:
        path: A TOML file in UTF-8.

    Returns:
        The signatures in file order; rules that exist no longer are among them.

    Raises:
        RuleError: The file cannot be read or is malformed; the message names the place.
    """
    table = read_table(path)
    table.expect_only(frozenset({"sheet", "signature"}))
    sheets = _sheets(table)
    return tuple(_signature(row, sheets) for row in table.rows("signature", "name"))


def sheet_books(path: Path) -> tuple[RuleBook, ...]:
    """The rule books that a signature file's sheets name: digests and versions, no fields.

    Raises:
        RuleError: As in `read_signatures`.
    """
    table = read_table(path)
    table.expect_only(frozenset({"sheet", "signature"}))
    books = []
    for rules in _sheets(table).values():
        entries = {
            name: Entry(name, "", int(version), Tier.NONE, {}, {}, digest)
            for name, (version, digest) in rules.items()
        }
        books.append(RuleBook(entries, complete=False))
    return tuple(books)


def _sheets(table: Row) -> dict[str, dict[str, tuple[str, str]]]:
    """Per sheet digest: id → (version, digest)."""
    sheets: dict[str, dict[str, tuple[str, str]]] = {}
    for row in table.rows("sheet", "digest"):
        row.expect_only(_SHEET_KEYS)
        digest = row.text("digest")
        if not _DIGEST.fullmatch(digest):
            raise row.error("'digest' must be 64 hexadecimal digits, as the sheet prints them")
        if digest in sheets:
            raise row.error("the sheet stands twice")
        rules = row.data.get("rules")
        if not isinstance(rules, dict) or not rules:
            raise row.error("'rules' must be a table of rule ids with their digests")
        sheets[digest] = {}
        for name, value in rules.items():
            match = _ENTRY_DIGEST.fullmatch(value) if isinstance(value, str) else None
            if match is None:
                raise row.error(f'the digest of {name!r} must look like "v1 0123456789abcdef"')
            sheets[digest][name] = (match[1], match[2])
    return sheets


def _signature(row: Row, sheets: Mapping[str, Mapping[str, tuple[str, str]]]) -> Signature:
    row.expect_only(_SIGNATURE_KEYS)
    short = row.text("sheet")
    if not _SHORT_DIGEST.fullmatch(short):
        raise row.error("'sheet' must be the first 12 or more digits of a sheet's digest")
    found = [rules for digest, rules in sheets.items() if digest.startswith(short)]
    if len(found) != 1:
        raise row.error(f"'sheet' is {short!r}, which names {len(found)} sheets of this file")
    rules = found[0]
    signed = list(rules)
    if row.data.get("rules") != "all":
        if not isinstance(row.data.get("rules"), list):
            raise row.error("'rules' must be \"all\" or a list of rule ids")
        signed = list(row.texts("rules"))
        if unknown := [name for name in signed if name not in rules]:
            raise row.error(f"{unknown[0]!r} does not stand on that sheet")
    on = row.calendar_day("date")
    due = row.calendar_day("review_due") if "review_due" in row.data else _a_year_after(on)
    if due <= on:
        raise row.error("'review_due' must be after 'date'")
    return Signature(
        name=" ".join(row.text("name").split()),
        role=row.text("role"),
        on=on,
        due=due,
        rules={name: rules[name][1] for name in signed},
    )


def _a_year_after(day: date) -> date:
    leap = (day.month, day.day) == _LEAP_DAY
    return day.replace(year=min(day.year + 1, 9999), day=28 if leap else day.day)


def signers(book: RuleBook, signatures: Sequence[Signature]) -> Mapping[str, frozenset[str]]:
    """Who has signed each rule as it stands now: id → names, compared without letter case."""
    return {
        entry.id: frozenset(
            signature.name.casefold()
            for signature in signatures
            if signature.rules.get(entry.id) == entry.digest
        )
        for entry in book.entries.values()
    }


def unsigned_rules(book: RuleBook, signatures: Sequence[Signature]) -> tuple[str, ...]:
    """Ids that lack a signature they need, in the order of the book.

    Args:
        book: The rules in force.
        signatures: As read; two by one person count once.
    """
    names = signers(book, signatures)
    return tuple(
        entry.id
        for entry in book.entries.values()
        if len(names[entry.id]) < entry.signatures_needed
    )


def missing_signatures(path: Path, *, book: RuleBook | None = None) -> tuple[str, ...]:
    """What is not signed, in sentences; empty where everything is.

    Args:
        path: The signature file; it may be missing or malformed, which is said.
        book: The rules in force; default the packaged ones.

    Raises:
        RuleError: The packaged rules cannot be read.
    """
    book = book or packaged_book()
    make = "Print `backbot triage --sheet html`, and see docs/safety.md for how to sign."
    if not path.exists():
        return (f"None of {len(book.entries)} rules and texts is signed: no {path}. {make}",)
    try:
        signatures = read_signatures(path)
    except RuleError as error:
        return (f"The signatures cannot be read, so none counts. {error}",)
    return tuple(_sentences(book, signatures))


def _sentences(book: RuleBook, signatures: Sequence[Signature]) -> list[str]:
    names = signers(book, signatures)
    lacking = [book.entries[name] for name in unsigned_rules(book, signatures)]
    changes = [entry for entry in lacking if entry.kind in CHANGES]
    lacking = [entry for entry in lacking if entry not in changes]
    two = [entry for entry in lacking if entry.signatures_needed > 1]
    groups = (
        ("need two clinicians and have none", [e for e in two if not names[e.id]]),
        ("need a second clinician", [e for e in two if names[e.id]]),
        ("need a clinician", [e for e in lacking if e not in two]),
        ("that the clinic gives another tier are not signed as such", changes),
    )
    found = [
        f"Signatures: {len(entries)} rules and texts {what}: {_ids([e.id for e in entries])}."
        for what, entries in groups
        if entries
    ]
    signed_before = {name for signature in signatures for name in signature.rules}
    if changed := [
        entry.id for entry in lacking if entry.id in signed_before and not names[entry.id]
    ]:
        found.append(f"Signatures: changed since they were signed: {_ids(changed)}.")
    return found


# ------------------------------------------------------------------ reviews


def reviews(book: RuleBook, signatures: Sequence[Signature]) -> Mapping[str, Review]:
    """Who reviewed each rule as it stands now, and when to look again; none for the unsigned.

    Args:
        book: The rules in force.
        signatures: As read. The latest one of each person counts.
    """
    found = {}
    for entry in book.entries.values():
        latest: dict[str, Signature] = {}
        for signature in sorted(signatures, key=lambda s: s.on):
            if signature.rules.get(entry.id) == entry.digest:
                latest[signature.name.casefold()] = signature
        counted = sorted(latest.values(), key=lambda s: s.on, reverse=True)
        needed = entry.signatures_needed
        if counted:
            found[entry.id] = Review(
                by=tuple(s.initials for s in counted),
                on=counted[0].on,
                due=min(s.due for s in counted[:needed]),
                complete=len(counted) >= needed,
            )
    return found


def review_states(path: Path, book: RuleBook, today: date) -> Mapping[str, str]:
    """Id → "reviewed … by …; due …" for every rule that is signed; nobody's words where none is.

    A signature file that is missing or malformed gives none: `missing_signatures` tells why.
    """
    try:
        signatures = read_signatures(path) if path.exists() else ()
    except RuleError:
        return {}
    found = {name: review.told(today) for name, review in reviews(book, signatures).items()}
    for name in {name for signature in signatures for name in signature.rules} - set(found):
        if name in book.entries:
            found[name] = "changed since its review, and not reviewed again"
    return found


def review_faults(path: Path, book: RuleBook, today: date) -> tuple[str, ...]:
    """What is wrong with the dates of reviews, in sentences; empty where nothing is.

    Args:
        path: The signature file; a missing or malformed one is not told here.
        book: The rules in force.
        today: As the machine has it.

    Returns:
        Reviews that are overdue, by rule, and signatures from the future: then the machine's
        date or the signature's is wrong.
    """
    try:
        signatures = read_signatures(path) if path.exists() else ()
    except RuleError:
        return ()
    told = []
    late = {name: r for name, r in reviews(book, signatures).items() if r.due < today}
    if late:
        earliest = min(review.due for review in late.values())
        told.append(
            f"The review of {len(late)} rules and texts is overdue since {earliest}: "
            f"{_ids(list(late))}. All stay in force. Look at them again, and add signatures with "
            f"today's date to {path.name}."
        )
    if ahead := sorted({s.on for s in signatures if s.on > today}):
        told.append(
            f"A signature in {path.name} is dated {ahead[-1]}, and this machine has {today}. "
            "Set the machine's date, or mend the signature's. All rules stay in force."
        )
    return tuple(told)


def _ids(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_MOST_IDS])
    return f"{shown} and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else shown


def signature_form(book: RuleBook) -> str:
    """A signature file for this book, to be filled in: its sheet, and an example in comments."""
    lines = "\n".join(
        f'"{entry.id}" = "v{entry.version} {entry.digest}"' for entry in book.entries.values()
    )
    return (
        "# Who has signed the escalation rules. Keep this file beside the corpus folder as\n"
        f"# {FILE_NAME}, and the signed paper with it. Copy the lines at the end without\n"
        "# their #, once per clinician.\n\n"
        f'[[sheet]]\ndigest = "{book.digest}"\n\n[sheet.rules]\n{lines}\n\n'
        '# [[signature]]\n# name = "First Last"\n# role = "profession, registration number"\n'
        "# date = 2026-01-31\n# review_due = 2027-01-31    # or leave it out: a year later\n"
        f'# sheet = "{book.digest[:12]}"\n'
        '# rules = "all"    # or the ids that are agreed: ["E-SAD-01", "E-RET-01"]\n'
    )


def signature_page(book: RuleBook) -> Section:
    """The page that clinicians sign by hand."""
    return Section(
        "Signatures",
        (
            Paragraph(
                f"I have read the sheet {book.digest[:12]} and agree with every rule and text "
                "ticked above. I have written down what should change."
            ),
            Blanks(
                ("Name", "Profession, registration", "All, or all but", "Date", "Signature"), 4
            ),
            Paragraph(
                "For the signature file: `backbot triage --sheet toml` prints it for these rules; "
                f"its sheet digest is {book.digest}.",
                "small",
            ),
        ),
        new_page=True,
    )
