"""The bare Argon2id rate: what the machine gives without any server, with the same parameters, two processes."""

import multiprocessing
import time
from multiprocessing.queues import Queue

from argon2 import PasswordHasher


def _hash_for(seconds: float, memory_kib: int, time_cost: int, parallelism: int, results: "Queue[tuple[int, float]]") -> None:
    hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
    stored = hasher.hash("a bare password for the yardstick")
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        hasher.verify(stored, "a bare password for the yardstick")
        done += 1
    results.put((done, time.perf_counter() - start))


def argon2_rate(seconds: float, *, memory_kib: int = 19456, time_cost: int = 2, parallelism: int = 1, processes: int = 2) -> float:
    """Verifications per second of `processes` processes that do nothing else."""
    context = multiprocessing.get_context("spawn")
    results: Queue[tuple[int, float]] = context.Queue()
    arguments = (seconds, memory_kib, time_cost, parallelism, results)
    workers = [context.Process(target=_hash_for, args=arguments, daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    rates = [done / took for done, took in (results.get(timeout=seconds + 30) for _ in workers)]
    for worker in workers:
        worker.join(10)
    return sum(rates)
