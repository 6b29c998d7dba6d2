"""What a claim says about the client is said about this client, whatever other clients there are."""

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.tokens.view import GrantView
from tests.protocol.conftest import CALLBACK, House
from tests.tokens.test_ledger import new, redeem


@pytest.mark.parametrize("client_id", ["app", "zzz", "aaa"])
def test_a_redeemed_code_carries_the_version_and_status_of_its_own_client(house: House, client_id: str) -> None:
    """On SQLite both once came from whichever client was found first: clients were taken for changed, or for still enabled."""
    house.rp()
    session_id = house.sign_in()
    with house.unit() as services:
        for turns, name in enumerate(("zzz", "aaa"), 2):
            services.registry.create(OPERATOR, NewClient(client_id=name, redirect_uris=(CALLBACK,)))
            for _ in range(turns):
                services.registry.rotate_secret(OPERATOR, name)
        own = services.registry.get(client_id).version
    with house.unit() as services:
        code = services.grants.issue(OPERATOR, new(house, session_id, client_id=client_id), may_refresh=True)
        grant = redeem(services.grants, code, client_id=client_id)
    assert isinstance(grant, GrantView)
    assert (grant.client_version, grant.client_status, grant.person_status) == (own, "active", "active")
    with house.unit() as services:
        services.registry.disable(OPERATOR, client_id)
        code = services.grants.issue(OPERATOR, new(house, session_id, client_id=client_id), may_refresh=True)
        grant = redeem(services.grants, code, client_id=client_id)
    assert isinstance(grant, GrantView)
    assert grant.client_status == "disabled"
