"""The frozen snapshot a decision is made from."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The browser's session: who, since when, how strongly (rank 1, 2 or 3 of the acr), and their `sub` at the client."""

    person_id: str
    subject: str
    auth_time: datetime
    rank: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything `decide.next_step` looks at.

    now/asked_at: moments; max_age in seconds; wanted_rank: from acr_values and the essential acr claim; demanded_rank: the
    strictest of policy and the client's minimum; offered_rank: the strongest this provider can check; access: None when
    allowed, else the reason; shared: whether the person has been shown what this client receives, for all that is asked now,
    and when; must_agree: authorization details that this person has not agreed to in this very request (RFC 9396).
    """

    now: datetime
    asked_at: datetime
    prompt: frozenset[str]
    max_age: int | None
    hint_subject: str | None
    wanted_rank: int
    session: SessionFacts | None
    demanded_rank: int = 1
    offered_rank: int = 2
    access: str | None = None
    selected_at: datetime | None = None
    shared_covers: bool = False
    shared_at: datetime | None = None
    first_party: bool = False
    must_agree: bool = False

    @property
    def needed_rank(self) -> int:
        """The strongest of all that is demanded now."""
        return max(self.wanted_rank, self.demanded_rank)
