"""What is wrong with an installation, each fault with its remedy."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from backbot.errors import (
    BackbotError,
    CorpusError,
    IndexStoreError,
    RuleError,
    SettingsError,
    StateError,
)

if TYPE_CHECKING:
    from telegram import WebhookInfo

    from backbot.bot.heartbeat import Alive
    from backbot.settings import Settings
    from backbot.wiring import Program

_TELEGRAM_S = 10.0
_RUNS_S = 120.0
_RECENT_S = 900.0
_MIN_FREE_MB = 50
_CONFLICT = (
    "Another process uses this token: Telegram gives updates to one at a time (409). Stop the "
    "other one, or get a token of its own for it from @BotFather."
)
_NO_ADMINS = "BACKBOT_ADMIN_IDS is not set, so nobody can /rebuild"


_QUICK_CHECKS = frozenset(
    {"settings", "rules", "messages", "model", "index", "index model", "database"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, whether all is well, and what was seen or what to do."""

    name: str
    ok: bool
    message: str


def examine(program: Program, *, quick: bool = False) -> tuple[Finding, ...]:
    """Check everything that serving needs; each check stands alone and none raises.

    Args:
        program: What to look at.
        quick: Only whether it can serve, for a check that runs every few minutes: articles,
            reviews and sample questions are not looked at.
    """
    checks: tuple[tuple[str, Callable[[Program], str]], ...] = (
        ("settings", _settings),
        ("rules", _rules),
        ("messages", _messages),
        ("rule reviews", _rule_reviews),
        ("articles", _articles),
        ("model", _model),
        ("index", _index),
        ("index model", _index_model),
        ("index contents", _index_contents),
        ("sample questions", _questions),
        ("index folder", _index_folder),
        ("article folders", _article_folders),
        ("database", _database),
        ("port", _port),
        ("telegram", _telegram),
    )
    return tuple(
        _checked(name, check, program)
        for name, check in checks
        if not quick or name in _QUICK_CHECKS
    )


def _checked(name: str, check: Callable[[Program], str], program: Program) -> Finding:
    try:
        return Finding(name, ok=True, message=check(program))
    except BackbotError as error:
        return Finding(name, ok=False, message=str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        told = f"{where}{error.strerror or type(error).__name__}. Check its permissions."
        return Finding(name, ok=False, message=told)


# --------------------------------------------------------------------------- settings, rules


def _settings(program: Program) -> str:
    if idle := program.without_effect():
        raise SettingsError(f"{' '.join(idle)} Set that as well, or unset this.")
    return "all can be read"


def _rules(_program: Program) -> str:
    from backbot.triage.rules import load_rules

    rules = load_rules()
    return (
        f"{len(rules.all_rules())} rules and {len(rules.combinations)} combinations, "
        f"digest {rules.digest[:12]}"
    )


def _messages(program: Program) -> str:
    from backbot.triage.messages import packaged

    clinic, rules = program.clinic_file.wording(), program.clinic_file.rules()
    if program.clinic_file.error:
        raise RuleError(program.clinic_notices()[0])
    if clinic is None:
        return f"{len(packaged().messages)} packaged messages"
    names = list(clinic.overridden)
    changed = ""
    if rules is not None:
        names += [rule.rule_id for rule in rules.own_rules]
        changed = "".join(f" Packaged rule {change}" for change in rules.changes)
    own = ", ".join(names) or "nothing new"
    return f"{program.settings.rules_file} puts in place: {own}.{changed}"


def _rule_reviews(program: Program) -> str:
    """Reviews of rules that are overdue or dated wrongly: told, and nothing is switched off."""
    if faults := program.review_faults():
        raise RuleError(" ".join(faults))
    signed = len(program.reviewed())
    return f"{signed} of {len(program.rule_book.entries)} rules and texts are signed, none overdue"


# --------------------------------------------------------------------------- articles


def _articles(program: Program) -> str:
    from backbot.corpus.check import check_corpus
    from backbot.triage.lint import lint

    issues = check_corpus(program.folders.corpus, _today(), lint=lint)
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        more = f" `backbot corpus check` lists all {len(errors)}." if len(errors) > 1 else ""
        raise CorpusError(f"{errors[0].message}{more}")
    told = f", {len(issues)} warnings (`backbot corpus check`)" if issues else ""
    return f"{program.folders.corpus}: no errors{told}"


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the clinic's local day


# --------------------------------------------------------------------------- model, index


def _model(program: Program) -> str:
    identity = program.embedder.identity
    return f"{identity.name}, {identity.dimensions} dimensions, sha256 {identity.sha256[:12]}"


def _index(program: Program) -> str:
    manifest = program.store.verify()
    return f"generation {manifest.id}, {manifest.counts.passages} passages, checksums match"


def _index_model(program: Program) -> str:
    manifest = program.store.manifest()
    manifest.require_encoder(program.embedder.identity)
    return f"built with {manifest.encoder.name}, which is in use"


def _index_contents(program: Program) -> str:
    """Whether the articles are still those that were indexed."""
    from backbot.corpus.reader import read_corpus
    from backbot.index.manifest import article_digest, corpus_digest

    manifest = program.store.manifest()
    articles = read_corpus(program.folders.corpus)
    now = corpus_digest({article.meta.slug: article_digest(article) for article in articles})
    if now != manifest.corpus_digest:
        raise IndexStoreError(
            "The articles have changed since the index was built, and the changes are not "
            "served. Publish them with `backbot index build`."
        )
    return f"{manifest.counts.articles} articles, as they are now"


def _questions(program: Program) -> str:
    from backbot.adapters.faiss_index import FaissFormat

    tests = program.store.open(FaissFormat()).tests
    found = sum(test.found for test in tests)
    more = "" if found == len(tests) else "; `backbot corpus check` lists the others"
    return f"{found} of {len(tests)} find their article{more}"


def _index_folder(program: Program) -> str:
    folder = program.folders.index
    if not _writable(folder):
        raise IndexStoreError(
            f"The index folder {folder} cannot be written by this user, so the index cannot be "
            "built or rolled back. Give the right to write there, or set BACKBOT_INDEX_DIR."
        )
    _require_room(folder)
    return f"{folder} can be written"


def _article_folders(program: Program) -> str:
    settings, folders = program.settings, program.folders
    closed = [
        name
        for name, folder in (
            ("BACKBOT_DRAFTS_DIR", folders.drafts),
            ("BACKBOT_CORPUS_DIR", folders.corpus),
        )
        if not _writable(folder)
    ]
    if not closed:
        return f"{folders.drafts} and {folders.corpus} can be written"
    told = f"{' and '.join(closed)} cannot be written by this user"
    if settings.staff_ids or settings.admin_ids:
        raise StateError(
            f"{told}, so articles that staff send cannot be taken in or approved. Give the right "
            "to write there, or name other folders."
        )
    return f"{told}; nobody is named as staff, so nobody sends articles to the bot"


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which need not exist yet."""
    existing = _existing(folder)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _existing(folder: Path) -> Path:
    """A folder, or the nearest one above it that exists."""
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return existing


def _require_room(folder: Path) -> None:
    """Raise StateError where a disk is all but full."""
    free = shutil.disk_usage(_existing(folder)).free
    if free < _MIN_FREE_MB * 2**20:
        raise StateError(
            f"The disk that holds {folder} is nearly full: {free / 2**20:.0f} MB are free, and "
            f"{_MIN_FREE_MB} are needed. Make room; `backbot index prune` drops old generations."
        )


# --------------------------------------------------------------------------- state, Telegram


def _database(program: Program) -> str:
    found = program.database.examine()
    name = program.database.name
    if not name.startswith("postgresql"):  # the room on a server is its own matter
        _require_room(Path(name).parent)
    if not found.exists:
        told = f"none yet: {name} is made when the bot starts"
    elif not found.version:
        told = f"{name}: reached, its tables are made when the bot starts"
    elif not found.is_current:
        told = f"{name}: sound, brought up to date when the bot starts"
    elif notices := program.conversations.notices():
        raise StateError(" ".join(notices))
    else:
        told = f"{name}: sound, version {found.version}"
    if program.settings.encryption_key is None:
        told += "; without BACKBOT_ENCRYPTION_KEY what people wrote is kept in memory only"
        if name.startswith("postgresql"):
            told += ", and what waits for an answer can be read on that server"
    return told


def _port(program: Program) -> str:
    """Whether the bot could listen where it is told to."""
    address = program.settings.http_address
    if address is None:
        return "none is listened on"
    from backbot.bot.heartbeat import read_alive
    from backbot.bot.http import listening

    where = f"{address[0]} port {address[1]}"
    if _runs(read_alive(program.alive_file), time.time()):
        return f"{where}, which the running bot has"
    listening(address).close()
    return f"{where} is free"


def _runs(alive: Alive | None, now: float) -> bool:
    return alive is not None and not alive.clean and now - alive.at < _RUNS_S


def _telegram(program: Program) -> str:
    settings = program.settings
    if settings.telegram_token is None:
        return "no token is set: `backbot start` opens the terminal chat"
    told = [asyncio.run(_ask_telegram(program, settings.telegram_token.get_secret_value()))]
    told += _messages_in_hand(program)
    if not settings.admin_ids:
        told.append(_NO_ADMINS)
    return "; ".join(told)


async def _ask_telegram(program: Program, token: str) -> str:
    """Whose token it is and how updates come. Takes and confirms none.

    Raises:
        SettingsError: Telegram refuses the token, cannot be reached, cannot call the webhook, or
            another process uses the token.
    """
    from telegram.error import Conflict, InvalidToken, TelegramError

    from backbot.bot.api import connect
    from backbot.bot.heartbeat import read_alive
    from backbot.bot.log import install_redaction

    settings, now = program.settings, time.time()
    install_redaction((token,))
    alive = read_alive(program.alive_file)
    running = _runs(alive, now)
    api = connect(token, settings.telegram_api_url)
    more = "" if settings.admin_ids else f" Also, {_NO_ADMINS}."
    try:
        async with asyncio.timeout(_TELEGRAM_S):
            await api.initialize()
            info = await api.get_webhook_info()
            if running and alive is not None and now - alive.conflict_at < _RECENT_S:
                raise SettingsError(_CONFLICT)
            if not running and not settings.webhook_url and not info.url:
                # without an offset nothing is confirmed; beside a running bot it would disturb
                await api.raw_updates(None, timeout_s=0, limit=1)
    except Conflict:
        raise SettingsError(_CONFLICT) from None
    except InvalidToken:
        raise SettingsError(
            f"The Bot API server at {_without_user(settings.telegram_api_url)} refuses "
            f"BACKBOT_TELEGRAM_TOKEN. Copy the token again from @BotFather.{more}"
        ) from None
    except (TelegramError, TimeoutError) as error:
        raise SettingsError(
            f"{_without_user(settings.telegram_api_url)} cannot be reached from here "
            f"({type(error).__name__}). Look at the network; the bot tries again by itself.{more}"
        ) from None
    finally:
        await api.shutdown()
    _require_calls(settings, info, now, running=running)
    how = "webhook" if settings.webhook_url else "polling"
    state = "runs" if running else "does not run"
    return f"@{api.username}, {how}, the bot {state}, {info.pending_update_count} at Telegram"


def _require_calls(settings: Settings, info: WebhookInfo, now: float, *, running: bool) -> None:
    """Raise SettingsError where updates cannot come as they should."""
    if running and info.url != settings.webhook_url:
        raise SettingsError(_CONFLICT)
    if not info.url or info.last_error_date is None:
        return
    at = info.last_error_date
    if settings.webhook_url and now - at.timestamp() < _RECENT_S:
        raise SettingsError(
            f"Telegram could not call BACKBOT_WEBHOOK_URL at {at:%Y-%m-%d %H:%M} UTC: "
            f"{info.last_error_message}. Look at the proxy in front of the bot, its certificate "
            "and BACKBOT_HTTP_PORT."
        )


def _messages_in_hand(program: Program) -> Iterator[str]:
    """When the last update came, when the last was answered, what waits."""
    if not program.database.examine().is_current:
        return
    state = program.inbox.look()
    yield f"last update {_when(state.last_update_at)}"
    yield f"last reply {_when(state.last_reply_at)}"
    if state.oldest_at is None:
        yield "nothing waits for an answer"
    elif time.time() - state.oldest_at > _RECENT_S:
        raise StateError(
            f"{state.waiting} messages wait for an answer, the oldest since "
            f"{_when(state.oldest_at)}. Start the bot, or look at its log."
        )
    else:
        yield f"{state.waiting} wait for an answer, the oldest since {_when(state.oldest_at)}"


def _when(at: float | None) -> str:
    if at is None:
        return "none in two days"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _without_user(url: str) -> str:
    """An address without the name and password that may stand in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


# --------------------------------------------------------------------------- going live


def missing_for_patients(program: Program) -> tuple[Finding, ...]:
    """What is missing before patients may use it."""
    return tuple(Finding("go live", ok=False, message=message) for message in _missing(program))


def _missing(program: Program) -> Iterator[str]:
    yield from _signatures(program)
    yield from _reviews(program)
    settings = program.settings
    for name, value, right in (
        ("COUNTRY", settings.country, "the clinic's country, which decides the emergency number"),
        ("CLINIC_NAME", settings.clinic_name, "the name patients know"),
        ("CLINIC_PHONE", settings.clinic_phone, "the number patients are told to call"),
        ("CLINIC_HOURS", settings.clinic_hours, "when the clinic answers"),
        ("URGENT_LINE", settings.urgent_line, "whom patients call when the clinic is closed"),
        ("TELEGRAM_TOKEN", settings.telegram_token, "what @BotFather gave you"),
        ("ADMIN_IDS", settings.admin_ids, "who may rebuild and roll back from the chat"),
        (
            "ENCRYPTION_KEY",
            settings.encryption_key,
            "without it a restart forgets what people wrote, and the questions for /unanswered",
        ),
    ):
        if not value:
            yield f"BACKBOT_{name} is not set: {right}."
    yield from _numbers(program)


def _signatures(program: Program) -> Iterator[str]:
    from backbot.triage.signoff import default_path, missing_signatures

    try:
        path = default_path(program.folders.corpus)
        yield from missing_signatures(path, book=program.rule_book)
    except RuleError as error:
        yield f"The rules cannot be read, so nobody can have signed them: {error}"


def _reviews(program: Program) -> Iterator[str]:
    from backbot.corpus.reader import read_corpus

    try:
        metas = [article.meta for article in read_corpus(program.folders.corpus)]
    except CorpusError as error:
        yield f"The articles cannot be read, so they cannot be said to be reviewed: {error}"
        return
    unreviewed = [m.slug for m in metas if not (m.reviewed_by and m.reviewed_on)]
    today = _today()
    overdue = [m.slug for m in metas if m.review_due is not None and m.review_due < today]
    for slugs, what in (
        (unreviewed, "have not been reviewed by a clinician"),
        (overdue, "are overdue for review"),
    ):
        if slugs:
            yield f"{len(slugs)} of {len(metas)} articles {what}: {', '.join(slugs)}."


def _numbers(program: Program) -> Iterator[str]:
    from backbot.triage.messages import packaged

    country = program.settings.country
    if not country:
        return  # said above
    try:
        wording = program.clinic_file.wording() or packaged()
    except BackbotError as error:
        yield f"The messages cannot be read: {error}"
        return
    for numbers, what in (
        (wording.numbers, "emergency number"),
        (wording.crisis_lines, "crisis line"),
    ):
        row = numbers.get(country)
        if row is None:
            yield f"No {what} is known for {country}. Add it to the file of BACKBOT_RULES_FILE."
        elif not row.checked:
            yield (
                f"The {what} for {country}, {row.number}, has not been compared with an official "
                "source. Compare it and note the day in the file of BACKBOT_RULES_FILE."
            )
