"""What one run of the benchmark does, from the command line and the environment."""

import argparse
import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything bounded: seconds per trial, rounds, connections; sizes of the databases; what runs beside us."""

    seconds: float
    rounds: int
    connections: int
    workers: int
    databases: tuple[str, ...]
    people: tuple[int, ...]
    workloads: tuple[str, ...]
    peers: bool
    rsa_bits: int
    sessions: int = 32
    access_token_alg: str = "ES256"
    statements: bool = False
    peer_accounts: str = "memory"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the provider, alone or beside npm oidc-provider (PEERS=1).")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one trial (at most 60)")
    parser.add_argument("--rounds", type=int, default=3, help="alternating rounds of each workload (at most 20)")
    parser.add_argument("--connections", type=int, default=16, help="keep-alive connections of the load generator (at most 256)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of each server")
    parser.add_argument("--databases", default="postgresql,sqlite", help="comma-separated: postgresql, sqlite")
    parser.add_argument("--people", default="1000,250000", help="comma-separated sizes of the directory; the first is the base for ratios")
    parser.add_argument("--workloads", default="", help="comma-separated names; all when left out")
    parser.add_argument("--statements", action="store_true", help="also count SQL statements per operation (PostgreSQL)")
    parser.add_argument("--quick", action="store_true", help="a smoke run: 1 s trials, one round, 1,000 people")
    parser.add_argument("--profile", metavar="WORKLOAD", help="profile our server's workers under that workload instead of measuring")
    parser.add_argument("--write-readme", action="store_true", help="write the table of bench/results.json into bench/README.md and stop")
    return parser


def read(arguments: list[str] | None = None) -> tuple[argparse.Namespace, Plan]:
    """The parsed arguments and the plan they make; argparse exits 2 on nonsense."""
    parser = _arguments()
    given = parser.parse_args(arguments)
    if not (0 < given.seconds <= 60 and 0 < given.rounds <= 20 and 0 < given.connections <= 256 and 0 < given.workers <= 16):
        parser.error("--seconds, --rounds, --connections or --workers is out of its bounds")
    bits = int(os.environ.get("BENCH_RSA_BITS", "3072"))
    if bits not in (2048, 3072, 4096):
        parser.error("BENCH_RSA_BITS must be 2048, 3072 or 4096")
    databases = tuple(given.databases.split(","))
    if not set(databases) <= {"postgresql", "sqlite"}:
        parser.error("--databases takes postgresql and sqlite")
    plan = Plan(
        seconds=1.0 if given.quick else given.seconds,
        rounds=1 if given.quick else given.rounds,
        connections=given.connections,
        workers=given.workers,
        databases=databases,
        people=(1000,) if given.quick else tuple(int(size) for size in given.people.split(",")),
        workloads=tuple(filter(None, given.workloads.split(","))),
        peers=os.environ.get("PEERS", "") not in ("", "0"),
        rsa_bits=bits,
        statements=given.statements,
        access_token_alg=os.environ.get("BENCH_ACCESS_TOKEN_ALG", "ES256"),
        peer_accounts=os.environ.get("BENCH_PEER_ACCOUNTS", "memory"),
    )
    return given, plan
