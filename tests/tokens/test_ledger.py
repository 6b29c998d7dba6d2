"""The ledger by itself, on both databases."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.audit.store import AuditStore
from idp.kernel.actor import OPERATOR
from idp.kernel.randomness import SystemRandomness, digest
from idp.kernel.sealing import Sealer
from idp.tokens import refresh as refresh_tokens
from idp.tokens.ledger import Ledger, NewGrant, Refused
from idp.tokens.view import GrantView
from idp.wiring import Services
from tests.protocol.conftest import CALLBACK, House


def new(house: House, session_id: str, **changes: object) -> NewGrant:
    values = {
        "client_id": "app", "person_id": house.person(), "session_id": session_id, "subject": "s", "government_code": None,
        "scope": ("openid",), "resource": (), "claims": None, "nonce": None, "redirect_uri": CALLBACK, "code_challenge": "c" * 43,
        "auth_time": house.clock.now(), "acr": "urn:sumut:acr:1", "amr": ("pwd",), **changes,
    }  # fmt: skip
    return NewGrant(**values)  # type: ignore[arg-type]


@pytest.fixture
def session_id(house: House) -> str:
    house.rp()
    return house.sign_in()


def redeem(ledger: Ledger, code: str, **changes: object) -> GrantView | Refused:
    values = {"client_id": "app", "redirect_uri": CALLBACK, "challenge": "c" * 43, "may_refresh": True, **changes}
    return ledger.redeem(OPERATOR, code, **values)  # type: ignore[arg-type]


def tags(services: Services) -> list[str]:
    return [row.tag for row in AuditStore(services.session).everything(government=None, since=None)]


def test_a_code_is_stored_as_a_digest_only(house: House, session_id: str) -> None:
    with house.unit() as services:
        code = services.grants.issue(OPERATOR, new(house, session_id), may_refresh=True)
        grant = redeem(services.grants, code)
    assert isinstance(grant, GrantView)
    assert grant.code_digest == digest(code)
    assert code not in repr(grant)
    assert len(code) >= 43


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_id": "other"}, "wrong_client"),
        ({"redirect_uri": CALLBACK + "/"}, "wrong_redirect_uri"),
        ({"challenge": None}, "wrong_verifier"),
        ({"challenge": "d" * 43}, "wrong_verifier"),
    ],
)
def test_each_proof_is_needed_and_each_refusal_recorded(house: House, session_id: str, changes: dict[str, object], reason: str) -> None:
    with house.unit() as services:
        code = services.grants.issue(OPERATOR, new(house, session_id), may_refresh=True)
        assert redeem(services.grants, code, **changes) == Refused(reason)
        assert "tokens:code:refuse" in tags(services)
        after = redeem(services.grants, code)
    assert isinstance(after, GrantView) == (reason == "wrong_verifier")


def test_a_code_without_a_challenge_takes_no_verifier(house: House, session_id: str) -> None:
    with house.unit() as services:
        code = services.grants.issue(OPERATOR, new(house, session_id, code_challenge=None), may_refresh=True)
        assert redeem(services.grants, code) == Refused("wrong_verifier")
        assert isinstance(redeem(services.grants, code, challenge=None), GrantView)


def test_reuse_is_recorded_and_ends_the_grant(house: House, session_id: str) -> None:
    with house.unit() as services:
        code = services.grants.issue(OPERATOR, new(house, session_id), may_refresh=True)
        grant = redeem(services.grants, code)
        assert isinstance(grant, GrantView)
        assert redeem(services.grants, code) == Refused("used")
        assert "tokens:code:reuse" in tags(services)
        live = services.grants.live(f"{grant.id}.x")
    assert live is not None
    assert live.trouble(house.clock.now()) == "revoked"


def test_ending_a_session_ends_what_is_bound_to_it_and_says_whom_to_tell(house: House, session_id: str) -> None:
    house.rp("other")
    with house.unit() as services:
        ledger = services.grants
        bound = redeem(ledger, ledger.issue(OPERATOR, new(house, session_id), may_refresh=True))
        offline = redeem(ledger, ledger.issue(OPERATOR, new(house, session_id, scope=("openid", "offline_access")), may_refresh=True))
        ledger.issue(OPERATOR, new(house, session_id, client_id="other"), may_refresh=True)  # never redeemed
        assert isinstance(bound, GrantView)
        assert isinstance(offline, GrantView)
        told = ledger.end_session(OPERATOR, session_id, "test")
        assert [entry.client_id for entry in told] == ["app"]
        assert ledger.live(bound.id).revoked_at is not None  # type: ignore[union-attr]
        assert ledger.live(offline.id).revoked_at is None  # type: ignore[union-attr]
        assert ledger.revoke_person(OPERATOR, house.person(), "test") == 1
        assert ledger.live(offline.id).revoked_at is not None  # type: ignore[union-attr]


def test_one_session_can_be_kept(house: House, session_id: str) -> None:
    other = house.sign_in()
    with house.unit() as services:
        ledger = services.grants
        kept = redeem(ledger, ledger.issue(OPERATOR, new(house, session_id), may_refresh=True))
        gone = redeem(ledger, ledger.issue(OPERATOR, new(house, other), may_refresh=True))
        assert isinstance(kept, GrantView)
        assert isinstance(gone, GrantView)
        assert ledger.revoke_person(OPERATOR, house.person(), "test", keep_session=session_id) == 1
        assert ledger.live(kept.id).revoked_at is None  # type: ignore[union-attr]


def test_applications_lists_what_is_alive(house: House, session_id: str) -> None:
    with house.unit() as services:
        ledger = services.grants
        ledger.issue(OPERATOR, new(house, session_id), may_refresh=True)
        assert [client_id for client_id, _ in ledger.applications(house.person())] == ["app"]
        ledger.revoke_person(OPERATOR, house.person(), "test", client_id="app")
        assert ledger.applications(house.person()) == []


def test_an_assertion_and_a_token_identifier_are_remembered_once(house: House) -> None:
    later = house.clock.now() + timedelta(minutes=5)
    for expected in (True, False):
        with house.unit() as services:
            assert services.grants.use_assertion("app", "jti", later) is expected
    with house.unit() as services:
        assert services.grants.use_assertion("other", "jti", later)
        assert not services.grants.is_revoked("c.x")
        services.grants.revoke_client_token(OPERATOR, "app", "c.x", later)
        assert services.grants.is_revoked("c.x")


def test_pruning_forgets_only_what_is_over(house: House, session_id: str) -> None:
    with house.unit() as services:
        services.grants.issue(OPERATOR, new(house, session_id), may_refresh=False)
        services.grants.issue(OPERATOR, new(house, session_id), may_refresh=True)
        services.grants.use_assertion("app", "jti", house.clock.now())
        assert services.grants.prune() == 0
    house.clock.advance(seconds=2 * 24 * 3600)
    with house.unit() as services:
        assert services.grants.prune() == 2
    house.clock.advance(seconds=31 * 24 * 3600)
    with house.unit() as services:
        assert services.grants.prune(limit=1) == 1


@given(st.text(max_size=130))
def test_no_text_breaks_the_reading_of_a_refresh_token(text: str) -> None:
    found = refresh_tokens.parse(text)
    assert found is None or not refresh_tokens.proves(Sealer([b"k" * 32], SystemRandomness()), found, b"d" * 32)


def test_a_refresh_token_is_bound_to_key_grant_and_generation() -> None:
    one, other = (Sealer([key * 32], SystemRandomness()) for key in (b"a", b"b"))
    grant_id, code_digest = "0" * 26, b"d" * 32
    token = refresh_tokens.make(one, grant_id, code_digest, 3)
    presented = refresh_tokens.parse(token)
    assert presented is not None
    assert refresh_tokens.proves(one, presented, code_digest)
    assert not refresh_tokens.proves(other, presented, code_digest)
    assert not refresh_tokens.proves(one, presented, b"e" * 32)
    raised = refresh_tokens.parse(token.replace(".3.", ".4."))
    assert raised is not None
    assert not refresh_tokens.proves(one, raised, code_digest)
