"""One device code, a hundred polls at once, over several worker processes: exactly one success (RFC 8628, attack C8)."""

from collections import Counter

from idp.audit.tags import Tag
from idp.clients.metadata import DEVICE_GRANT, NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.randomness import SystemRandomness, letters
from idp.tokens.devices import Approval
from tests.rp import HttpWire, RelyingParty
from tests.running import RunningServer
from tests.spec import spec
from tests.tokens.test_races import AT_ONCE, apart, together


def device(server: RunningServer) -> RelyingParty:
    """A public device application."""
    new = NewClient(client_id=f"tv-{letters(SystemRandomness(), 8)}", auth_method="none", grants=(DEVICE_GRANT, "refresh_token"))
    with server.services() as services:
        services.registry.create(OPERATOR, new)
    return RelyingParty(HttpWire(server.base), HttpWire(server.base), new.client_id, "", None, "none", "openid profile")


def approved(server: RunningServer, user_code: str) -> None:
    """A person says yes, as the page does."""
    with server.services() as services:
        person = services.people.create(OPERATOR, NewPerson(username=f"p-{letters(SystemRandomness(), 8)}", name="Siti"))
        token = services.sessions.start(OPERATOR, person.id, ("pwd", "otp", "mfa"), shared=False)
        services.audit.record(Tag.SESSION_START, OPERATOR, subject=("person", person.id))
        live = services.sessions.find(token)
        waiting = services.grants.take_device(user_code, person.id)
        assert live is not None and waiting is not None
        yes = Approval(live.id, "sub-of-siti", None, live.auth_time, live.acr, live.amr)
        assert services.grants.approve_device(OPERATOR, waiting, person.id, yes)


@spec("RFC 8628", "3.4")
def test_one_of_a_hundred_polls_of_an_approved_code_succeeds(server: RunningServer) -> None:
    rp = device(server)
    given = rp.call("/device_authorization", {"scope": "openid profile"}).json
    approved(server, given["user_code"])
    answers = together(lambda: apart(rp).token(grant_type=DEVICE_GRANT, device_code=given["device_code"]))
    assert Counter(answer.status for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert {answer.error for answer in answers if not answer.ok} == {"invalid_grant"}
    winner = next(answer for answer in answers if answer.ok).json
    # A second use takes back what the first gave, so nothing lives on.
    assert rp.userinfo(winner["access_token"]).status == 401
    assert rp.refresh(winner["refresh_token"]).error == "invalid_grant"


@spec("RFC 8628", "3.5")
def test_of_a_hundred_polls_while_waiting_one_is_in_time(server: RunningServer) -> None:
    rp = device(server)
    code = rp.call("/device_authorization", {"scope": "openid"}).json["device_code"]
    answers = together(lambda: apart(rp).token(grant_type=DEVICE_GRANT, device_code=code))
    assert Counter(answer.error for answer in answers) == {"authorization_pending": 1, "slow_down": AT_ONCE - 1}
