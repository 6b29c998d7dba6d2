"""Authorization codes: issued once, redeemed once (RFC 6749 section 4.1, RFC 9700 section 4.5)."""

from datetime import datetime, timedelta
from typing import Any

from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.randomness import digest, new_id, opaque
from idp.kernel.scopes import format_scopes
from idp.tokens.book import Book
from idp.tokens.view import GrantView, NewGrant, Refused

_LONGEST_CODE = 64


class Codes(Book):
    """The part of the ledger that knows codes."""

    def issue(self, actor: Actor, new: NewGrant, *, may_refresh: bool) -> str:
        """Grant `new` and give its code (RFC 6749 section 4.1.2: short-lived, 256 bit, stored as a digest)."""
        code = opaque(self._randomness)
        self._store.add(self._row(new, digest(code), may_refresh=may_refresh))
        self._note_issue(actor, new)
        return code

    def issue_unasked(self, actor: Actor, new: NewGrant, *, spent: bytes, may_refresh: bool) -> str:
        """Grant `new` where something else was spent for it (RFC 8628): its code counts as used; gives the grant's id.

        spent: the digest of what was spent, which takes the code's place.
        """
        row = self._row(new, spent, may_refresh=may_refresh)
        self._store.add_used(row, generation=0 if may_refresh else None)
        self._note_issue(actor, new)
        grant_id: str = row["id"]
        return grant_id

    def _row(self, new: NewGrant, code_digest: bytes, *, may_refresh: bool) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "id": new_id(self._randomness, now),
            "client_id": new.client_id,
            "person_id": new.person_id,
            "session_id": new.session_id,
            "subject": new.subject,
            "government_code": new.government_code,
            "scope": format_scopes(new.scope),
            "resource": " ".join(new.resource),
            "claims": new.claims,
            "nonce": new.nonce,
            "redirect_uri": new.redirect_uri,
            "code_challenge": new.code_challenge,
            "auth_time": new.auth_time,
            "acr": new.acr,
            "amr": " ".join(new.amr),
            "offline": may_refresh and "offline_access" in new.scope,
            "code_digest": code_digest,
            "code_expires_at": now + timedelta(seconds=self._lifetimes.code_seconds),
            "created_at": now,
            "expires_at": now + self._longest(may_refresh),
            "retries": 0,
            "bound_to": new.bound_to,
            "authorization_details": [*new.authorization_details] or None,
        }

    def _note_issue(self, actor: Actor, new: NewGrant) -> None:
        self._audit.record(
            Tag.CODE_ISSUE,
            actor,
            subject=("person", new.person_id),
            government=new.government_code,
            client_id=new.client_id,
            scope=format_scopes(new.scope),
            acr=new.acr,
        )

    def redeem(
        self, actor: Actor, code: str, *, client_id: str, redirect_uri: str, challenge: str | None, may_refresh: bool,
        proved: str | None = None,
    ) -> GrantView | Refused:  # fmt: skip
        """Spend a code: one statement that holds every proof; then, when it did not, find out why.

        challenge: what the client's verifier hashes to (S256), None when it sent none; proved: the key it proved to hold. A wrong
        client or redirect URI kills the code, a wrong verifier or key does not spend it, a second use revokes all the code gave
        (RFC 9700 section 4.5).
        """
        if len(code) > _LONGEST_CODE or not code.isascii():
            return self._refuse_code(actor, None, client_id, "unknown")
        now, fingerprint = self._clock.now(), digest(code)
        grant = self._store.claim(
            fingerprint,
            client_id=client_id,
            redirect_uri=redirect_uri,
            challenge=challenge,
            proved=proved,
            generation=0 if may_refresh else None,
            now=now,
        )
        if grant is None:
            return self._explain(actor, self._store.by_code(fingerprint, now), client_id, redirect_uri, challenge, proved)
        self._note(Tag.CODE_REDEEM, actor, grant)
        return grant

    def _explain(
        self, actor: Actor, grant: GrantView | None, client_id: str, redirect_uri: str, challenge: str | None, proved: str | None
    ) -> Refused:
        if grant is None:
            return self._refuse_code(actor, None, client_id, "unknown")
        now = self._clock.now()
        if grant.code_used_at is not None:
            self._store.revoke("code_reuse", now, grant_id=grant.id)
            self._note(Tag.CODE_REUSE, actor, grant, by_client=client_id)
            return Refused("used")
        reason = _why_unclaimed(grant, now, client_id, redirect_uri, challenge, proved)
        if reason in ("wrong_client", "wrong_redirect_uri"):
            self._store.revoke(reason, now, grant_id=grant.id)
        return self._refuse_code(actor, grant, client_id, reason)

    def _refuse_code(self, actor: Actor, grant: GrantView | None, client_id: str, reason: str) -> Refused:
        if grant is None:
            self._audit.record(Tag.CODE_REFUSE, actor, client_id=client_id, reason=reason)
        else:
            self._note(Tag.CODE_REFUSE, actor, grant, reason=reason, by_client=client_id)
        return Refused(reason)

    def _longest(self, may_refresh: bool) -> timedelta:
        if may_refresh:
            return timedelta(days=self._lifetimes.refresh_absolute_days)
        return timedelta(seconds=self._lifetimes.code_seconds + self._lifetimes.access_token_seconds + 60)


def _why_unclaimed(
    grant: GrantView, now: datetime, client_id: str, redirect_uri: str, challenge: str | None, proved: str | None
) -> str:
    if grant.client_id != client_id:
        return "wrong_client"
    if grant.redirect_uri != redirect_uri:
        return "wrong_redirect_uri"
    if grant.code_expires_at <= now:
        return "late"
    if grant.code_challenge != challenge:
        return "wrong_verifier"
    if grant.bound_to not in (None, proved):
        return "wrong_key"
    return grant.trouble(now) or "lost"
