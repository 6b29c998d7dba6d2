"""Guessing waits: attempts are counted before they are evaluated, and given back when they succeed.

ASVS 6.3.1, 6.3.5; NIST SP 800-63B-4 section 3.2.2; attacks P3, P4, M2. Counting first means that a burst of parallel guesses gets
no further than a row of them. A known device counts on its own, so that nobody outside can lock its person out.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from idp.authn.counting.store import ALL
from idp.authn.store import AuthnStore
from idp.kernel.clock import Clock
from idp.policy.lockout import SCHEDULES, Budget, delay, must_tell

# So many attempts beyond the free ones may be under way at once before one of them was seen to be wrong: somebody who
# opens several tabs, or presses twice, is not made to wait for what was right. A burst of guesses gets no further than this.
IN_FLIGHT = 5


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing was evaluated; try again after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Counter:
    """One counted key. alone: only this source counts here, so that its success may clear it."""

    budget: Budget
    key: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Reservation:
    """One attempt, already counted as a failure. wait_seconds: what follows if it is one; tell: the person should hear of it."""

    counters: tuple[Counter, ...]
    failures: dict[str, int]
    placed: frozenset[str]
    wait_seconds: int
    tell: bool


class Throttle:
    """Counts attempts in the unit it stands in; the caller commits before it evaluates anything slow."""

    def __init__(self, store: AuthnStore, clock: Clock) -> None:
        self._store = store.counters
        self._clock = clock

    def password(self, account: str, ip: str | None, device: bytes | None) -> Reservation | Wait:
        """Count a password attempt. account: person id, or the folded text of an unknown one; device: digest if known."""
        if device is not None:
            return self._reserve(_counter(Budget.PASSWORD_FROM_SOURCE, account, device.hex(), alone=True))
        source = source_of(ip)
        return self._reserve(
            _counter(Budget.PASSWORD_FROM_SOURCE, account, source, alone=True),
            _counter(Budget.PASSWORD_OF_ACCOUNT, account),
            _counter(Budget.SOURCE, source),
        )

    def code(self, person_id: str, device: bytes | None) -> Reservation | Wait:
        """Count an attempt at a second factor: per person whatever the address, for who gets here knows the password."""
        own = device.hex() if device is not None else ""
        return self._reserve(_counter(Budget.CODE, person_id, own, alone=True))

    def user_code(self, person_id: str, ip: str | None) -> Reservation | Wait:
        """Count a device's user code typed by a signed-in person (RFC 8628 section 5.1, attack C8)."""
        return self._reserve(
            _counter(Budget.DEVICE, person_id, alone=True), _counter(Budget.DEVICE_SOURCE, source_of(ip)), in_flight=0
        )

    def reset_letter(self, account: str, ip: str | None) -> Reservation | Wait:
        """Count a request for a reset letter; these are never given back."""
        return self._reserve(_counter(Budget.RESET, account), _counter(Budget.RESET_SOURCE, source_of(ip)), in_flight=0)

    def failed(self, held: Reservation) -> None:
        """It was wrong: now the wait that it earned begins, where reserving it did not begin it already."""
        now = self._clock.now()
        for counter in held.counters:
            seconds = delay(counter.budget, held.failures[counter.key])
            if seconds and counter.key not in held.placed:
                self._store.block(counter.key, now + timedelta(seconds=seconds))

    def succeeded(self, held: Reservation) -> None:
        """Clear what this source alone counted; take only its own failures back from what it shares with others."""
        own = max((held.failures[counter.key] for counter in held.counters if counter.alone), default=1)
        self._store.take_back([
            (counter.key, ALL if counter.alone else own if counter.budget is Budget.PASSWORD_OF_ACCOUNT else 1,
             counter.alone or counter.key in held.placed)
            for counter in held.counters
        ], self._clock.now())  # fmt: skip

    def give_back(self, held: Reservation) -> None:
        """The attempt was never evaluated (the service was busy): as if it had not been made."""
        self._store.take_back([(counter.key, 1, counter.key in held.placed) for counter in held.counters], self._clock.now())

    def clear_password(self, person_id: str, ip: str | None) -> None:
        """A new password: guesses at the old one, by anybody and from where it was set, no longer count.

        The code budget stays: a mailbox must not buy tries at the second factor.
        """
        here = _counter(Budget.PASSWORD_FROM_SOURCE, person_id, source_of(ip))
        account = _counter(Budget.PASSWORD_OF_ACCOUNT, person_id)
        self._store.take_back([(key, ALL, True) for key in sorted((here.key, account.key))], self._clock.now())

    def clear_code(self, person_id: str) -> None:
        """Factors reset by an administrator: guesses at the old ones no longer count."""
        self._store.take_back([(_counter(Budget.CODE, person_id, "").key, ALL, True)], self._clock.now())

    def forgive(self, person_id: str, ips: Iterable[str | None], devices: Iterable[bytes]) -> None:
        """An administrator has made sure who it is: failures of this account, from these sources and known devices, count no more.

        What one source did to many accounts stays counted: it is not about this person.
        """
        own = [device.hex() for device in devices]
        sources = {source_of(ip) for ip in ips} | set(own)
        keys = {_counter(Budget.PASSWORD_FROM_SOURCE, person_id, source).key for source in sources}
        keys |= {_counter(Budget.CODE, person_id, device).key for device in ("", *own)}
        keys.add(_counter(Budget.PASSWORD_OF_ACCOUNT, person_id).key)
        self._store.take_back([(key, ALL, True) for key in sorted(keys)], self._clock.now())

    def _reserve(self, *counters: Counter, in_flight: int = IN_FLIGHT) -> Reservation | Wait:
        now = self._clock.now()
        ordered = sorted(counters, key=lambda counter: counter.key)  # one order of locks: no deadlock
        stale = [now - timedelta(seconds=SCHEDULES[counter.budget].window) for counter in ordered]
        found = self._store.count([counter.key for counter in ordered], stale, now)
        waits = {key: (until - now).total_seconds() for key, (_, until) in found.items() if until is not None and until > now}
        if waits:
            self._store.take_back([(key, 1, False) for key in sorted(found.keys() - waits.keys())], now)
            return Wait(int(max(waits.values())) + 1)
        failures = {key: count for key, (count, _) in found.items()}
        earned = {counter.key: delay(counter.budget, failures[counter.key]) for counter in ordered}
        placed = frozenset(
            counter.key
            for counter in ordered
            if earned[counter.key] and failures[counter.key] > SCHEDULES[counter.budget].free + in_flight
        )
        for key in placed:
            self._store.block(key, now + timedelta(seconds=earned[key]))
        tell = any(must_tell(counter.budget, failures[counter.key]) for counter in ordered)
        return Reservation(tuple(ordered), failures, placed, max(earned.values()), tell)


def source_of(ip: str | None) -> str:
    """Where an attempt comes from: an IPv4 address, an IPv6 /64 (one subscriber has that many), or ``-``."""
    if ip is None:
        return "-"
    try:
        address = ip_address(ip)
    except ValueError:
        return "-"  # never a way around: all that cannot be read counts together (attack P4)
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network(f"{address}/64", strict=False))


def _counter(budget: Budget, *parts: str, alone: bool = False) -> Counter:
    text = "\0".join(parts)
    return Counter(budget, f"{budget}:{hashlib.sha256(text.encode()).hexdigest()}", alone)
