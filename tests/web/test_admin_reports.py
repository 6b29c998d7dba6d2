"""Figures over time: each event counted once, by the day of the province, for whose eyes they are, and quickly."""

import re
from datetime import date

import pytest

from idp.administration.reports.gathering import Gathering
from idp.administration.reports.measures import MEASURES
from idp.administration.reports.reading import Reports, month_of
from idp.administration.reports.store import ReportStore
from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import OPERATOR
from tests.web.admin_desk import AdminDesk

REPORTS = "/admin/reports"


@pytest.fixture
def busy(desk: AdminDesk) -> AdminDesk:
    """Two cities with people, factors and events; an auditor of one, one of all, a help desk, an admin of a unit."""
    unit = desk.unit("dinkes")
    desk.person("siti", factor=True, unit=unit)
    desk.person("budi", unit=unit)
    desk.person("dewi", government="12.72")
    desk.person("gone", status="disabled")
    desk.person("auditor", "auditor")
    desk.person("chief", ("auditor", None, None), government="12")
    desk.person("helper", "helpdesk")
    desk.person("uniter", ("government_admin", "12.71", unit))
    record(desk, Tag.CODE_ISSUE, 3, client_id="e-kinerja")
    record(desk, Tag.CODE_ISSUE, 2, government="12.72", client_id="e-office")
    record(desk, Tag.CODE_REFUSE, 1, client_id="e-kinerja")
    record(desk, Tag.SIGN_IN_REFUSE, 4)
    return desk


def record(desk: AdminDesk, tag: Tag, count: int, government: str | None = "12.71", client_id: str | None = None) -> None:
    with desk.deps.database.unit() as session:
        log = AuditLog(AuditStore(session), desk.deps.clock)
        for _ in range(count):
            log.record(tag, OPERATOR, government=government, client_id=client_id)


def gather(desk: AdminDesk) -> int:
    desk.deps.clock.advance(seconds=120)  # type: ignore[attr-defined]
    return Gathering(desk.deps.database, desk.deps.clock).round()


def totals(desk: AdminDesk, *governments: str, first: date = date(2027, 3, 1), last: date = date(2027, 3, 31)) -> dict[str, int]:
    with desk.deps.database.unit(read_only=True) as session:
        return Reports(ReportStore(session)).period(governments or None, first, last).totals


def test_each_event_is_counted_once(busy: AdminDesk) -> None:
    assert gather(busy) > 10
    assert gather(busy) == 0
    record(busy, Tag.SIGN_IN_REFUSE, 2)
    assert gather(busy) == 2
    found = totals(busy)
    assert (found["uses"], found["errors"], found["refusals"]) == (5, 1, 6)
    assert totals(busy, "12.72")["uses"] == 2
    assert totals(busy, first=date(2027, 4, 1), last=date(2027, 4, 2))["uses"] == 0


def test_a_day_is_one_of_the_province(busy: AdminDesk) -> None:
    """18:30 UTC is half past one of the next day there."""
    busy.deps.clock.advance(seconds=16 * 3600)  # type: ignore[attr-defined]
    record(busy, Tag.PERSON_DISABLE, 1)
    gather(busy)
    assert totals(busy, first=date(2027, 3, 16), last=date(2027, 3, 16))["disabled"] == 1


def test_second_factors_are_counted_by_agency_and_unit(busy: AdminDesk) -> None:
    gather(busy)
    with busy.deps.database.unit(read_only=True) as session:
        report = Reports(ReportStore(session)).period(("12.71",), date(2027, 3, 1), date(2027, 3, 31))
    (medan,) = report.coverage
    assert (medan.people, medan.with_factor, medan.apps, medan.passkeys) == (5, 4, 4, 0)
    assert [(name, one.people, one.with_factor) for name, one in report.units] == [("Dinkes", 2, 1)]


def test_the_page_shows_ones_part(busy: AdminDesk) -> None:
    gather(busy)
    text = busy.browser("auditor").get(REPORTS).text
    assert "e-kinerja" in text
    assert "e-office" not in text
    assert "e-office" in busy.browser("chief").get(REPORTS).text
    assert "e-kinerja" not in busy.browser("chief").get(REPORTS + "?government=12.72").text
    assert text.count("<svg") >= 4
    assert "style=" not in text


@pytest.mark.parametrize("path", [REPORTS, REPORTS + "/month"])
def test_another_agency_is_not_there(busy: AdminDesk, path: str) -> None:
    assert busy.browser("auditor").get(f"{path}?government=12.72").status_code == 404
    assert busy.browser("helper").get(path).status_code == 403
    assert "e-kinerja" not in busy.browser("uniter").get(path).text


def test_a_report_of_a_month_is_printed_and_its_reading_recorded(busy: AdminDesk) -> None:
    gather(busy)
    text = busy.browser("auditor").get(REPORTS + "/month?month=2027-03").text
    assert re.search(r"e-kinerja</th><td[^>]*>3</td><td[^>]*>1<", text)
    assert [one["month"] for one in busy.events("audit:report:read")] == ["2027-03"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("query", ["month=", "month=x", "month=2027-13", "month=0000-01", "month=9999-12", "government=%00"])
def test_nonsense_breaks_nothing(busy: AdminDesk, query: str) -> None:
    expected = (400,) if "%00" in query else (200, 404)
    assert busy.browser("auditor").get(f"{REPORTS}/month?{query}").status_code in expected


def test_a_month_is_the_last_complete_one_when_none_is_named() -> None:
    assert month_of("", date(2027, 3, 15)) == (date(2027, 2, 1), date(2027, 2, 28))
    assert month_of("2027-04", date(2027, 3, 15)) == (date(2027, 4, 1), date(2027, 4, 30))


def test_nothing_is_counted_twice_under_two_names() -> None:
    tags = [tag for found in MEASURES.values() for tag in found]
    assert len(tags) == len(set(tags))
