"""Figures over time as charts with their tables, and the monthly report to print; all read from what the worker counted."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.administration.record import governments_to_read
from idp.administration.reports.reading import Report, Reports, month_of
from idp.administration.reports.store import ReportStore
from idp.audit.tags import Tag
from idp.directory.days import today
from idp.policy.permissions import Permission
from idp.web.admin.guard import admin, officer
from idp.web.admin.pages import page
from idp.web.admin.people import governments_of
from idp.web.edge import actor, deps, services
from idp.web.guards import read_only

bp = Blueprint("admin_reports", __name__)

REPORTS = "/admin/reports"
_DAYS = 30


@bp.get(REPORTS)
@read_only
@admin(Permission.REPORT_READ)
def figures() -> ResponseReturnValue:
    """The last thirty days."""
    last = today(deps().clock)
    return _shown("admin/reports.html", *_of(last - timedelta(days=_DAYS - 1), last))


@bp.get(f"{REPORTS}/month")
@admin(Permission.REPORT_READ)
def month() -> ResponseReturnValue:
    """The report of a month, to print; that it was read is recorded."""
    codes, report = _of(*month_of(request.args.get("month", "")[:7], today(deps().clock)))
    for government in (None,) if codes is None else codes:
        services().audit.record(Tag.REPORT_READ, actor(), government=government, month=f"{report.first:%Y-%m}")
    return _shown("admin/report_month.html", codes, report, at=deps().clock.now())


def _of(first: Any, last: Any) -> tuple[tuple[str, ...] | None, Report]:
    codes = governments_to_read(officer(), Permission.REPORT_READ, request.args.get("government", "")[:5].replace("\0", "") or None)
    return codes, Reports(ReportStore(services().session)).period(codes, first, last)


def _shown(template: str, codes: tuple[str, ...] | None, report: Report, **more: Any) -> ResponseReturnValue:
    places = governments_of(officer(), Permission.REPORT_READ)
    chosen = request.args.get("government") or (codes[0] if codes and len(codes) == 1 else "")
    before = report.first - timedelta(days=1)
    link = urlencode({"government": chosen, "month": f"{before:%Y-%m}"} if chosen else {"month": f"{before:%Y-%m}"})
    return page(
        template, REPORTS, report=report, places={one.code: one.name for one in places}, chosen=chosen, nowhere=codes == (),
        governments=[(one.code, one.name) for one in places], month_before=f"{REPORTS}/month?{link}", **more,
    )  # fmt: skip
