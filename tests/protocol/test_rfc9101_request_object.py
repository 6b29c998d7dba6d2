"""Signed request objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from joserfc.jwk import ECKey

from idp.kernel.clock import epoch
from tests.protocol.conftest import House
from tests.protocol.signing import JWKS, KEY, RSA, request_object
from tests.protocol.test_rfc9126_par import visit
from tests.rp import Heard, RelyingParty
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def jar(signed_in: House) -> RelyingParty:
    return signed_in.rp("jar", jwks=JWKS, request_object_alg="ES256")


def send(rp: RelyingParty, signed: str, **more: str) -> Heard:
    return rp.browser.get("/authorize?" + rp.request(request=signed, **more), {})


@spec("RFC 9101", "6.3", "MUST")
def test_only_what_the_object_holds_counts(signed_in: House, jar: RelyingParty) -> None:
    answer = send(jar, request_object(signed_in, jar, state="inside", claims={"id_token": {"name": None}}), state="outside", prompt="login")
    assert answer.params["state"] == "inside"
    assert jar.redeem(answer.params["code"]).ok


@spec("RFC 9101", "6.2", "MUST")
def test_what_is_not_signed_by_the_pinned_algorithm_is_shown(signed_in: House, jar: RelyingParty) -> None:
    foreign = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
    none = "eyJhbGciOiJub25lIn0." + request_object(signed_in, jar).split(".")[1] + "."
    for bad in (request_object(signed_in, jar, foreign), request_object(signed_in, jar, RSA, "RS256"), none, "x", "a.b.c"):
        answer = send(jar, bad)
        assert answer.status == 400
        assert "invalid_request_object" in answer.text


@spec("RFC 9101", "10.2", "MUST")
def test_issuer_audience_and_times_are_checked(signed_in: House, jar: RelyingParty) -> None:
    now = epoch(signed_in.clock.now())
    for change in (
        {"iss": "other"}, {"client_id": "other"}, {"aud": "https://other.example.org"}, {"aud": None}, {"exp": now - 60}, {"exp": None},
        {"exp": now + 9000}, {"nbf": now + 600}, {"request": "x"}, {"request_uri": "https://x.example.org"}, {"redirect_uri": "https://evil.test/"},
    ):  # fmt: skip
        answer = send(jar, request_object(signed_in, jar, **change))
        assert answer.status == 400, change
        assert "Location" not in answer.headers


@spec("OIDC Core", "6", "MUST")
def test_a_client_without_a_registered_algorithm_hears_that_it_is_not_supported(signed_in: House, rp: RelyingParty) -> None:
    assert send(rp, request_object(signed_in, rp)).params["error"] == "request_not_supported"
    assert rp.begin(request_uri="https://app.example.org/object").params["error"] == "request_uri_not_supported"


@spec("RFC 9101", "5.2", "MUST")
def test_an_address_that_is_not_registered_is_never_fetched(signed_in: House) -> None:
    rp = signed_in.rp("far", jwks=JWKS, request_object_alg="ES256", request_uris=("https://app.example.org/object",))
    assert rp.begin(request_uri="https://evil.test/object").status == 400
    assert rp.begin(request_uri="https://app.example.org/object", request="x").status == 400


@spec("RFC 9126", "3")
def test_an_object_can_be_pushed(signed_in: House) -> None:
    rp = signed_in.rp("both", jwks=JWKS, request_object_alg="ES256", require_request_object=True, require_par=True)
    pushed = rp.call("/par", {"request": request_object(signed_in, rp)})
    assert pushed.status == 201, pushed.text
    assert "code" in visit(rp, pushed.json["request_uri"]).params
    unsigned = rp.call("/par", {"response_type": "code", "redirect_uri": rp.redirect_uri, "scope": "openid"})
    assert unsigned.error == "invalid_request"
    assert rp.call("/par", {"request": request_object(signed_in, rp, KEY, iss="x")}).error == "invalid_request_object"


@spec("RFC 9101", "5.2")
def test_an_object_is_fetched_from_a_registered_address(signed_in: House) -> None:
    with address() as (uri, documents):
        rp = signed_in.rp("far", jwks=JWKS, request_object_alg="ES256", request_uris=(uri,))
        documents.append(request_object(signed_in, rp, state="fetched"))
        assert rp.begin(request_uri=uri).params["state"] == "fetched"
        documents.append("no object")
        assert rp.begin(request_uri=uri).status == 400
    assert rp.begin(request_uri=uri).status == 400  # nobody answers there any more


@contextmanager
def address() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine that gives the last of the documents."""
    documents: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(documents[-1].encode())

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/object", documents
        served.shutdown()
        thread.join()
