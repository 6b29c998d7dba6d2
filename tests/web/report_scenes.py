"""Scenes of figures over time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from idp.administration.reports.measures import MEASURES
from idp.administration.reports.reading import Report
from idp.administration.reports.store import Coverage

REPORT_SCENES = ("admin-reports", "admin-report-month")
_AT = datetime(2027, 3, 15, 2, 30, tzinfo=UTC)
_PLACES = {"12": "Provinsi Sumatera Utara", "12.71": "Kota Medan"}


def report_values(name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The template of a scene and its values."""
    first = date(2027, 2, 14)
    days = [
        (first + timedelta(days=n), {one: (4200 + n * 37) if (first + timedelta(days=n)).weekday() < 5 else 310 for one in MEASURES})
        for n in range(30)
    ]
    report = Report(
        first, days[-1][0], _AT, [Coverage("12", "", 31_204, 24_117, 23_002, 3_921), Coverage("12.71", "", 17_880, 9_402, 9_001, 812)],
        [("Dinas Kesehatan", Coverage("12.71", "u1", 3_402, 1_120, 1_100, 40)),
         ("Dinas Pendidikan", Coverage("12.71", "u2", 7_801, 6_900, 6_800, 310))],
        days, {one: sum(counts[one] for _, counts in days) for one in MEASURES},
        [("e-kinerja", 91_204, 31), ("e-office", 40_112, 4), ("presensi", 38_007, 240)],
    )  # fmt: skip
    template = "admin/reports.html" if name == "admin-reports" else "admin/report_month.html"
    return template, {
        **given, "report": report, "places": _PLACES, "governments": list(_PLACES.items()), "chosen": "", "nowhere": False,
        "month_before": "/admin/reports/month?month=2027-02", "at": _AT,
    }  # fmt: skip
