"""What a trial costs: CPU of process trees (user + system, ended children included) and memory."""

import contextlib
import resource
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds used since the processes started: the server's tree, the database's tree, the load generator itself."""

    server: float
    database: float
    generator: float

    def since(self, earlier: "Cpu") -> "Cpu":
        """What was used between two readings."""
        return Cpu(self.server - earlier.server, self.database - earlier.database, self.generator - earlier.generator)


def tree(pid: int) -> list[psutil.Process]:
    """The process and everything below it; empty when it is gone."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def tree_cpu(pid: int | None) -> float:
    """CPU seconds of the whole tree, with those of children that have ended and were waited for."""
    total = 0.0
    for process in tree(pid) if pid else []:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def read_cpu(server_pid: int, database_pid: int | None) -> Cpu:
    """A reading to subtract another from; the clock ticks every 10 ms per process, so trials last seconds."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return Cpu(tree_cpu(server_pid), tree_cpu(database_pid), own.ru_utime + own.ru_stime)


def pss_mib(pid: int) -> float:
    """Proportional set size of one process in MiB; 0 when it is gone or the kernel does not tell."""
    try:
        with Path(f"/proc/{pid}/smaps_rollup").open(encoding="ascii") as lines:
            for line in lines:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def worker_pss_mib(pid: int) -> list[float]:
    """PSS of each worker below a server's root process, the largest first (helpers under 8 MiB are left out)."""
    sizes = [pss_mib(process.pid) for process in tree(pid)[1:]]
    return sorted((round(size, 1) for size in sizes if size > 8), reverse=True) or [round(pss_mib(pid), 1)]


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank); 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
