"""Webhook, health and metrics over real HTTP; signs of life; floods; what stands in Telegram."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from dataclasses import replace

import httpx
import pytest

from backbot.bot import calls, menu
from backbot.bot.app import Around, run_bot
from backbot.bot.flood import FloodOptions
from backbot.bot.heartbeat import Alive, Systemd, ping, read_alive
from backbot.bot.http import SECRET_HEADER, HttpServer, Webhook
from backbot.bot.inbox import MemoryInbox
from backbot.bot.metrics import Metrics
from backbot.bot.presence import PresenceOptions
from backbot.errors import IndexStoreError, SettingsError
from bot.conftest import ADMIN, RunningBot

SECRET = "a-secret_of-the-webhook"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def site(options):
    """Options with HTTP, and a client for it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    hook = Webhook(f"{url}/telegram/hook", SECRET)
    async with httpx.AsyncClient(base_url=url, timeout=5) as client:
        yield replace(options, http=("127.0.0.1", port), webhook=hook), client


async def run(handler, options, **more):
    """The bot in a task; ends with `leave`."""
    bot = RunningBot.__new__(RunningBot)
    bot.stop = asyncio.Event()
    bot.task = asyncio.create_task(run_bot(handler, options, bot.stop, **more))
    return bot


def update(update_id, text, chat=7):
    """What Telegram posts."""
    body = {"message_id": update_id, "date": int(time.time()), "text": text}
    body |= {"chat": {"id": chat, "type": "private"}, "from": {"id": chat, "is_bot": False}}
    return {"update_id": update_id, "message": body}


async def post(client, body, secret=SECRET):
    """One call of the webhook."""
    headers = {} if secret is None else {SECRET_HEADER: secret}
    return await client.post("/telegram/hook", json=body, headers=headers)


# ---------------------------------------------------------------------- the webhook


async def test_a_webhook_is_set_and_answers(server, handler, site, assistant):
    """Set with its secret and nothing dropped; a repeated call is answered once."""
    options, client = site
    bot = await run(handler, options)
    await server.until(lambda: server.webhook)
    assert server.webhook["secret_token"] == SECRET
    assert server.webhook["url"].endswith("/telegram/hook")
    server.chats.update({7, 8})
    bodies = [update(1, "i cannot pee"), update(2, "hello", 8), update(2, "hello", 8)]
    assert [(await post(client, each)).status_code for each in bodies] == [200] * 3
    await server.messages(2, chat=None)
    await bot.leave()
    assert sorted(text[:3] for text in server.texts(7) + server.texts(8)) == ["Hel", "🚨 C"]
    assert "getUpdates" not in server.calls
    assert "deleteWebhook" not in server.calls


async def test_admins_hear_of_a_webhook_that_is_refused_or_taken(
    server, handler, site, monkeypatch
):
    """Once each: that Telegram does not take the address, and that another process sets its own."""
    options, _ = site
    refused = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    server.fault("setWebhook", status=400, description=refused, times=4)
    server.chats.add(ADMIN)
    monkeypatch.setattr(calls, "WEBHOOK_LOOK_S", 0.02)
    bot = await run(handler, options)
    await server.until(lambda: server.webhook)
    for _ in range(6):
        server.webhook["url"] = "http://elsewhere/"
        await server.until(lambda: "elsewhere" not in server.webhook["url"])
    told = await server.messages(2, chat=ADMIN)
    await asyncio.sleep(0.1)
    await bot.leave()
    assert "an https url must be provided" in told[0].text
    assert told[1].text.startswith("Another process")
    assert len(server.texts(ADMIN)) == 2


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "ümlaut".encode().hex()])
async def test_without_the_right_secret_nothing_is_taken(server, handler, site, secret, caplog):
    """403, and no word of it in the log."""
    options, client = site
    bot = await run(handler, options)
    await server.until(lambda: server.webhook)
    refused = await post(client, update(1, "zebra"), secret)
    assert refused.status_code == 403
    await bot.leave()
    assert server.sent == []
    assert "zebra" not in caplog.text


async def test_odd_calls_are_refused(server, handler, site):
    """No JSON, too long, another method, an update without an id."""
    options, client = site
    bot = await run(handler, options)
    await server.until(lambda: server.webhook)
    proof = {SECRET_HEADER: SECRET}
    place = "/telegram/hook"
    assert (await client.post(place, content=b"{", headers=proof)).status_code == 400
    assert (await client.post(place, content=b"x" * 2**21, headers=proof)).status_code == 413
    assert (await client.get(place)).status_code == 405
    assert (await post(client, {"message": "x"})).status_code == 200
    assert (await client.post("/elsewhere")).status_code == 404
    await bot.leave()


async def test_a_call_that_cannot_be_written_down_is_answered_and_asked_for_again(
    server, handler, site
):
    """The warning goes out; Telegram calls again, and nothing is said twice."""

    class FailingInbox(MemoryInbox):
        async def put(self, update_id, update):
            raise OSError("the disk is full")

    options, client = site
    bot = await run(handler, options, inbox=FailingInbox())
    await server.until(lambda: server.webhook)
    server.chats.add(7)
    held = await post(client, update(1, "i cannot pee"))
    assert (held.status_code, held.headers["retry-after"]) == (503, "2")
    await server.messages(1)
    async with asyncio.timeout(3):
        while (await post(client, update(1, "i cannot pee"))).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await bot.leave()
    assert len(server.sent) == 1


async def test_calls_side_by_side_out_of_order_and_repeated_are_each_answered_once(
    server, handler, site
):
    """Forty updates of ten people, each delivered twice, in no order, all at once."""
    options, client = site
    bot = await run(handler, options)
    await server.until(lambda: server.webhook)
    server.chats.update(range(50, 60))
    calls = [update(100 + n, f"echo {n}", chat=50 + n % 10) for n in range(40)] * 2
    random.Random(5).shuffle(calls)
    told = await asyncio.gather(*(post(client, call) for call in calls))
    assert {answer.status_code for answer in told} == {200}
    await server.messages(40, chat=None)
    await bot.leave()
    texts = [message.text.split("\n")[0] for message in server.sent]
    assert sorted(texts) == sorted(f"You asked: echo {n}" for n in range(40))


async def test_a_stop_answers_what_was_taken_and_takes_no_more(server, handler, site, assistant):
    """Telegram calls again when the bot is back."""
    options, client = site
    bot = await run(handler, options)
    await server.until(lambda: server.webhook)
    server.chats.add(7)
    assert (await post(client, update(1, "blocked"))).status_code == 200
    await server.until(lambda: assistant.seen or True)
    bot.stop.set()
    async with asyncio.timeout(3):
        while (await post(client, update(2, "hello"))).status_code == 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assistant.gate.set()
    await bot.leave()
    assert any(text.startswith("Heat") for text in server.texts(7))


def test_the_secret_is_in_no_repr():
    """Options end up in error messages."""
    assert SECRET not in repr(Webhook("https://bot.example/x", SECRET))


def test_a_taken_port_is_told():
    """A sentence that names the settings."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(SettingsError, match="BACKBOT_HTTP_PORT"):
            HttpServer(("127.0.0.1", busy.getsockname()[1]))


# ---------------------------------------------------------------------- health and metrics


async def test_health_and_readiness(server, handler, site):
    """Live from the start; ready once Telegram, index and database are there."""
    options, client = site
    broken = {"index": True}

    def index():
        if broken["index"]:
            raise IndexStoreError("somewhere on the disk")

    around = Around(checks={"index": index, "database": lambda: None})
    bot = await run(handler, replace(options, webhook=None), around=around)
    await server.until(lambda: "getUpdates" in server.calls)
    assert (await client.get("/healthz")).text == "ok\n"
    not_ready = await client.get("/readyz")
    assert not_ready.status_code == 503
    assert not_ready.json() == {"index": "IndexStoreError", "database": "ok", "telegram": "ok"}
    broken["index"] = False
    assert (await client.get("/readyz")).status_code == 200
    server.fault("getUpdates", times=10**6)
    await server.write("hello")
    await server.messages(1)
    async with asyncio.timeout(3):
        while (await client.get("/readyz")).status_code == 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await client.get("/readyz")).json()["telegram"] == "not reached"
    assert (await client.get("/healthz")).status_code == 200
    await bot.leave()


async def test_metrics_count_and_hold_nothing_personal(server, handler, site):
    """Updates, messages, latencies, depths, what the records count; no chat, no word."""
    options, client = site
    around = Around(noted=lambda: {"tier:nerve": 3, "asked": 5, 'odd"name': 1})
    bot = await run(handler, replace(options, webhook=None), around=around)
    await server.write("my zebra leg is numb", chat=424_243)
    await server.messages(2, chat=424_243)
    page = (await client.get("/metrics")).text
    await bot.leave()
    for line in (
        'backbot_updates_total{kind="message"} 1',
        'backbot_messages_total{priority="escalation"} 1',
        'backbot_noted_total{what="tier",value="nerve"} 3',
        'backbot_noted_total{what="asked",value=""} 5',
        "backbot_outbox_depth 0",
        "backbot_telegram_reached 1",
    ):
        assert f"\n{line}\n" in page, line
    for private in ("zebra", "424243", "odd", server.token):
        assert private not in page


def test_a_histogram_adds_up():
    """Each bucket holds all that is quicker."""
    metrics = Metrics()
    for seconds in (0.01, 0.2, 400.0):
        metrics.took(seconds)
    page = metrics.render({}, {})
    assert 'backbot_answer_seconds_bucket{le="0.25"} 2\n' in page
    assert 'backbot_answer_seconds_bucket{le="+Inf"} 3\n' in page
    assert "backbot_answer_seconds_count 3\n" in page


# ---------------------------------------------------------------------- signs of life


@pytest.fixture
async def monitor():
    """Somebody who expects calls; `calls` has their times."""
    calls = []

    async def serve(reader, writer):
        await reader.readline()
        calls.append(time.monotonic())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.calls = calls
    server.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret-path"
    yield server
    server.close()


async def test_the_heartbeat_stops_with_polling_and_with_triage(  # noqa: PLR0917
    server, handler, options, monitor, assistant, caplog, monkeypatch
):
    """Only both together are life."""
    quick = PresenceOptions(monitor.url, every_s=0.05)
    bot = await run(handler, replace(options, presence=quick))
    async with asyncio.timeout(20):
        while len(monitor.calls) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        begin = type(assistant).begin
        blind = lambda self, text, *more: begin(self, "hello", *more)  # noqa: E731
        monkeypatch.setattr(type(assistant), "begin", blind)
        while "misses an emergency" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)  # a call that was on its way may still arrive
        before = len(monitor.calls)
        await asyncio.sleep(0.5)
        assert len(monitor.calls) == before
        assert "misses an emergency" in caplog.text
        monkeypatch.setattr(type(assistant), "begin", begin)
        while len(monitor.calls) < before + 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        server.fault("getUpdates", times=10**6)
        await server.write("hello")
        while "no updates" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)  # a call that was on its way may still arrive
        before = len(monitor.calls)
        await asyncio.sleep(0.5)
        assert len(monitor.calls) == before
    await bot.leave()
    assert "secret-path" not in caplog.text


async def test_a_monitor_that_is_not_there_costs_nothing(caplog):
    """A line in the log without its address."""
    assert not await ping("http://127.0.0.1:9/secret-path")
    assert "heartbeat was not taken" in caplog.text
    assert "secret-path" not in caplog.text


def test_systemd_is_told(tmp_path):
    """A datagram to its socket, also to one without a file; nothing where it did not ask."""
    Systemd({}).say("READY=1")
    for name, bound in ((str(tmp_path / "n"), str(tmp_path / "n")), ("@bb-test", "\0bb-test")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(bound)
            listening.settimeout(2)
            systemd = Systemd({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000"})
            assert systemd.watchdog_s == 30
            systemd.say("WATCHDOG=1")
            assert listening.recv(100) == b"WATCHDOG=1"
    assert Systemd({"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}).watchdog_s == 0


async def test_the_bot_tells_systemd_that_it_is_ready_and_alive_and_stops(
    server, handler, options, tmp_path, monkeypatch
):
    """READY once it runs, WATCHDOG while all is well, STOPPING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "900000")
        bot = await run(handler, options)
        await server.write("hello")
        await server.messages(1)
        await asyncio.sleep(0.7)
        await bot.leave()
        said = []
        while True:
            try:
                said.append(listening.recv(100).decode())
            except BlockingIOError:
                break
    assert said[0] == "READY=1"
    assert said.count("WATCHDOG=1") >= 2
    assert "STOPPING=1" in said[1:]  # and it is watched until it has left


async def test_admins_are_told_after_an_absence(server, handler, options, tmp_path):
    """The last run was killed ten minutes ago: they read from when to when."""
    file = tmp_path / "alive.json"
    Alive().write(file)
    text = file.read_text("utf-8")
    began = time.time()
    file.write_text(text.replace(text.split('"at": ')[1].split(",")[0], str(began - 600)), "utf-8")
    server.chats.add(ADMIN)
    quick = PresenceOptions(alive_file=file, report_every_s=0.05)
    bot = await run(handler, replace(options, presence=quick))
    (told,) = await server.messages(1, chat=ADMIN)
    await bot.leave()
    assert "I am back." in told.text
    assert "Nobody was answered from" in told.text
    assert "Answered late: 0" in told.text
    found = read_alive(file)
    assert found.clean
    assert found.reached_at >= began
    server.sent.clear()
    bot = await run(handler, replace(options, presence=quick))
    await server.write("hello")
    await server.messages(1)
    await asyncio.sleep(0.2)
    await bot.leave()
    assert server.texts(ADMIN) == []


def test_an_unreadable_note_is_no_note(tmp_path):
    """Half written, of another version, not there."""
    file = tmp_path / "alive.json"
    assert read_alive(file) is None
    file.write_text('{"at": 1', "utf-8")
    assert read_alive(file) is None
    file.write_text("[]", "utf-8")
    assert read_alive(file) is None


# ---------------------------------------------------------------------- floods


async def test_who_writes_too_fast_is_answered_slowly_and_warned_at_once(
    server, handler, options, assistant
):
    """The others notice nothing; every message is answered in the end."""
    flood = FloodOptions(messages=3, within_s=60, slow_s=0.5, most=50)
    bot = await run(handler, replace(options, flood=flood))
    for n in range(6):
        await server.write(f"echo <{n}>", chat=1)
    await server.write("my foot is numb", chat=1)
    await server.write("hello", chat=2)
    began = time.monotonic()
    await server.until(lambda: any("Please see" in text for text in server.texts(1)))
    await server.messages(1, chat=2)
    assert time.monotonic() - began < 0.45
    assert len(server.texts(1)) < 8
    await server.messages(8, chat=1)
    assert time.monotonic() - began >= 0.9
    await bot.leave()
    asked = [text for text in server.texts(1) if "You asked" in text]
    assert asked == sorted(asked)


async def test_beyond_all_measure_a_sentence_says_so(server, handler, options):
    """Once; memory is bounded."""
    flood = FloodOptions(messages=1, within_s=60, slow_s=0.2, most=2)
    bot = await run(handler, replace(options, flood=flood))
    for n in range(8):
        await server.write(f"echo <{n}>", chat=1)
    await server.messages(4, chat=1)
    await asyncio.sleep(0.6)
    await bot.leave()
    told = [text for text in server.texts(1) if "faster than I can answer" in text]
    assert 1 <= len(told) <= 3


# ---------------------------------------------------------------------- in Telegram itself


async def test_the_profile_says_automated_and_whom_to_call(server, handler, options):
    """In every language, within Telegram's lengths; set once, then left alone."""
    around = Around(texts=lambda: tuple(menu.about("999")))
    bot = await run(handler, options, around=around)
    await server.until(lambda: ("commands", "tl") in server.about)
    await bot.leave()
    assert server.about["description", ""].startswith("Automated. Not for emergencies: call 999.")
    assert server.about["short", "de"] == "Automatisch. Nicht für Notfälle: wählen Sie 999."
    languages = {code for what, code in server.about if what == "short"}
    assert languages == {"", "es", "pt", "fr", "de", "ru", "ar", "hi", "tl"}
    assert server.refusals == []
    calls = server.calls.count("setMyDescription")
    bot = await run(handler, options, around=around)
    await server.until(lambda: server.calls.count("getMyCommands") == 16)
    await bot.leave()
    assert server.calls.count("setMyDescription") == calls


@pytest.mark.parametrize("number", ["112", ""])
def test_every_description_fits_and_names_every_command(number):
    """512 and 120 characters; the emergency number where it is known."""
    for about in menu.about(number):
        assert len(about.description) <= 512
        assert len(about.short) <= 120
        assert number in about.short
        assert "{" not in about.description + about.short
        assert [name for name, _ in about.commands] == [n for n, _ in menu.COMMANDS]
