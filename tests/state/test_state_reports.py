"""Reports that staff are owed."""

from __future__ import annotations

from backbot.state.reports import DatabaseReports, OwedReport


def test_a_report_is_owed_until_it_is_told_whatever_restarts(opened):
    """Another process sees it; once told it is gone for good, and telling twice does no harm."""
    first = DatabaseReports(opened(), clock=lambda: 100.0)
    number = first.owe(7, "rebuild", "G1")
    second = first.owe(8, "rollback", "")
    later = DatabaseReports(opened())
    assert later.owed() == (
        OwedReport(number, 7, "rebuild", "G1", 100.0),
        OwedReport(second, 8, "rollback", "", 100.0),
    )
    later.told(number)
    later.told(number)
    assert [each.chat for each in first.owed()] == [8]
