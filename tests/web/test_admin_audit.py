"""The page of the record: what an auditor finds, only of their agencies, and takes away; each look and each file is recorded."""

import re

import pytest

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import OPERATOR, Actor
from tests.audit.conftest import Ledger
from tests.spec import spec
from tests.web.admin_desk import AdminDesk
from tests.web.visitor import Visitor, token_of

AUDIT = "/admin/audit"


@pytest.fixture
def agencies(desk: AdminDesk) -> AdminDesk:
    """Events of two cities and of none; an auditor of one, one of all, a help desk, an admin of a unit."""
    unit = desk.unit("dinkes")
    siti = desk.person("siti", name="Siti Rahma", number="198609262011012003")
    dewi = desk.person("dewi", name="Dewi Lestari", government="12.72")
    desk.person("auditor", "auditor", name="Adi Auditor")
    desk.person("chief", ("auditor", None, None), name="Chandra Chief")
    desk.person("helper", "helpdesk")
    desk.person("uniter", ("government_admin", "12.71", unit))
    with desk.deps.database.unit() as session:
        log = AuditLog(AuditStore(session), desk.deps.clock)
        for place, person in (("12.71", siti), ("12.72", dewi)):
            log.record(Tag.FACTOR_REFUSE, Actor("person", person, ip="10.0.0.5"), subject=("person", person), government=place,
                       client_id="app-" + place, reason="wrong")  # fmt: skip
        log.record(Tag.KEYS_ROTATE, OPERATOR, subject=("key", "k1"))
    return desk


def numbers(text: str) -> list[str]:
    """The tags on a page."""
    return re.findall(r'<strong class="mono small">([^<]+)</strong>', text)


def test_an_auditor_of_one_agency_sees_its_events_and_no_others(agencies: AdminDesk) -> None:
    text = agencies.browser("auditor").get(AUDIT + "?kind=authn:factor:refuse").text
    assert numbers(text) == ["authn:factor:refuse"]
    assert "Siti Rahma" in text
    assert "app-12.72" not in text
    assert numbers(agencies.browser("auditor").get(AUDIT + "?kind=keys:signing_key:rotate").text) == []


def test_an_auditor_of_all_sees_all(agencies: AdminDesk) -> None:
    chief = agencies.browser("chief")
    assert numbers(chief.get(AUDIT + "?kind=authn:factor:refuse").text) == ["authn:factor:refuse"] * 2
    assert numbers(chief.get(AUDIT + "?kind=keys:signing_key:rotate").text) == ["keys:signing_key:rotate"]
    assert numbers(chief.get(AUDIT + "?kind=authn:factor:refuse&government=12.72").text) == ["authn:factor:refuse"]


@spec("ASVS", "8.4.1")
@pytest.mark.parametrize("path", [AUDIT, AUDIT + "/export"])
def test_another_agency_is_not_there_and_asking_for_it_is_recorded(agencies: AdminDesk, path: str) -> None:
    assert agencies.browser("auditor").get(f"{path}?government=12.72").status_code == 404
    assert [one["government"] for one in agencies.events("administration:request:refuse")] == ["12.72"]


def test_who_may_not_read_the_record_does_not(agencies: AdminDesk) -> None:
    assert agencies.browser("helper").get(AUDIT).status_code == 403
    text = agencies.browser("uniter").get(AUDIT).text
    assert numbers(text) == []
    assert 'class="notice"' in text
    assert agencies.events("audit:record:read") == []
    assert "<form method=\"post\" class" not in agencies.browser("uniter").get(AUDIT + "/export").text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("who=siti", 1), ("who=198609262011012003", 1), ("who=dewi", 0), ("who=nobody-at-all", 0), ("client=app-12.71", 1),
        ("client=app-12.72", 0), ("kind=security", 1), ("kind=operation", 0), ("kind=nonsense", 1), ("from=2027-03-15&to=2027-03-15", 1),
        ("from=2027-03-16", 0), ("to=2027-03-14", 0), ("from=yesterday&to=0000-00-00", 1), ("from=9999-12-31", 0), ("to=9999-12-31", 1),
        ("before=1", 0), ("before=x", 1), ("who=" + "x" * 500, 0), ("from=0001-01-01", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_filter_narrows_and_nonsense_breaks_nothing(agencies: AdminDesk, query: str, count: int) -> None:
    answer = agencies.browser("auditor").get(f"{AUDIT}?{query}")
    assert answer.status_code == 200
    assert numbers(answer.text).count("authn:factor:refuse") == count


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_zero_character_is_refused_in_words(agencies: AdminDesk) -> None:
    answer = agencies.browser("auditor").get(f"{AUDIT}?who=%00")
    assert answer.status_code == 400
    assert "incident" in answer.text


@spec("PP 71/2019", "22")
def test_each_look_is_recorded_with_what_was_looked_for(agencies: AdminDesk) -> None:
    agencies.browser("auditor").get(f"{AUDIT}?who=siti")
    (look,) = agencies.events("audit:record:read")
    assert (look["government"], look["person"] is not None) == ("12.71", True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_pages_go_on_where_the_last_ended(agencies: AdminDesk) -> None:
    with agencies.deps.database.unit() as session:
        log = AuditLog(AuditStore(session), agencies.deps.clock)
        for _ in range(60):
            log.record(Tag.ROLE_GRANT, OPERATOR, government="12.71")
    browser = agencies.browser("auditor")
    text = browser.get(f"{AUDIT}?kind=directory:role:grant").text
    assert len(numbers(text)) == 50
    following = re.search(r'id="next" href="([^"]+)"', text)
    assert following is not None
    assert "kind=directory" in following[1]
    assert 10 <= len(numbers(browser.get(following[1].replace("&amp;", "&")).text)) < 50


def test_the_state_of_the_proof_stands_on_top(agencies: AdminDesk) -> None:
    ledger, browser = Ledger(agencies.deps), agencies.browser("chief")
    assert _notices(browser) == []
    ledger.seal()
    ledger.sign()
    assert _notices(browser) == []
    ledger.write(1, "12.72")
    ledger.seal()
    with ledger.hostile() as do:
        do(f"UPDATE audit_events SET ip = '1.1.1.1' WHERE id = {ledger.numbers('12.72')[-1]}")
    ledger.write(1, "12.72")
    agencies.deps.clock.advance(seconds=20 * 60)  # type: ignore[attr-defined]
    assert _notices(browser) == ["warn"]
    ledger.seal()
    ledger.sign()
    assert _notices(browser) == ["bad"]


def _notices(browser: Visitor) -> list[str]:
    return re.findall(r'class="notice (\w+)"', browser.get(AUDIT).text)


@pytest.mark.parametrize("style", ["jsonl", "csv", "syslog"])
def test_events_are_taken_away_after_a_fresh_proof_only(agencies: AdminDesk, style: str) -> None:
    browser = agencies.browser("auditor")
    path = f"{AUDIT}/export?kind=authn:factor:refuse"
    token = token_of(browser.get(path))
    answer = browser.send(path, token, style=style)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-12.71-')
    lines = answer.data.splitlines(keepends=True)
    assert b"authn:factor:refuse" in answer.data
    assert b"app-12.72" not in answer.data
    if style == "jsonl":
        verdicts = Ledger(agencies.deps).check(lines)
        assert not [one for verdict in verdicts for one in verdict.findings]
        assert [verdict.chain for verdict in verdicts] == ["12.71"]
    (event,) = agencies.events("audit:record:export")
    assert (event["style"], event["government"]) == (style, "12.71")
    agencies.deps.clock.advance(seconds=6 * 60)  # type: ignore[attr-defined]
    assert browser.get(path).status_code == 303
    assert browser.send(path, token, style=style).status_code == 403
    assert len(agencies.events("audit:record:export")) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_form_of_file_that_does_not_exist_is_refused_and_nothing_recorded(agencies: AdminDesk) -> None:
    browser = agencies.browser("auditor")
    assert browser.post(f"{AUDIT}/export", style="exe").status_code == 400
    assert agencies.events("audit:record:export") == []
