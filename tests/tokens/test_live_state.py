"""What a claim says about the client is said about this client, whatever other clients there are."""

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.tokens.view import GrantView
from tests.protocol.conftest import CALLBACK, House
from tests.tokens.test_ledger import new, redeem


def test_a_redeemed_code_carries_the_version_and_status_of_its_own_client(house: House) -> None:
    """On SQLite the version came from the first row of `clients`: a client was taken for changed, or not taken for disabled."""
    house.rp()
    session_id = house.sign_in()
    with house.unit() as services:
        for name in ("aaa", "zzz"):
            services.registry.create(OPERATOR, NewClient(client_id=name, redirect_uris=(CALLBACK,)))
            for _ in range(2):
                services.registry.rotate_secret(OPERATOR, name)
        services.registry.disable(OPERATOR, "aaa")
        own = services.registry.get("app").version
    with house.unit() as services:
        grant = redeem(services.grants, services.grants.issue(OPERATOR, new(house, session_id), may_refresh=True))
    assert isinstance(grant, GrantView)
    assert (grant.client_version, grant.client_status, grant.person_status) == (own, "active", "active")
    with house.unit() as services:
        services.registry.disable(OPERATOR, "app")
        grant = redeem(services.grants, services.grants.issue(OPERATOR, new(house, session_id), may_refresh=True))
    assert isinstance(grant, GrantView)
    assert grant.client_status == "disabled"
