"""Staff and the corpus, from a file to live answers: the whole program over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import date

import docx
import pytest

from backbot.bot.app import BotOptions, run_bot
from backbot.importing import apart
from backbot.settings import load_settings
from backbot.wiring import Program
from bot.bot_api_server import TOKEN
from importing.makers import column, pdf, word, zip_bomb
from small_corpus import HEAT

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("one_encoder")]
ADMIN, SECOND, STAFF, PATIENT = 71, 72, 81, 9
PILLOWS = [
    ("Title", "Pillows and your back"),
    ("Heading 1", "Which pillow helps the back?"),
    (
        "Normal",
        (
            "A firm pillow under the knees takes the load off the lower back while you lie on your "
            "back. People who sleep on their side put the pillow between their knees instead."
        ),
    ),
    ("Heading 1", "How often should you change a pillow?"),
    (
        "Normal",
        (
            "Change the pillow when it no longer springs back, which for most people is every two "
            "years. A flat pillow lets the neck sink and strains it during the night."
        ),
    ),
]


def pillows_pdf() -> bytes:
    """The same as a page of a PDF."""
    lines = [
        ("Pillows and your back", 20.0, 60.0, 760.0),
        *column(["Which pillow helps the back?"], size=15, top=720),
        *column(
            [
                "A firm pillow under the knees takes the load off the lower back while you lie",
                "on your back. People who sleep on their side put the pillow between their knees",
                "instead.",
            ],
            top=695,
        ),
        *column(["How often should you change a pillow?"], size=15, top=620),
        *column(
            [
                "Change the pillow when it no longer springs back, which for most people is",
                "every two years. A flat pillow lets the neck sink and strains it during the",
                "night.",
            ],
            top=595,
        ),
    ]
    return pdf([lines], title="Pillows and your back")


@pytest.fixture
def desk(clinic, monkeypatch):
    """The clinic's folder is the current one; two admins, one member of staff."""
    monkeypatch.setenv("BACKBOT_ADMIN_IDS", f"{ADMIN},{SECOND}")
    monkeypatch.setenv("BACKBOT_STAFF_IDS", str(STAFF))
    monkeypatch.setenv("BACKBOT_COUNTRY", "GB")
    return clinic


@asynccontextmanager
async def serving(server, program=None, **options):
    """The bot for a block; admins and staff have written to it before."""
    server.chats |= {ADMIN, SECOND, STAFF}
    program = program or Program(load_settings())
    stop = asyncio.Event()
    given = BotOptions(token=TOKEN, api_url=server.url, poll_timeout_s=2, **options)
    task = asyncio.create_task(run_bot(program.handler(), given, stop))
    try:
        yield program
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)
        await asyncio.to_thread(program.close)
    assert server.refusals == []


async def said(server, words, chat, timeout_s=30.0):
    """The newest message in a chat that holds those words, waited for."""

    def found():
        return [m for m in server.sent if m.chat_id == chat and words in m.text]

    try:
        await server.until(found, timeout_s)
    except TimeoutError:
        pytest.fail(f"no {words!r} in {server.texts(chat)}")
    return found()[-1]


async def sent(server, count, chat):
    """Everything in a chat, once so many messages are there; a busy machine takes its time."""
    await server.until(lambda: len(server.texts(chat)) >= count, 30)
    return [message for message in server.sent if message.chat_id == chat]


async def press(server, message, label, chat):
    """Somebody presses a button under a message."""
    await server.press(message.data(label), chat=chat, message_id=message.message_id)


async def preview_of(server, chat=STAFF):
    """Send the Word file; its preview."""
    await server.send_file("pillows.docx", word(PILLOWS), chat=chat)
    return await said(server, "Sample questions", chat)


# --------------------------------------------------------------------------- from PDF to live


async def test_a_pdf_goes_live_in_four_taps(server, desk):
    """Send, approve, nobody yet, publish: then a patient is answered from it, marked unreviewed."""
    async with serving(server) as program:
        await server.write("which pillow helps the back", chat=PATIENT)
        assert "firm pillow" not in (await sent(server, 1, chat=PATIENT))[0].text
        await server.send_file("pillows & <b>backs</b>.pdf", pillows_pdf(), chat=ADMIN)
        preview = await said(server, "Sample questions", ADMIN)
        assert preview.text.startswith("Pillows and your back\n")
        assert "✓ Which pillow helps the back?" in preview.text
        assert "reading age" in preview.text
        assert "not the clinical review" in preview.text
        assert not (desk / "corpus" / "pillows-and-your-back.md").exists()
        await press(server, preview, "Approve", ADMIN)
        asked = await said(server, "Who has reviewed", ADMIN)
        await press(server, asked, "Nobody yet", ADMIN)
        approved = await said(server, "is an article now", ADMIN)
        assert "Nobody has reviewed it yet" in approved.text
        built = await said(server, "Built, but not published", ADMIN)
        assert "New: pillows-and-your-back" in built.text
        news = await said(server, "has been approved", SECOND)
        assert "Publish" in news.labels()
        await server.write("which pillow helps the back", chat=PATIENT)
        assert "firm pillow" not in (await sent(server, 2, chat=PATIENT))[1].text
        await press(server, built, "Publish", ADMIN)
        await said(server, "Published generation", ADMIN)
        await asyncio.sleep(1.2)
        await server.write("which pillow helps the back", chat=PATIENT)
        answer = (await sent(server, 3, chat=PATIENT))[2]
        assert "A firm pillow under the knees takes the load off the lower back" in answer.text
        assert "not yet reviewed by a clinician" in answer.text
        # the second admin's button comes too late and says so
        await press(server, news, "Publish", SECOND)
        await said(server, "in service already", SECOND)
        log = [(e.who, e.action, e.subject) for e in program.records.audit_log()]
    assert (str(ADMIN), "approve", "pillows-and-your-back") in log
    assert [action for _, action, _ in log][:2] == ["publish", "rebuild"]


async def test_staff_see_their_commands_and_patients_do_not(server, desk):
    """In the menu of their own chat and under /help."""
    async with serving(server):
        await server.until(lambda: len(server.menus) == 3, 20)
        for chat in (PATIENT, STAFF, ADMIN):
            await server.write("/help", chat=chat)
        await said(server, "For admins", ADMIN)
        await said(server, "For staff", STAFF)
        await sent(server, 1, chat=PATIENT)
    assert "withdraw" in server.menus[ADMIN]
    assert "corpus" in server.menus[STAFF]
    assert "withdraw" not in server.menus[STAFF]
    assert "corpus" not in [command["command"] for command in server.commands]
    assert not any("For staff" in text for text in server.texts(PATIENT))
    assert not any("For admins" in text for text in server.texts(STAFF))


async def test_staff_may_approve_but_not_publish(server, desk):
    """The admins get the button; a publish with staff's id is refused and logged."""
    async with serving(server) as program:
        preview = await preview_of(server)
        await press(server, preview, "Approve", STAFF)
        await press(server, await said(server, "Who has", STAFF), "Nobody yet", STAFF)
        built = await said(server, "Not in service yet", STAFF)
        assert "Publish" not in built.labels()
        news = await said(server, "has been approved", ADMIN)
        before = program.store.current_id()
        await server.press(news.data("Publish"), chat=STAFF)
        await said(server, "only for the clinic's admins", STAFF)
        assert program.store.current_id() == before


async def test_a_reviewer_is_named_in_one_answer_that_is_still_triaged(server, desk):
    """A question is no name, a warning sign is answered as such, then a name is taken."""
    async with serving(server):
        preview = await preview_of(server)
        await press(server, preview, "Approve", STAFF)
        await said(server, "Who has reviewed", STAFF)
        await server.write("Should I use heat or ice?", chat=STAFF)
        await said(server, " pack ", STAFF)
        await server.write("Now I cannot pee and my legs are numb", chat=STAFF)
        await said(server, "🚨", STAFF)
        assert not (desk / "corpus" / "pillows-and-your-back.md").exists()
        await server.write("dr ann smith", chat=STAFF)
        await said(server, "did not take that for a reviewer's name", STAFF)
        await server.write("Dr Ann Smith, physiotherapist", chat=STAFF)
        approved = await said(server, "is an article now", STAFF)
        assert "Reviewed by Dr Ann Smith, physiotherapist" in approved.text
        assert "not the clinical review" not in approved.text
        await said(server, "Not in service yet", STAFF)
    text = (desk / "corpus" / "pillows-and-your-back.md").read_text("utf-8")
    assert "reviewed_by: Dr Ann Smith, physiotherapist" in text
    assert f"reviewed_on: {date.today().isoformat()}" in text  # noqa: DTZ011


# --------------------------------------------------------------------------- drafts


async def test_a_new_version_keeps_the_old_one_and_its_questions(server, desk):
    """Nearly the same name: staff choose; nothing of the old article is lost."""
    old = (desk / "corpus" / "desk.md").read_text("utf-8")
    fresh = [
        ("Title", "Sitting at a desk"),
        ("Heading 1", "How high should the chair be?"),
        ("Normal", "Set the chair so that the thighs slope down a little towards the knees. " * 3),
    ]
    async with serving(server):
        await server.send_file("desk.docx", word(fresh), chat=ADMIN)
        preview = await said(server, "A new version of “Sitting at a desk” (desk)?", ADMIN)
        assert "Approve" not in preview.labels()
        await press(server, preview, "Replace", ADMIN)
        await press(server, await said(server, "Who has", ADMIN), "Nobody yet", ADMIN)
        approved = await said(server, "is an article now", ADMIN)
        assert "corpus/.history" in approved.text
        built = await said(server, "Changed: desk", ADMIN)
        await press(server, built, "Answers that change", ADMIN)
        change = await said(server, "Answer 1 of", ADMIN)
        assert "How should I sit at my desk?" in change.text
        assert "feet stand flat" in change.text.split("Then")[0]
        assert "thighs slope" in change.text.split("Then")[1]
        if "After ▶" in change.labels():
            await press(server, change, "After", ADMIN)
            await server.until(lambda: change.edits, 20)
            assert change.text.startswith("Answer 2 of")
    text = (desk / "corpus" / "desk.md").read_text("utf-8")
    assert "How should I sit at my desk?" in text
    assert "How high should the chair be?" in text
    (kept,) = (desk / "corpus" / ".history").iterdir()
    assert kept.read_text("utf-8") == old


async def test_a_draft_goes_out_as_word_and_comes_back_as_the_same_draft(server, desk):
    """Title, text and sample questions are edited in Word; the old buttons are stale then."""
    async with serving(server):
        preview = await preview_of(server)
        await press(server, preview, "As .docx", STAFF)
        sent = await said(server, "Edit this in Word", STAFF)
        assert sent.file_name == "pillows-and-your-back.docx"
        (desk / "out.docx").write_bytes(sent.file)
        document = docx.Document(desk / "out.docx")
        for paragraph in document.paragraphs:
            if paragraph.text.startswith("A firm pillow"):
                paragraph.text = "A soft pillow under the knees rests the lower back at night."
            if paragraph.text == "Which pillow helps the back?" and "List" in paragraph.style.name:
                paragraph.text = "What pillow should I buy?"
        document.save(desk / "back.docx")
        await server.send_file("any name.docx", (desk / "back.docx").read_bytes(), chat=STAFF)
        await server.until(lambda: len([t for t in server.texts(STAFF) if "Sample" in t]) == 2, 20)
        again = await said(server, "Sample questions", STAFF)
        assert "What pillow should I buy?" in again.text
        await press(server, preview, "Approve", STAFF)
        await said(server, "has changed since", STAFF)
        assert [p.name for p in (desk / "drafts").glob("*.md")] == ["pillows-and-your-back.md"]
        text = (desk / "drafts" / "pillows-and-your-back.md").read_text("utf-8")
        assert "A soft pillow" in text
        assert "For the clinic only" not in text
        assert "How often should you change a pillow?" in text
        await press(server, again, "Discard", STAFF)
        await said(server, "is discarded", STAFF)
        assert not list((desk / "drafts").glob("*.md"))
        await press(server, again, "Approve", SECOND)
        await said(server, f"discarded already, by {STAFF}", SECOND)


async def test_what_was_left_out_is_listed_with_reasons(server, desk):
    """Counts in the preview, every line in a file."""
    page = (
        "<html><head><title>Pillows and your back</title></head><body><nav><a href=/a>Home</a>"
        "<a href=/b>Shop</a></nav><article><h1>Pillows and your back</h1>"
        + "".join(f"<p>{text}</p>" for style, text in PILLOWS if style == "Normal")
        + "<h2>Knee stretch</h2><img src='/img/step-1.jpg' alt='Knee stretch, step 1'>"
        "<p>Lie down and bring one knee to the chest, then let it go again slowly.</p>"
        "</article><footer>© 2024 Sleep Shop Ltd. All rights reserved.</footer></body></html>"
    )
    async with serving(server):
        await server.send_file("page.html", page.encode(), chat=STAFF)
        preview = await said(server, "Left out:", STAFF)
        assert "step-1.jpg (“Knee stretch, step 1”)" in preview.text
        await press(server, preview, "What was left out", STAFF)
        listed = await said(server, "Everything that was left out", STAFF)
    assert "All rights reserved" in listed.file.decode()
    number = re.search(r"Left out: (\d+) lines?", preview.text)
    assert number is not None
    assert len(listed.file.decode().splitlines()) == int(number[1]) + 1


@pytest.mark.parametrize(
    ("name", "data", "told_size", "words"),
    [
        ("big.pdf", b"%PDF-1.4", 20 * 2**20 + 1, "bigger than 20 MB"),
        ("liar.txt", b"a" * (20 * 2**20 + 1), 1000, "bigger than 20 MB"),
        ("liar.txt", b"a" * (20 * 2**20 + 1), None, "bigger than 20 MB"),
        ("bomb.docx", zip_bomb(), -1, "unpack to 300 MB"),
        ("noise.pdf", bytes(range(256)) * 40, -1, "damaged"),
        ("noise", bytes(range(256)) * 40, -1, "binary"),
        ("virus.exe", b"MZ", -1, "cannot read"),
        ("../../etc/passwd\u202e.txt", b"too short", -1, "passwd.txt was not imported"),
        ("empty.txt", b"  ", -1, "empty"),
    ],
)
async def test_bad_files_are_refused_and_nothing_is_written(  # noqa: PLR0917
    server, desk, name, data, told_size, words
):
    """A clear sentence each time, no draft, and the bot goes on."""
    async with serving(server):
        await server.send_file(name, data, chat=STAFF, told_size=told_size)
        refused = await said(server, words, STAFF)
        await server.write("hello", chat=STAFF)
        await said(server, "Hello!", STAFF)
    assert ".." not in refused.text
    assert not list((desk / "drafts").glob("*.md"))


async def test_a_download_that_fails_is_told(server, desk):
    """Telegram has lost the file."""
    async with serving(server):
        server.fault("download", times=9)
        await server.send_file("pillows.docx", word(PILLOWS), chat=STAFF)
        await said(server, "could not fetch “pillows.docx”", STAFF)


@pytest.mark.parametrize("method", ["download", "getfile"])
async def test_a_download_that_fails_once_is_tried_again(server, desk, method):
    """Nobody has to send a file twice because a connection broke off."""
    async with serving(server):
        server.fault(method)
        await server.send_file("pillows.docx", word(PILLOWS), chat=STAFF)
        await said(server, "Sample questions", STAFF)
    assert not any("could not fetch" in text for text in server.texts(STAFF))


async def test_a_warning_sign_beside_a_file_comes_first(server, desk):
    """A caption is triaged as anybody's words; then the file is read."""
    async with serving(server):
        await server.send_file(
            "pillows.docx", word(PILLOWS), chat=STAFF, caption="i cannot pee and my back hurts"
        )
        await said(server, "Sample questions", STAFF)
    assert server.texts(STAFF)[0].startswith("🚨")


async def test_files_of_patients_are_not_imported(server, desk):
    """They get the kind sentence; nothing is fetched."""
    async with serving(server):
        await server.send_file("pillows.docx", word(PILLOWS), chat=PATIENT)
        await sent(server, 1, chat=PATIENT)
    assert server.downloads == []
    assert not (desk / "drafts").exists()


@pytest.mark.parametrize(
    "data",
    ["s:d:ok:", "s:d:ok:ffffffffffffffff", "s:d:zz:1", "s:b:pub:../../x", "s:b:a:x:9", "s:", "s:c:x",
     "s:u:99999999999", "s:x:abc:0", "s:b:yes:20200101T000000000Z-00000000", "s:d:n01:zz"],
)  # fmt: skip
async def test_forged_and_stale_buttons_change_nothing(server, desk, data):
    """A plain sentence, from staff and from admins; a patient is refused."""
    async with serving(server) as program:
        before = program.store.current_id()
        await server.press(data, chat=ADMIN)
        await sent(server, 1, chat=ADMIN)
        await server.press(data, chat=PATIENT)
        assert "only for the clinic's" in (await sent(server, 1, chat=PATIENT))[0].text
        assert program.store.current_id() == before
        # the button of a message that is not there: the list is then sent anew
        assert set(server.refusals) <= {"Bad Request: message to edit not found"}
        server.refusals.clear()
    assert len(list((desk / "corpus").glob("*.md"))) == 3


async def test_two_admins_approve_at_once_and_one_does(server, desk):
    """Exactly one approval; the other is told who was quicker."""
    async with serving(server) as program:
        preview = await preview_of(server, ADMIN)
        for admin in (ADMIN, SECOND):
            await server.press(preview.data("Approve"), chat=admin)
        data = (await said(server, "Who has", ADMIN)).data("Nobody yet")
        await asyncio.gather(*(server.press(data, chat=admin) for admin in (ADMIN, SECOND)))
        done = await asyncio.wait_for(_approvals(server), 20)
        assert len(done) == 1
        loser = SECOND if done == [ADMIN] else ADMIN
        await said(server, f"approved already, by {done[0]}", loser)
        await said(server, "Built, but", done[0])
        approvals = [e for e in program.records.audit_log() if e.action == "approve"]
        assert len(approvals) == 1


async def _approvals(server):
    while True:
        told = [m.chat_id for m in server.sent if "is an article now" in m.text]
        late = [m for m in server.sent if "approved already" in m.text]
        if told and late:
            return told
        await asyncio.sleep(0.05)


# --------------------------------------------------------------------------- building


def break_question(clinic):
    """The article no longer holds what its sample question asks for, and three others do."""
    front, mark, body = HEAT.partition("# Heat and cold\n")
    (clinic / "corpus" / "heat-and-cold.md").write_text(f"{front}Carrots are orange.\n", "utf-8")
    for slug in ("warmth", "ice", "packs"):
        text = front.replace("slug: heat-and-cold", f"slug: {slug}") + mark + body
        text = text.replace("A warm pack", "A heat pack")
        (clinic / "corpus" / f"{slug}.md").write_text(text, "utf-8")


async def test_a_build_that_breaks_a_question_needs_a_second_look(server, desk):
    """Strict by default: nothing is published until an admin confirms it."""
    async with serving(server) as program:
        before = program.store.current_id()
        break_question(desk)
        await server.write("/rebuild", chat=ADMIN)
        built = await said(server, "Not published, because", ADMIN)
        assert "the button below" in built.text
        assert program.store.current_id() == before
        await press(server, built, "Publish anyway", ADMIN)
        sure = await said(server, "Publish all the same?", ADMIN)
        assert program.store.current_id() == before
        await press(server, sure, "No", ADMIN)
        await said(server, "Not published. What is in service", ADMIN)
        await press(server, built, "Publish anyway", ADMIN)
        sure = await said(server, "Publish all the same?", ADMIN)
        await press(server, sure, "Yes", ADMIN)
        await said(server, "Published generation", ADMIN)
        assert program.store.current_id() != before
        await server.write("/rollback", chat=ADMIN)
        await said(server, f"Back to generation {before}", ADMIN)
        await server.write("/status", chat=ADMIN)
        status = await said(server, "Drafts waiting: 0.", ADMIN)
    assert f"Serving generation {before}" in status.text
    assert f"rollback {before} by {ADMIN}" in status.text


async def test_a_publish_is_refused_where_the_articles_have_changed_since(server, desk):
    """Nobody has seen what would go live."""
    async with serving(server) as program:
        preview = await preview_of(server, ADMIN)
        await press(server, preview, "Approve", ADMIN)
        await press(server, await said(server, "Who has", ADMIN), "Nobody yet", ADMIN)
        built = await said(server, "Built, but", ADMIN)
        before = program.store.current_id()
        article = desk / "corpus" / "desk.md"
        article.write_text(article.read_text("utf-8") + "\nStand up now and then.\n", "utf-8")
        await press(server, built, "Publish", ADMIN)
        refused = await said(server, "articles have changed", ADMIN)
        assert program.store.current_id() == before
    assert "/publish failed" in refused.text


# --------------------------------------------------------------------------- withdrawing


async def test_a_withdrawn_article_is_in_no_answer_here_and_elsewhere(server, desk):
    """At once in this process, within five seconds in others; after a restart; until restored."""
    asked = "should i use heat or ice on my back"
    async with serving(server):
        await server.write(asked, chat=PATIENT)
        first = (await sent(server, 1, chat=PATIENT))[0]
        assert " pack " in first.text
        await server.write("/withdraw heat-and-cold", chat=STAFF)
        await said(server, "/withdraw is only for the clinic's admins", STAFF)
        await server.write("/withdraw heat", chat=ADMIN)
        await said(server, "Did you mean “heat-and-cold”?", ADMIN)
        await server.write("/withdraw sitting at desk", chat=ADMIN)
        await said(server, "Did you mean “desk”?", ADMIN)
        await server.write("/withdraw heat-and-cold", chat=ADMIN)
        await said(server, "is withdrawn: within five seconds", ADMIN)
        started = time.monotonic()
        for label in ("More",) if "More" in first.labels() else ():
            await press(server, first, label, PATIENT)
            await said(server, "taken that article out", PATIENT)
        await server.write(asked, chat=PATIENT)
        second = await said(server, "nothing on that", PATIENT)
        assert "Heat and cold" not in second.text
        assert not any("ice" in label for label in second.labels())
        for command in ("/topics", "/sources"):
            await server.write(command, chat=PATIENT)
        sources = await said(server, "Sitting at a desk", PATIENT)
        assert "Heat and cold" not in sources.text
        assert " pack " not in await asyncio.to_thread(_ask, asked)
        assert time.monotonic() - started < 20
        (desk / "drafts").mkdir(exist_ok=True)
        (desk / "drafts" / "page.html").write_text("<p>Pillows</p>")
        await server.write("/corpus", chat=STAFF)
        listed = await said(server, "3 articles", STAFF)
        assert "WITHDRAWN" in listed.text
        assert "no drafts that I can read: page.html." in listed.text
    async with serving(server) as program:
        await server.write(f"{asked} please", chat=PATIENT)
        third = await said(server, "nothing on that", PATIENT)
        assert " pack " not in third.text
        await server.write("/restore heat-and-cold", chat=ADMIN)
        await said(server, "may be quoted again", ADMIN)
        await server.write(f"tell me {asked}", chat=PATIENT)
        await said(server, " pack ", PATIENT)
        log = [(e.who, e.action, e.subject) for e in program.records.audit_log()]
    assert log[:2] == [
        (str(ADMIN), "restore", "heat-and-cold"),
        (str(ADMIN), "withdraw", "heat-and-cold"),
    ]


def _ask(text):
    done = subprocess.run(
        [sys.executable, "-m", "backbot", "ask", text],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


async def test_another_running_bot_notices_within_five_seconds(server, desk):
    """Two programs over one database, neither restarted."""
    other = Program(load_settings())
    other.handler()
    async with serving(server):
        assert "heat-and-cold" not in other.withdrawn()
        await server.write("/withdraw heat-and-cold", chat=ADMIN)
        await said(server, "is withdrawn", ADMIN)
        deadline = time.monotonic() + 5
        while "heat-and-cold" not in other.withdrawn():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    await asyncio.to_thread(other.close)


async def test_withdrawn_survives_a_rollback(server, desk):
    """The older generation holds the article, and it stays out all the same."""
    article = desk / "corpus" / "desk.md"
    async with serving(server) as program:
        article.write_text(article.read_text("utf-8") + "\nStand up now and then.\n", "utf-8")
        await server.write("/rebuild", chat=ADMIN)
        await said(server, "Published generation", ADMIN)
        await server.write("/withdraw heat-and-cold", chat=ADMIN)
        await said(server, "is withdrawn", ADMIN)
        await server.write("/rollback", chat=ADMIN)
        await said(server, "Back to generation", ADMIN)
        await asyncio.sleep(1.2)
        await server.write("should i use heat or ice on my back", chat=PATIENT)
        answer = (await sent(server, 1, chat=PATIENT))[0]
        assert " pack " not in answer.text
        assert "heat-and-cold" in program.live.current().articles


# --------------------------------------------------------------------------- what was asked


async def test_questions_without_an_answer_are_grouped_and_taken_off(server, desk):
    """Most frequent first, scrubbed; done ones go; only with consent are they kept for long."""
    async with serving(server) as program:
        for chat, text in (
            (21, "can i fly with a bad back? call me on 07700 900123"),
            (22, "may I fly with my bad back"),
            (23, "is a bad back hereditary"),
        ):
            await server.write(text, chat=chat)
            (answer,) = await sent(server, 1, chat=chat)
            assert "nothing on that" in answer.text
        consent = server.sent[-1].data("staff may see")
        await server.press(consent, chat=21)
        await said(server, "no longer have that question", 21)
        await server.press(consent, chat=23)
        await said(server, "may now see that question", 23)
        await server.write("/unanswered", chat=STAFF)
        listed = await said(server, "the most frequent first", STAFF)
        assert "1. 2×" in listed.text
        assert "900123" not in listed.text
        assert "2. is a bad back hereditary" in listed.text
        assert sum(q.consented for q in program.records.unanswered()) == 1
        await press(server, listed, "Done: 1", STAFF)
        await server.until(lambda: listed.edits, 20)
        assert "fly" not in listed.text
        assert "hereditary" in listed.text
        await server.write("/mydata", chat=23)
        assert "staff: 1" in (await said(server, "What I keep", 23)).text
        await server.write("/forget", chat=23)
        await said(server, "deleted", 23)
        assert program.records.unanswered() == ()


async def test_buttons_and_counts_reach_the_stats(server, desk):
    """Answers, declines with their reason, warning signs, helpful and not; /try counts nothing."""
    async with serving(server) as program:
        await server.write("how should i sit at my desk", chat=PATIENT)
        answer = (await sent(server, 1, chat=PATIENT))[0]
        await press(server, answer, "Not helpful", PATIENT)
        thanks = await said(server, "Thank you for telling me", PATIENT)
        assert thanks.labels() == ["The clinic's staff may see this question"]
        assert [q.reason for q in program.records.unanswered()] == ["not helpful"]
        await server.write("how many ibuprofen can i take", chat=PATIENT)
        await said(server, "pharmacist", PATIENT)
        await server.write("my foot has gone numb", chat=PATIENT)
        warning = await said(server, "⚠️", PATIENT)
        await press(server, warning, "Not what I meant", PATIENT)
        await said(server, "noted that for the people", PATIENT)
        await server.write("/try now i cannot pee", chat=STAFF)
        tried = await said(server, "A dry run", STAFF)
        assert "Tier: emergency" in tried.text
        assert "🚨" in tried.text
        await server.write("how should i sit at my desk", chat=STAFF)
        await said(server, "feet stand flat", STAFF)
        await server.write("/stats", chat=STAFF)
        stats = await said(server, "Last 7 days", STAFF)
    week = stats.text.partition("Last 30 days")[0]
    assert "Questions: 4" in week
    assert "medicine 1" in week
    assert "nerve 1" in week
    assert "emergency" not in week
    assert "not helpful 1, misread 1" in week
    assert "Least helpful articles: desk 1" in week
    assert "Misread rules: N-NUM-01 1" in week


# --------------------------------------------------------------------------- overdue articles


async def test_overdue_articles_are_named_once_a_week_and_can_be_withheld(
    server, desk, monkeypatch
):
    """A restart does not repeat it; withheld, they are in no answer."""
    article = desk / "corpus" / "heat-and-cold.md"
    text = article.read_text("utf-8").replace("2999-01-01", "2026-02-01")
    article.write_text(text, "utf-8")
    monkeypatch.setenv("BACKBOT_OVERDUE", "withhold")
    program = Program(load_settings())
    program.rebuild()
    async with serving(server, program):
        told = await said(server, "Overdue for review", ADMIN)
        assert "Heat and cold (heat-and-cold): since 2026-02-01" in told.text
        assert "left out of every answer" in told.text
        await said(server, "Overdue for review", SECOND)
        await server.write("should i use heat or ice on my back", chat=PATIENT)
        assert " pack " not in (await sent(server, 1, chat=PATIENT))[0].text
    async with serving(server, remind_every_s=0.1):
        await asyncio.sleep(1.0)
    assert len([t for t in server.texts(ADMIN) if "Overdue" in t]) == 1
    monkeypatch.setenv("BACKBOT_OVERDUE", "mark")
    later = Program(load_settings())
    handler = later.handler()
    real = handler._clock
    handler._clock = lambda: real() + 8 * 86400
    assert len(list(handler.reminders())) == 2
    with contextlib.suppress(Exception):
        later.close()
    async with serving(server):
        await server.write("should i use heat or ice on my back", chat=PATIENT)
        answer = await said(server, " pack ", PATIENT)
    assert "review overdue since 2026-02-01" in answer.text


async def test_a_file_made_to_hold_the_bot_up_holds_nobody_up(server, desk, monkeypatch):
    """A patient is answered while it is read; then it is stopped, refused, and nothing is left."""
    monkeypatch.setattr(apart, "LIMIT_S", 8.0)
    attributes = " ".join(f'a{n}="x"' for n in range(250_000))  # the parser compares them all
    async with serving(server):
        await server.send_file("page.html", f"<p {attributes}>words</p>".encode(), chat=STAFF)
        await said(server, "page.html", STAFF)
        await server.write("how should I sit at my desk", chat=PATIENT)
        answer = (await sent(server, 1, chat=PATIENT))[0]
        assert "feet stand flat on the floor" in answer.text
        assert not any("took longer" in text for text in server.texts(STAFF))
        await said(server, "took longer than 8 seconds and was stopped", STAFF)
    assert not list((desk / "drafts").glob("*"))
