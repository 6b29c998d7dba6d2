"""`python -m bench`: run the plan, print the table, write bench/results.json."""

import contextlib
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import plan as plans
from bench import profiling, report, results, trials
from bench.ours import Ours
from bench.peer import Peer
from bench.plan import Plan
from bench.postgres import Postgres
from bench.trials import Seat

WORK = Path(__file__).parent.parent / "var" / "bench"


def _stage(database: str, plan: Plan, found: dict[str, Any]) -> None:
    """All servers of one kind of database up together, measured in alternating rounds."""
    print(f"{database}: starting", file=sys.stderr)
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(Postgres(WORK / "postgresql")) if database == "postgresql" else None
        seats = []
        for people in plan.people:
            ours = Ours(postgres, plan, WORK, people)
            seats.append(Seat(stack.enter_context(ours), database, people, ours=True))
            found["bulk"].append({"database": database, "people": people, "seconds": round(ours.load_seconds, 2)})
        if plan.peers and postgres:
            seats.append(Seat(stack.enter_context(Peer(postgres, plan, WORK, plan.people[0])), database, plan.people[0], ours=False))
        _measure(seats, database, plan, postgres, found)


def _measure(seats: list[Seat], database: str, plan: Plan, postgres: Postgres | None, found: dict[str, Any]) -> None:
    for workload in trials.chosen(plan):
        for outcome in trials.rounds(seats, workload, plan, postgres.checkpoint if postgres else lambda: None):
            if isinstance(outcome, dict):
                found["yardstick"].append({"database": database, **outcome})
            else:
                found["trials"].append(outcome.as_dict())
        if plan.statements and postgres:
            taking = [seat for seat in seats if seat.people == plan.people[0] and (seat.ours or not workload.ours_only)]
            found["statements"] += [trials.statements(seat, workload, postgres) for seat in taking]


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 when the run was made and no operation failed, 1 when one did, 2 for a workload that does not exist."""
    given, plan = plans.read(arguments)
    if given.write_readme:
        report.write_readme(results.read())
        return 0
    try:
        trials.chosen(plan)
        trials.chosen(replace(plan, workloads=(given.profile,) if given.profile else ()))
    except ValueError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    WORK.mkdir(parents=True, exist_ok=True)
    if given.profile:
        return profiling.run(given.profile, plan, WORK)
    found: dict[str, Any] = {"machine": results.machine(), "plan": asdict(plan)}
    found.update({name: [] for name in ("trials", "yardstick", "bulk", "statements")})
    for database in plan.databases:
        _stage(database, plan, found)
        found["bars"] = [{**asdict(bar), "holds": bar.holds} for bar in results.bars(found)]
        results.save(found)
    print(report.text(found))
    return 1 if any(row["failures"] for row in found["trials"]) else 0


if __name__ == "__main__":
    sys.exit(main())
