"""The figures of a run, summed up: medians over rounds, ratios taken round by round, and the bars they are held to."""

import json
import platform
import statistics
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]

FILE = Path(__file__).parent / "results.json"
OURS, PEER = "idp", "oidc-provider"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a workload at one server, the median of its rounds; `cpu` in ms per operation, server + database."""

    database: str
    people: int
    server: str
    workload: str
    rate: float
    p50: float
    p95: float
    p99: float
    cpu: float
    cpu_database: float
    generator: float
    pss: float
    failures: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A demand of the issue or of performance.md, what was found, and whether it holds."""

    name: str
    found: float
    limit: float
    at_least: bool
    binding: bool

    @property
    def holds(self) -> bool:
        """True when the figure is on the right side of its limit."""
        return self.found >= self.limit if self.at_least else self.found <= self.limit


def machine() -> dict[str, Any]:
    """What the figures were taken on, without names or addresses."""
    packages = ("flask", "granian", "sqlalchemy", "psycopg", "authlib", "joserfc", "argon2-cffi")
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def rate(row: dict[str, Any]) -> float:
    """Operations per second of one trial."""
    return float(row["operations"] / row["seconds"]) if row["seconds"] else 0.0


def cost(row: dict[str, Any]) -> float:
    """CPU milliseconds per operation of one trial, server and database together."""
    return float((row["cpu_server"] + row["cpu_database"]) / row["operations"] * 1000) if row["operations"] else 0.0


def lines(trials: Rows) -> list[Line]:
    """The table, in the order of the trials."""
    groups: dict[tuple[str, int, str, str], Rows] = {}
    for row in trials:
        groups.setdefault((row["database"], row["people"], row["server"], row["workload"]), []).append(row)

    def middle(rows: Rows, name: str) -> float:
        return statistics.median(float(row[name]) for row in rows)

    def each(rows: Rows, name: str) -> float:
        return statistics.median(row[name] / row["operations"] * 1000 if row["operations"] else 0.0 for row in rows)

    return [
        Line(
            *key, statistics.median(map(rate, rows)), middle(rows, "p50"), middle(rows, "p95"), middle(rows, "p99"),
            statistics.median(map(cost, rows)), each(rows, "cpu_database"), each(rows, "cpu_generator"),
            max(max(row["pss"], default=0.0) for row in rows), sum(row["failures"] for row in rows),
        )
        for key, rows in groups.items()
    ]  # fmt: skip


def _pick(trials: Rows, server: str, workload: str, database: str, people: int) -> dict[int, dict[str, Any]]:
    return {
        row["round"]: row
        for row in trials
        if (row["server"], row["workload"], row["database"], row["people"]) == (server, workload, database, people)
    }


def ratio(trials: Rows, workload: str, of: tuple[str, str, int], to: tuple[str, str, int], *, by_cpu: bool) -> float | None:
    """The median of the rounds' ratios between two (server, database, people); None when either was not measured."""
    figure = cost if by_cpu else rate
    ours = _pick(trials, of[0], workload, of[1], of[2])
    theirs = _pick(trials, to[0], workload, to[1], to[2])
    found = [figure(ours[number]) / figure(theirs[number]) for number in ours if number in theirs and figure(theirs[number])]
    return statistics.median(found) if found else None


_BESIDE_PEER = (  # workload, by CPU, limit, at least, binding ("Must hold" of the issue) or aimed at (performance.md)
    ("flow_rs256", False, 1.0, True, True),
    ("client_credentials_rs256", False, 0.7, True, True),
    ("refresh", False, 0.7, True, True),
    ("flow_rs256", False, 1.5, True, False),
    ("flow_rs256", True, 0.90, False, False),
    ("flow_es256", True, 0.70, False, False),
    ("refresh", True, 0.65, False, False),
    ("client_credentials", False, 0.7, True, False),
    ("client_credentials", True, 1.3, False, False),
    ("client_credentials_rs256", True, 1.05, False, False),
    ("introspection", True, 1.1, False, False),
    ("userinfo", True, 1.1, False, False),
)


def bars(results: dict[str, Any]) -> list[Bar]:
    """Every bar that this run can judge."""
    trials, found = results["trials"], []
    sizes = sorted({row["people"] for row in trials if row["server"] == OURS and row["database"] == "postgresql"})
    if sizes:
        here = (OURS, "postgresql", sizes[0])
        for workload, by_cpu, limit, at_least, binding in _BESIDE_PEER:
            value = ratio(trials, workload, here, (PEER, "postgresql", sizes[0]), by_cpu=by_cpu)
            if value is not None:
                what = "CPU per operation" if by_cpu else "operations per second"
                found.append(Bar(f"{workload}: {what}, ours / oidc-provider", value, limit, at_least, binding))
        if len(sizes) > 1:
            for workload in ("flow_rs256", "flow_es256"):
                value = ratio(trials, workload, (OURS, "postgresql", sizes[-1]), here, by_cpu=True)
                if value is not None:
                    found.append(Bar(f"{workload}: CPU with {sizes[-1]:,} people / with {sizes[0]:,}", value, 1.1, False, True))
    found += _alone(results)
    return found


def _alone(results: dict[str, Any]) -> list[Bar]:
    found = []
    for database in sorted({row["database"] for row in results["trials"]}):
        yard = {row["round"]: row["rate"] for row in results["yardstick"] if row["database"] == database}
        mine = [row for row in results["trials"] if row["server"] == OURS and row["database"] == database]
        shares = [rate(row) / yard[row["round"]] for row in mine if row["workload"] == "sign_in" and yard.get(row["round"])]
        if shares:
            found.append(Bar(f"sign_in on {database}: share of the bare Argon2id rate", statistics.median(shares), 0.9, True, True))
        if mine:
            largest = max(max(row["pss"], default=0.0) for row in mine)
            found.append(Bar(f"memory on {database}: MiB PSS of the largest worker, whole run", largest, 150.0, False, True))
    found += [
        Bar(f"bulk load of {load['people']:,} people on {load['database']}: seconds", load["seconds"], 120.0, False, True)
        for load in results["bulk"]
    ]
    return found


def save(results: dict[str, Any]) -> None:
    """Write bench/results.json."""
    FILE.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def read() -> dict[str, Any]:
    """Read bench/results.json; raises FileNotFoundError when no run was made."""
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded
