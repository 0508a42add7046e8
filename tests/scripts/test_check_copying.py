"""The copying check finds borrowed sentences and lets names and figures pass."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_copying.py"

SOURCE = (
    "Gardeners who kneel all day often wake up with a sore lower back. "
    "According to the Annals of Garden and Allotment Medicine, 31 of 40 were sore in 2016. "
    "Don’t dig in a fight-or-flight mood, whatever the weather."
)

ARTICLE = """---
title: Digging and the back
slug: digging
sources:
  - title: Gardeners who kneel all day often wake up sore
    file: garden.txt
tags: [garden]
---
{body}
"""


def load_script():
    """The script as a module: scripts/ is no package."""
    spec = importlib.util.spec_from_file_location("check_copying", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


check_copying = load_script()


@pytest.fixture
def folders(tmp_path):
    """A folder with one source page and an empty corpus folder."""
    sources, corpus = tmp_path / "pages", tmp_path / "corpus"
    sources.mkdir()
    corpus.mkdir()
    (sources / "garden.txt").write_text(SOURCE, encoding="utf-8")
    return sources, corpus


def write_article(corpus, body, name="digging.md"):
    """One article with that body."""
    (corpus / name).write_text(ARTICLE.format(body=body), encoding="utf-8")


def run(folders, *options):
    """The exit status of the check on these folders."""
    return check_copying.main([str(folder) for folder in folders] + list(options))


def test_six_words_in_a_row_are_reported(folders, capsys):
    """A run one word over the limit is printed with file, line, source and words."""
    write_article(folders[1], "In spring,\nmany often wake up with a sore neck.")
    assert run(folders) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert 'digging.md:10: 6 words of garden.txt: "often wake up with a sore"' in line


def test_five_words_in_a_row_pass(folders, capsys):
    """The limit itself is allowed."""
    write_article(folders[1], "Some wake up with a sore neck.")
    assert run(folders) == 0
    assert capsys.readouterr().out == ""


def test_case_punctuation_and_hyphens_hide_nothing(folders):
    """Words are compared lower-cased, without apostrophes, parted at hyphens."""
    write_article(folders[1], "dont DIG (in a fight or flight) state")
    assert run(folders) == 1


def test_a_longer_run_is_reported_once_and_whole(folders, capsys):
    """The runs inside a run are not listed beside it."""
    write_article(folders[1], "Gardeners who kneel all day often wake up with a sore lower back.")
    assert run(folders) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert "13 words" in line


def test_names_and_figures_pass(folders):
    """A journal's name with a year is no copied sentence."""
    write_article(folders[1], "See the Annals of Garden and Allotment Medicine.")
    assert run(folders) == 0


def test_a_name_with_a_copied_sentence_is_reported(folders):
    """A name does not cover the ordinary words after it."""
    write_article(folders[1], "The Annals of Garden and Allotment Medicine, 31 of 40 were sore.")
    assert run(folders) == 1


def test_capitals_do_not_turn_a_sentence_into_a_name(folders):
    """A name must be one in the source too."""
    write_article(folders[1], "Who Kneel All Day Often Wake")
    assert run(folders) == 1


def test_source_titles_in_the_front_matter_pass(folders):
    """The block that names the sources is not compared, the rest of the front matter is."""
    write_article(folders[1], "Own words only.")
    assert run(folders) == 0
    path = folders[1] / "digging.md"
    copied = "title: Who kneel all day often wake up"
    path.write_text(path.read_text().replace("title: Digging and the back", copied))
    assert run(folders) == 1


def test_allowed_phrases_pass(folders, tmp_path):
    """A phrase of the allow file may be repeated; anything longer may not."""
    allow = tmp_path / "allow.txt"
    allow.write_text("# agreed with the publisher\nwake up with a sore lower back\n")
    write_article(folders[1], "Some wake up with a sore lower back.")
    assert run(folders) == 1
    assert run(folders, "--allow", str(allow)) == 0
    write_article(folders[1], "Some often wake up with a sore lower back.")
    assert run(folders, "--allow", str(allow)) == 1


def test_the_limit_can_be_set(folders):
    """--max-words moves the limit."""
    write_article(folders[1], "Some wake up with a sore neck.")
    assert run(folders, "--max-words", "4") == 1


def test_the_readme_is_no_article(folders):
    """Only articles are compared."""
    write_article(folders[1], "Own words only.")
    (folders[1] / "README.md").write_text(SOURCE)
    assert run(folders) == 0


def test_empty_folders_are_wrong_usage(folders, capsys):
    """Nothing to compare is never reported as clean."""
    with pytest.raises(SystemExit) as stop:
        run(folders)
    assert stop.value.code == 2
    assert "holds nothing to compare" in capsys.readouterr().err


def test_it_runs_as_a_script(folders):
    """The command line gives the exit status and needs nothing but Python."""
    write_article(folders[1], "All day often wake up with cramp; often wake up with a sore back.")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, folders)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "1 articles against 1 sources" in done.stderr
