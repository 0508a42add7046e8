"""Scripts that write into the package do so only when they are told to, and whole."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WORDS = ROOT / "src" / "backbot" / "triage" / "rules" / "common_words.txt"


@pytest.mark.parametrize("words", [["--help"], [], ["no such file"]])
def test_the_list_of_common_words_outlives_wrong_usage(words):
    """Without it, the German "oder" is read as an overdose."""
    before = WORDS.read_bytes()
    script = ROOT / "scripts" / "make_common_words.py"
    done = subprocess.run([sys.executable, script, *words], capture_output=True, check=False)
    assert WORDS.read_bytes() == before
    assert (done.returncode == 0) == (words == ["--help"])
