"""What is wrong with an installation, each fault with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from backbot.errors import BackbotError

if TYPE_CHECKING:
    from backbot.wiring import Program


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, whether all is well, and what was seen or what to do."""

    name: str
    ok: bool
    message: str


def examine(program: Program) -> tuple[Finding, ...]:
    """Check everything that serving needs."""
    checks: tuple[tuple[str, Callable[[Program], str]], ...] = (
        ("rules", _rules),
        ("messages", _messages),
        ("articles", _articles),
        ("model", _model),
        ("index", _index),
        ("sample questions", _questions),
        ("state", _state),
        ("telegram", _telegram),
    )
    return tuple(_checked(name, check, program) for name, check in checks)


def _checked(name: str, check: Callable[[Program], str], program: Program) -> Finding:
    try:
        return Finding(name, ok=True, message=check(program))
    except BackbotError as error:
        return Finding(name, ok=False, message=str(error))


def _rules(_program: Program) -> str:
    from backbot.triage.rules import load_rules

    rules = load_rules()
    return (
        f"{len(rules.all_rules())} rules and {len(rules.combinations)} combinations, "
        f"digest {rules.digest[:12]}"
    )


def _messages(program: Program) -> str:
    from backbot.triage.messages import load_override, packaged

    if program.settings.rules_file is not None:
        load_override(program.settings.rules_file)
        return f"{program.settings.rules_file} can be read"
    return f"{len(packaged().messages)} packaged messages"


def _articles(program: Program) -> str:
    from backbot.corpus.check import check_corpus
    from backbot.errors import CorpusError

    issues = check_corpus(program.folders.corpus, date.today())  # noqa: DTZ011
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        raise CorpusError(f"{errors[0].message} `backbot corpus check` lists all {len(errors)}.")
    return f"{program.folders.corpus}: no errors, {len(issues)} warnings"


def _model(program: Program) -> str:
    identity = program.embedder.identity
    return f"{identity.name}, {identity.dimensions} dimensions, sha256 {identity.sha256[:12]}"


def _index(program: Program) -> str:
    manifest = program.store.verify()
    manifest.require_encoder(program.embedder.identity)
    return f"generation {manifest.id}, {manifest.counts.passages} passages, checksums match"


def _questions(program: Program) -> str:
    tests = program.live.current().tests
    failing = [test for test in tests if not test.found]
    return f"{len(tests) - len(failing)} of {len(tests)} find their article"


def _state(_program: Program) -> str:
    return "conversations are kept in memory only, and are gone when the bot stops"


def _telegram(program: Program) -> str:
    if program.settings.telegram_token is None:
        return "no token is set: `backbot start` opens the terminal chat"
    return "a token is set; it is checked when the bot starts"


def missing_for_patients(program: Program) -> tuple[Finding, ...]:
    """What is missing before patients may use it."""
    return tuple(Finding("go live", ok=False, message=message) for message in _missing(program))


def _missing(program: Program) -> Iterator[str]:
    from backbot.corpus.reader import read_corpus

    settings = program.settings
    yield "the escalation rules are not signed by a clinician; see docs/safety.md"
    try:
        articles = read_corpus(program.folders.corpus)
    except BackbotError as error:
        yield str(error)
        articles = ()
    unreviewed = [a.meta.slug for a in articles if not (a.meta.reviewed_by and a.meta.reviewed_on)]
    if unreviewed:
        yield f"{len(unreviewed)} articles are not reviewed: {', '.join(unreviewed)}"
    for name, value in (
        ("BACKBOT_COUNTRY", settings.country),
        ("BACKBOT_CLINIC_NAME", settings.clinic_name),
        ("BACKBOT_CLINIC_PHONE", settings.clinic_phone),
        ("BACKBOT_URGENT_LINE", settings.urgent_line),
    ):
        if not value:
            yield f"{name} is not set"
    yield "the emergency number has not been checked against an official source"
