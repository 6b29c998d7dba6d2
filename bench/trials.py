"""Trials: alternating rounds of one workload over several servers, and what each saw."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from bench import pages, workloads, yardstick
from bench.measure import percentile, read_cpu, worker_pss_mib
from bench.plan import Plan
from bench.postgres import Postgres
from bench.target import Target
from bench.wire import Loop, ScriptMaker

WARM_SECONDS = 1.0
ROUND_WARM_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload's name, how it binds to a server, whether it needs tokens first, and who is measured by it."""

    name: str
    bind: Callable[[Target], ScriptMaker]
    needs_tokens: bool = False
    ours_only: bool = False
    connections: int | None = None


def _opaque_machine(target: Target) -> ScriptMaker:
    """Client credentials in each server's own default kind: opaque and stored at the peer, a JWT at ours."""
    return workloads.client_credentials(target, jwt=False)


def _rs256_machine(target: Target) -> ScriptMaker:
    """The same with RS256, as the figures we started from were taken."""
    return workloads.client_credentials(target, client="machine_rs256")


ALL = (
    Workload("flow_rs256", workloads.flow_rs256),
    Workload("flow_es256", workloads.flow_es256),
    Workload("flow_par", workloads.flow_par),
    Workload("flow_dpop", workloads.flow_dpop),
    Workload("client_credentials", workloads.client_credentials),
    Workload("client_credentials_rs256", _rs256_machine),
    Workload("client_credentials_default", _opaque_machine),
    Workload("refresh", workloads.refresh, needs_tokens=True),
    Workload("introspection", workloads.introspection, needs_tokens=True),
    Workload("userinfo", workloads.userinfo, needs_tokens=True),
    Workload("discovery", workloads.discovery),
    Workload("sign_in", workloads.sign_in, ours_only=True),
    Workload("sign_in_new_device", workloads.sign_in_new_device, ours_only=True),
    *(
        Workload(f"page_{name}", getattr(pages, name), ours_only=True, connections=4)
        for name in ("portal", "portal_search", "account", "sessions", "history", "sign_in_page")
    ),
)


@dataclass(slots=True)
class Trial:
    """One trial's figures; latencies in milliseconds, CPU in seconds, memory in MiB of each worker."""

    database: str
    people: int
    server: str
    workload: str
    round: int
    operations: int
    seconds: float
    p50: float
    p95: float
    p99: float
    cpu_server: float
    cpu_database: float
    cpu_generator: float
    failures: int
    example: str
    reconnects: int
    pss: list[float] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """Plain values for results.json."""
        return {key: round(value, 5) if isinstance(value, float) else value for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Seat:
    """A server on the stage: its target, the database kind and the size of its directory."""

    target: Target
    database: str
    people: int
    ours: bool


def chosen(plan: Plan) -> tuple[Workload, ...]:
    """The workloads of the plan; raises ValueError for an unknown name."""
    by_name = {workload.name: workload for workload in ALL}
    unknown = set(plan.workloads) - set(by_name)
    if unknown:
        raise ValueError(f"no such workload: {', '.join(sorted(unknown))}; there are {', '.join(by_name)}")
    return tuple(by_name[name] for name in plan.workloads) if plan.workloads else ALL


def one(seat: Seat, workload: Workload, number: int, plan: Plan) -> Trial:
    """Warm up, then measure one workload at one server."""
    target, connections = seat.target, workload.connections or plan.connections
    if workload.needs_tokens:
        workloads.fill_tokens(target, connections)
    with Loop(target.address, connections) as loop:
        script = workload.bind(target)
        loop.run(script, seconds=WARM_SECONDS if number == 0 else ROUND_WARM_SECONDS)
        before = read_cpu(target.pid, target.database_pid)
        load = loop.run(script, seconds=plan.seconds)
        cpu = read_cpu(target.pid, target.database_pid).since(before)
    times = [latency * 1000 for latency in load.latencies]
    return Trial(
        seat.database, seat.people, target.name, workload.name, number, load.operations, load.seconds,
        percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99),
        cpu.server, cpu.database, cpu.generator, load.failures, load.example, load.reconnects, worker_pss_mib(target.pid),
    )  # fmt: skip


def statements(seat: Seat, workload: Workload, postgres: Postgres) -> dict[str, object]:
    """SQL statements, and writes among them, per operation, counted over 40 operations by one connection."""
    target, operations = seat.target, 40
    if workload.needs_tokens:
        workloads.fill_tokens(target, 1)
    with Loop(target.address, 1) as loop:
        script = workload.bind(target)
        loop.run(script, seconds=10, operations=10)
        sent, writes = postgres.count(target.database, lambda: loop.run(script, seconds=20, operations=operations))
    return {
        "server": target.name, "people": seat.people, "workload": workload.name,
        "statements": round(sent / operations, 2), "writes": round(writes / operations, 2),
    }  # fmt: skip


def rounds(seats: list[Seat], workload: Workload, plan: Plan, settle: Callable[[], None]) -> Iterator[Trial | dict[str, float]]:
    """Every round: each server once, the order turned by one place each time; for sign-in the bare hash rate first."""
    taking = [seat for seat in seats if seat.ours or not workload.ours_only]
    for number in range(plan.rounds):
        settle()
        if workload.name == "sign_in":
            yield {"round": number, "rate": yardstick.argon2_rate(min(plan.seconds, 4.0), processes=os.cpu_count() or 2)}
        turn = number % len(taking) if taking else 0
        for seat in taking[turn:] + taking[:turn]:
            time.sleep(0.2)
            trial = one(seat, workload, number, plan)
            _tell(trial)
            yield trial


def _tell(trial: Trial) -> None:
    rate = trial.operations / trial.seconds if trial.seconds else 0.0
    cost = (trial.cpu_server + trial.cpu_database) / trial.operations * 1000 if trial.operations else 0.0
    trouble = f"  {trial.failures} FAILED: {trial.example}" if trial.failures else ""
    print(
        f"  {trial.workload:27} {trial.server:14} {trial.database:10} {trial.people:>7,} people  round {trial.round + 1}: "
        f"{rate:9,.0f} /s  {cost:7.2f} ms CPU/op  p95 {trial.p95:7.1f} ms{trouble}",
        file=sys.stderr,
        flush=True,
    )
