"""A clinic's own file: in force when it can be read, never disarming anything when it cannot."""

from __future__ import annotations

import os

import pytest

from backbot.triage.clinic import ClinicFile
from backbot.triage.messages import MessageValues, render_message

GOOD = 'number = [{ country = "GB", name = "United Kingdom", number = "112", confidence = "A", checked = "" }]\n'


@pytest.fixture
def file(tmp_path):
    """A clinic's file that does not exist yet, and where its copy is kept."""
    return tmp_path / "clinic.toml", tmp_path / "var" / "kept.toml"


def test_a_good_file_is_in_force_and_kept(file):
    """Its number is given; a copy is there for worse days."""
    path, kept = file
    path.write_text(GOOD, "utf-8")
    clinic = ClinicFile(path, kept)
    assert clinic.wording().emergency_number("GB") == "112"
    assert clinic.error == ""
    assert kept.read_text("utf-8") == GOOD


def test_a_file_that_breaks_leaves_the_last_good_one_in_force(file):
    """In the running program, and after a restart through the kept copy."""
    path, kept = file
    path.write_text(GOOD, "utf-8")
    clinic = ClinicFile(path, kept)
    clinic.wording()
    path.write_text("number = [ nonsense", "utf-8")
    os.utime(path, ns=(1, 1))
    assert clinic.wording().emergency_number("GB") == "112"
    assert "clinic.toml" in clinic.error
    restarted = ClinicFile(path, kept)
    assert restarted.wording().emergency_number("GB") == "112"
    assert restarted.error


def test_a_file_that_never_was_good_leaves_the_packaged_wording(file):
    """No copy, no file: the packaged messages go out."""
    path, kept = file
    path.write_text('[[message]]\nid = "X"\n', "utf-8")
    clinic = ClinicFile(path, kept)
    assert clinic.wording() is None
    assert clinic.error
    text = render_message("emergency", MessageValues(country="GB"), wording=clinic.wording())
    assert "999" in text


def test_a_mended_file_comes_into_force_without_a_restart(file):
    """The next message sees it."""
    path, kept = file
    path.write_text("nonsense = 1", "utf-8")
    clinic = ClinicFile(path, kept)
    assert clinic.wording() is None
    path.write_text(GOOD, "utf-8")
    assert clinic.wording().emergency_number("GB") == "112"
    assert clinic.error == ""


def test_a_vanished_file_is_named_and_the_copy_serves(file):
    """Deleting the file by mistake changes nothing that is sent."""
    path, kept = file
    path.write_text(GOOD, "utf-8")
    ClinicFile(path, kept).wording()
    path.unlink()
    clinic = ClinicFile(path, kept)
    assert clinic.wording().emergency_number("GB") == "112"
    assert clinic.error


def test_no_file_means_the_packaged_wording_and_no_error(tmp_path):
    """Most clinics start so."""
    clinic = ClinicFile(None, tmp_path / "kept.toml")
    assert clinic.wording() is None
    assert clinic.error == ""


def test_an_emptied_file_takes_nothing_away(file):
    """What an editor leaves where the disk is full is no wish of the clinic's."""
    path, kept = file
    path.write_text(GOOD, "utf-8")
    clinic = ClinicFile(path, kept)
    clinic.wording()
    path.write_text("", "utf-8")
    assert clinic.wording().emergency_number("GB") == "112"
    assert clinic.error == "clinic.toml: is empty."
    assert kept.read_text("utf-8") == GOOD


def test_a_pipe_is_not_waited_for(file):
    """Else nobody would get a warning any more."""
    path, kept = file
    os.mkfifo(path)
    clinic = ClinicFile(path, kept)
    assert clinic.wording() is None
    assert clinic.error == "clinic.toml: is no ordinary file."


def test_a_byte_order_mark_is_no_fault(file):
    """Notepad writes one."""
    path, kept = file
    path.write_text(GOOD, "utf-8-sig")
    clinic = ClinicFile(path, kept)
    assert clinic.wording().emergency_number("GB") == "112"
    assert clinic.error == ""
