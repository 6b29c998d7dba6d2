"""Telling the results: one Markdown table for the terminal and for bench/README.md."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.results import Bar, Line, bars, lines

README = Path(__file__).parent / "README.md"
_BEGIN, _END = "<!-- results: begin (python -m bench --write-readme) -->", "<!-- results: end -->"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table whose columns line up in a terminal too; all but the first column to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: tuple[str, ...]) -> str:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        return "| " + " | ".join([cells[0].ljust(widths[0]), *padded[1:]]) + " |"

    rule = "|" + "|".join("-" * (width + 2) if not column else "-" * (width + 1) + ":" for column, width in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *map(line, rows)])


def _figures(found: list[Line]) -> str:
    head = (
        "workload",
        "server",
        "database",
        "people",
        "ops/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "CPU s/1,000",
        "of it db",
        "worker MiB",
    )
    rows = [
        (
            line.workload, line.server, line.database, f"{line.people:,}", f"{line.rate:,.0f}",
            f"{line.p50:.1f}", f"{line.p95:.1f}", f"{line.p99:.1f}", f"{line.cpu:.2f}", f"{line.cpu_database:.2f}", f"{line.pss:.0f}",
        )
        for line in found
    ]  # fmt: skip
    return _table(head, rows)


def _bars(found: list[Bar]) -> str:
    rows = [
        (
            bar.name,
            f"{bar.found:.2f}",
            ("≥ " if bar.at_least else "≤ ") + f"{bar.limit:g}",
            ("must hold" if bar.binding else "aim"),
            "yes" if bar.holds else "NO",
        )
        for bar in found
    ]
    return _table(("bar", "found", "limit", "kind", "holds"), rows)


def _statements(found: list[dict[str, Any]]) -> str:
    rows = [(row["workload"], row["server"], f"{row['people']:,}", f"{row['statements']:g}", f"{row['writes']:g}") for row in found]
    return _table(("workload", "server", "people", "SQL statements / op", "of them writes"), rows)


def text(results: dict[str, Any]) -> str:
    """Everything one run found, as Markdown."""
    plan, machine = results["plan"], results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    parts = [
        f"{machine['cores']} cores, {machine['memory_gib']} GiB, Python {machine['python']} ({packages}); "
        f"{plan['workers']} workers, {plan['connections']} connections, {plan['rounds']} rounds of {plan['seconds']:g} s, "
        f"RSA-{plan['rsa_bits']}. "
        f"Medians over rounds; ratios are taken round by round.",
        _figures(lines(results["trials"])),
    ]
    if results["yardstick"]:
        rates = sorted(row["rate"] for row in results["yardstick"])
        parts.append(f"Bare Argon2id (19 MiB, t=2, p=1, {machine['cores']} processes): {rates[len(rates) // 2]:.1f} hashes per second.")
    if results["statements"]:
        parts.append(_statements(results["statements"]))
    judged = bars(results)
    if judged:
        parts.append(_bars(judged))
    failed = [line for line in lines(results["trials"]) if line.failures]
    parts += [f"{line.failures} operations of {line.workload} failed at {line.server} on {line.database}." for line in failed]
    return "\n\n".join(parts)


def write_readme(results: dict[str, Any]) -> None:
    """Put the tables between the marks of bench/README.md."""
    page = README.read_text(encoding="utf-8")
    before, rest = page.split(_BEGIN, 1)
    after = rest.split(_END, 1)[1]
    README.write_text(f"{before}{_BEGIN}\n\n{text(results)}\n\n{_END}{after}", encoding="utf-8")
