"""What CI runs first: PostgreSQL is installed where it is missing, and its absence stops nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / ".ci" / "run"

pytestmark = pytest.mark.skipif(not RUN.exists(), reason="not packed with the sources")


@pytest.fixture
def ci(tmp_path):
    """Run a copy of it where nothing is installed but what the test puts there."""
    folder = tmp_path / "clone" / ".ci"
    folder.mkdir(parents=True)
    # the server of this machine must not be seen, and its packages not be touched
    text = RUN.read_text().replace("/usr/lib/postgresql", f"{tmp_path}/lib")
    text = text.replace("/etc/postgresql-common", f"{tmp_path}/etc")
    (folder / "run").write_text(text)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "ls", "mkdir"):
        (programs / name).symlink_to(shutil.which(name))

    def put(name: str, body: str) -> None:
        file = programs / name
        file.write_text(f"#!{programs}/bash\n{body}\n")
        file.chmod(0o755)

    put("make", 'echo "make $*"')

    def run(*, uid: int = 0, apt: str = "", **environment: str) -> tuple[list[str], list[str]]:
        put("id", f"echo {uid}")
        if apt:
            put("apt-get", f'echo "$*" >>{tmp_path}/asked; {apt}')
        done = subprocess.run(
            [programs / "bash", folder / "run"],
            env={"PATH": str(programs), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "make test\n"), done.stderr
        asked = tmp_path / "asked"
        return done.stderr.splitlines(), asked.read_text().splitlines() if asked.exists() else []

    run.put, run.lib = put, tmp_path / "lib"
    return run


def test_a_missing_server_is_installed_as_root_in_ci(ci):
    """Quietly, from the distribution's own packages."""
    server = ci.lib / "15" / "bin"
    said, asked = ci(
        CI="true", apt=f'case "$*" in *install*) mkdir -p {server}; : >{server}/postgres; esac'
    )
    assert said == ["backbot: installing PostgreSQL for the tests"]
    assert [line.split()[-1] for line in asked] == ["update", "postgresql"]
    assert "--no-install-recommends" in asked[1]


@pytest.mark.parametrize("failing", ["exit 100", ": nothing is installed"])
def test_a_server_that_cannot_be_installed_stops_nothing(ci, failing):
    """The tests run all the same, and a line says what is left out."""
    said, asked = ci(CI="true", apt=failing)
    assert asked
    assert said[-1].endswith("its half of the tests is left out")


def test_without_the_right_to_install_it_is_told(ci):
    """No root, or no such program."""
    for said, asked in (ci(CI="true", uid=1000, apt="exit 1"), ci(CI="true", uid=1000)):
        assert asked == []
        assert len(said) == 1
        assert "left out" in said[0]


def test_outside_of_ci_nothing_is_installed(ci):
    """A developer's machine is theirs; the skipped tests say what to install."""
    assert ci(apt="exit 1") == ([], [])
    assert ci(CI="false", apt="exit 1") == ([], [])


def test_a_server_that_is_there_is_left_alone(ci):
    """Wherever it is."""
    ci.put("postgres", ":")
    assert ci(CI="true", apt="exit 1") == ([], [])
