"""Rules, exceptions and campaigns in the administration area: within one's part, tried out first, by two people where it weakens."""

import re
from typing import Any

import pytest

from idp.enforcement.models import FactorException, FactorRule
from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.spec import spec
from tests.web.admin_desk import AdminDesk
from tests.web.visitor import Visitor

RULE = {"subject": "government", "government": "12.71", "demand": "any", "role": "auditor", "status": "PNS"}


@pytest.fixture
def desk(desk: AdminDesk) -> AdminDesk:
    """An owner, two security administrators of Medan, one of Binjai, an auditor, and an employee."""
    desk.owner()
    for name, government in (("rina", "12.71"), ("budi", "12.71"), ("sari", "12.75")):
        desk.person(name, "security_admin", government=government)
    desk.person("adi", "auditor")
    desk.person("siti")
    return desk


def _rules(desk: AdminDesk) -> list[FactorRule]:
    with desk.deps.database.unit(read_only=True) as session:
        found = list(Services(desk.deps, session).enforcement.list())
        session.expunge_all()
        return found


@spec("issue 5", "1: pages to list, add and end rules")
def test_a_rule_is_tried_out_then_added_then_ended(desk: AdminDesk) -> None:
    rina = desk.browser("rina")
    tried = rina.post("/admin/rules/add", do="try", grace_days="7", **RULE)
    assert tried.status_code == 200 and 'id="forecast"' in tried.text and "Kota Medan" in tried.text
    assert _rules(desk) == []
    assert rina.post("/admin/rules/add", do="add", grace_days="7", **RULE).headers["Location"] == "/admin/rules"
    (rule,) = _rules(desk)
    assert (rule.subject, rule.value, rule.scope, rule.grace_days) == ("government", "12.71", "12.71", 7)
    assert "Kota Medan" in rina.get("/admin/rules").text
    assert rina.post(f"/admin/rules/{rule.id}/end").headers["Location"] == "/admin/rules"
    assert _rules(desk) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subject": "global"}, 400), ({"government": "12.75"}, 400), ({"demand": "none"}, 400), ({"demand": "much"}, 400),
        ({"application": "nothing"}, 400), ({"grace_days": "0"}, 400), ({"grace_sign_ins": "a"}, 400), ({"start": "soon"}, 400),
        ({"subject": "unit", "unit": "nowhere"}, 400), ({"subject": "person", "person": "nobody"}, 400),
        ({"subject": "person", "person": "sari"}, 404), ({"subject": "role"}, 400),
    ],
)  # fmt: skip
@spec("X5", "a rule beyond one's part")
def test_what_is_beyond_or_wrong_is_refused_and_changes_nothing(desk: AdminDesk, change: dict[str, str], said: int) -> None:
    answer = desk.browser("rina").post("/admin/rules/add", do="add", **(RULE | change))
    assert answer.status_code == said
    assert _rules(desk) == []


@spec("X4", "rules and campaigns of another government")
def test_nobody_ends_what_somebody_above_made_or_sees_what_is_elsewhere(desk: AdminDesk) -> None:
    owner, rina, sari, adi = (desk.browser(name) for name in ("owner", "rina", "sari", "adi"))
    owner.post("/admin/rules/add", do="add", **RULE)
    (rule,) = _rules(desk)
    assert rina.get(f"/admin/rules/{rule.id}/end").status_code == 403
    assert sari.get(f"/admin/rules/{rule.id}/end").status_code == 404
    assert "Kota Medan" not in sari.get("/admin/rules").text
    assert adi.get("/admin/rules").status_code == 200 and adi.get("/admin/rules/add").status_code == 403
    where = rina.post("/admin/campaigns/add", name="Medan", waves="7 1", per_hour="60", **RULE).headers["Location"]
    assert sari.get(where).status_code == 404 and sari.get(where + "/people.csv").status_code == 404
    assert adi.get(where).status_code == 200 and adi.get(where + "/start").status_code == 403


@spec("issue 5", "1: exceptions expire and name an approver")
def test_an_exception_takes_two_people(desk: AdminDesk, clock: Any) -> None:
    rina, budi, sari = (desk.browser(name) for name in ("rina", "budi", "sari"))
    rina.post("/admin/rules/add", do="add", **RULE)
    page = rina.get("/admin/rules/explain?person=siti")
    ask = re.search(r"/admin/people/\w+/exception", page.text)
    assert ask is not None and 'id="explained"' in page.text
    assert sari.get(ask[0]).status_code == 404
    assert "explained" not in sari.get("/admin/rules/explain?person=siti").text
    late = {"rule": "", "until": "2028-01-01", "reason": "phone in repair"}
    assert rina.post(ask[0], **late).status_code == 400
    assert rina.post(ask[0], **(late | {"until": "2027-04-01"})).status_code == 303
    with desk.deps.database.unit(read_only=True) as session:
        (found,) = session.query(FactorException.id).all()
    path = f"/admin/rules/exceptions/{found.id}"
    assert rina.post(path, do="approve").status_code == 400
    assert _outcome(rina) == "must_enrol"
    assert budi.post(path, do="approve").status_code == 303
    assert _outcome(rina) == "free"
    assert rina.post(path, do="end").status_code == 303
    assert _outcome(rina) == "must_enrol"


def _outcome(browser: Visitor) -> str:
    deps = browser.client.application.deps  # type: ignore[attr-defined]
    with deps.database.unit(read_only=True) as session:
        services = Services(deps, session)
        return services.explaining.explain(services.people.need("siti")).outcome


@spec("issue 5", "2: a campaign from the dry run to its report")
def test_a_campaign_is_planned_looked_at_started_and_paused(desk: AdminDesk) -> None:
    rina = desk.browser("rina")
    where = rina.post("/admin/campaigns/add", name="Medan", start="2027-06-01", waves="30, 7", per_hour="60", **RULE).headers["Location"]
    assert "Kota Medan" in rina.get(where).text and _rules(desk) == []
    assert rina.post(f"{where}/start").headers["Location"] == where
    assert len(_rules(desk)) == 1
    listed = rina.get(f"{where}/people.csv?outcome=must_enrol")
    assert listed.mimetype == "text/csv" and [line.split(",")[0] for line in listed.text.splitlines()[1:]] == ["siti"]
    assert rina.post(f"{where}/pause").status_code == 303 and _rules(desk) == []
    assert rina.post(f"{where}/start").status_code == 400
    assert rina.post(f"{where}/resume").status_code == 303 and rina.post(f"{where}/end").status_code == 303
    assert rina.get(f"{where}/dance").status_code == 404


def test_words_of_a_rule_in_both_languages(desk: AdminDesk, deps: Deps) -> None:
    from idp.web.rule_names import namer
    from idp.web.rule_words import explanation, saying

    with deps.database.unit() as session:
        services = Services(deps, session)
        services.enforcement.set(OPERATOR, "government", "12.71", "totp", grace_days=3)
        services.enforcement.set(OPERATOR, "global", "", "any")
        found = services.explaining.explain(services.people.need("siti"))
        english = explanation(found, namer(services, "en"), saying("en"), "en")
        indonesian = explanation(found, namer(services, "id"), saying("id"), "id")
    assert english[0] == "Siti needs this to open the pages of this service: any second factor."
    assert english[1].startswith("Decisive: the rule for everybody demands any second factor since March")
    assert "In its grace until March 18, 2027: the rule for everybody of Kota Medan" in english[2]
    assert len(indonesian) == len(english) and all(one != other for one, other in zip(english, indonesian, strict=True))
