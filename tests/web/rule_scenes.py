"""Scenes of rules, exceptions and campaigns in the administration area."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import g
from flask_babel import gettext

from idp.enforcement.cohorts.forecast import Tally
from idp.web.admin.campaigns import REASONS, STATES
from idp.web.forms import ActionForm
from idp.web.forms.rules import CampaignForm, ExceptionForm, NewRuleForm

_OFFICER = SimpleNamespace(reach=lambda _right: SimpleNamespace(everywhere=True))
RULE_SCENES = (
    "rules", "rule-add", "rule-tried", "rule-end", "rule-explain", "rule-explained", "rule-nobody", "rule-exceptions",
    "rule-exceptions-none", "rule-exception-ask", "rule-exception", "rule-exception-own", "campaigns", "campaigns-none",
    "campaign-add", "campaign-draft", "campaign-running", "campaign-act",
)  # fmt: skip


def rule_values(name: str) -> tuple[str, dict[str, Any]]:
    """The template of a scene and its values; needs a request context."""
    from tests.web.scenes import PERSON

    g.officer = _OFFICER
    given = {"viewer": PERSON, "section": "/admin/campaigns" if name.startswith("campaign") else "/admin/rules", "said": []}
    return {**_rules(given), **_exceptions(given), **_campaigns(given)}[name]


def _chosen(form: Any) -> Any:
    for field, rows in {
        "subject": [("government", gettext("An agency"))], "government": [("12.71", "Kota Medan")],
        "role": [("auditor", gettext("Auditor"))], "status": [("PNS", "PNS")], "demand": [("any", gettext("any second factor"))],
    }.items():  # fmt: skip
        form[field].choices = rows
    return form


def _tally(code: str | None, name: str | None, people: int) -> Tally:
    reasons = {"not_activated": people // 10, "lost_factor": 3, "disabled": 12}
    ready, must, cannot, exempt, without = people * 3 // 5, people // 4, people // 10, people // 100, people // 50
    return Tally(code, name, code, people, ready, must, cannot, exempt, without, reasons, people * 9)


def _forecast() -> Any:
    from tests.web.scenes import NOW

    rule = SimpleNamespace(binds_at=NOW + timedelta(days=27))
    governments = (_tally("12.71", "Kota Medan", 14_210), _tally("12.07", "Kabupaten Deli Serdang", 9_870))
    units = (_tally("u1", "RSUD dr. Pirngadi", 1_204), _tally(None, None, 77))
    return SimpleNamespace(rule=rule, at=rule.binds_at, total=_tally(None, None, 24_080), governments=governments, units=units)


def _rules(given: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    from tests.web.scenes import NOW, PERSON

    person = SimpleNamespace(id="p", full_name=PERSON.name)
    kept = {"grace_sign_ins": None, "remember_days": None}
    rows = [
        SimpleNamespace(
            row=SimpleNamespace(id="r1", starts_at=NOW, **kept), who="Semua orang di Kota Medan", what=gettext("any second factor"),
            state="grace", binds_at=NOW + timedelta(days=14), may_end=True,
        ),
        SimpleNamespace(
            row=SimpleNamespace(id="r2", starts_at=NOW + timedelta(days=40), grace_sign_ins=3, remember_days=0), who="PNS",
            what=gettext("a passkey or security key"), state="future", binds_at=NOW + timedelta(days=70), may_end=False,
        ),
        SimpleNamespace(
            row=SimpleNamespace(id="r3", starts_at=NOW, **kept), who="Auditor", what=gettext("a passkey or security key"), state="binding",
            binds_at=NOW, may_end=True,
        ),
    ]  # fmt: skip
    asked = {"typed": "siti", "client_id": "", "lines": (), "person": None, "missing": None}
    told = {"person": person, "lines": ("Siti: acr 2.", "Kota Medan.", "PNS."), "outcome": "must_enrol", "may_except": True}
    return {
        "rules": ("admin/rules.html", {**given, "rows": rows, "default": gettext("no second factor"), "may_write": True, "exceptions": 2}),
        "rule-add": ("admin/rule_add.html", {**given, "form": _chosen(NewRuleForm()), "forecast": None}),
        "rule-tried": ("admin/rule_add.html", {**given, "form": _chosen(NewRuleForm()), "forecast": _forecast()}),
        "rule-end": ("admin/rule_end.html", {**given, "form": ActionForm(), "one": rows[0]}),
        "rule-explain": ("admin/rule_explain.html", {**given, **asked, "typed": ""}),
        "rule-explained": ("admin/rule_explain.html", {**given, **asked, **told}),
        "rule-nobody": ("admin/rule_explain.html", {**given, **asked, "missing": gettext("There is nobody of this name in your part.")}),
    }


def _exceptions(given: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    from tests.web.scenes import NOW, PERSON

    person = SimpleNamespace(id="p", full_name=PERSON.name)
    until = NOW + timedelta(days=30)
    row = SimpleNamespace(id="e", reason="Ponsel sedang diperbaiki", application=None, expires_at=until, approved_at=None)
    counts = SimpleNamespace(**{**vars(row), "application": "e-cuti", "approved_at": NOW})
    form = ExceptionForm()
    form.rule.choices = [("", gettext("From every rule"))]
    what, shown = gettext("From every rule"), {**given, "form": ActionForm(), "person": person, "what": gettext("From every rule")}
    rows = [(row, person, "Budi Ginting", None, what, True), (counts, person, "Budi Ginting", "Rina Sitompul", what, False)]
    return {
        "rule-exceptions": ("admin/rule_exceptions.html", {**given, "rows": rows, "me": "x"}),
        "rule-exceptions-none": ("admin/rule_exceptions.html", {**given, "rows": [], "me": "x"}),
        "rule-exception-ask": ("admin/rule_exception_ask.html", {**given, "form": form, "person": person}),
        "rule-exception": ("admin/rule_exception.html", {**shown, "row": row, "asker": "Budi", "approver": None, "may_approve": True}),
        "rule-exception-own": ("admin/rule_exception.html", {**shown, "row": row, "asker": "Budi", "approver": None, "may_approve": False}),
    }


def _campaigns(given: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    from tests.web.scenes import NOW

    words = ("Semua orang di Kota Medan", gettext("any second factor"))
    one = SimpleNamespace(id="c", name="Dua faktor Kota Medan", state="draft", starts_at=NOW, waves="30 14 7 1", per_hour=2000)
    running = SimpleNamespace(**{**vars(one), "state": "running"})
    letters = [SimpleNamespace(wave=14, letters=3_380, last=NOW)]
    report = SimpleNamespace(now=_forecast(), at_start=None, letters=[])
    later = SimpleNamespace(now=_forecast(), at_start={"ready": 9_110, "people": 24_080}, letters=letters)
    page = {**given, "who": words[0], "what": words[1], "states": STATES, "reasons": REASONS, "most_units": 1}
    plan = _chosen(CampaignForm(data={"waves": "30 14 7 1", "per_hour": 2000}))
    return {
        "campaigns": ("admin/campaigns.html", {**given, "rows": [(one, *words), (running, *words)], "states": STATES, "may_write": True}),
        "campaigns-none": ("admin/campaigns.html", {**given, "rows": [], "states": STATES, "may_write": False}),
        "campaign-add": ("admin/campaign_add.html", {**given, "form": plan}),
        "campaign-draft": ("admin/campaign.html", {**page, "one": one, "report": report, "verbs": ["start", "end"]}),
        "campaign-running": ("admin/campaign.html", {**page, "one": running, "report": later, "verbs": ["pause", "end"]}),
        "campaign-act": ("admin/campaign_act.html", {**given, "form": ActionForm(), "one": one, "verb": "start", "happens": "…"}),
    }
