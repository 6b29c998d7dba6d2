"""A declared type of authorization details for these tests, and an application that may use it."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import House
from tests.rp import FORM, Heard, RelyingParty

API, OTHER = "https://surat.example.go.id", "https://arsip.example.go.id"
FIELDS: dict[str, Any] = {
    "properties": {
        "actions": {
            "type": "array", "title": "May", "title_id": "Boleh",
            "items": {
                "type": "string",
                "oneOf": [
                    {"const": "read", "title": "read letters", "title_id": "membaca surat"},
                    {"const": "sign", "title": "sign letters", "title_id": "menandatangani surat"},
                ],
            },
        },
        "unit": {"type": "string", "title": "Of the unit", "title_id": "Dari unit", "maxLength": 60},
        "most": {"type": "integer", "title": "At most", "title_id": "Paling banyak", "minimum": 1, "maximum": 100000},
        "until": {"type": "string", "format": "date", "title": "Until", "title_id": "Sampai"},
        "urgent": {"type": "boolean", "title": "Urgent ones too", "title_id": "Termasuk yang segera"},
        "from": {
            "type": "object", "title": "From", "title_id": "Dari", "required": ["agency"],
            "properties": {"agency": {"type": "string", "title": "agency", "title_id": "instansi"}},
        },
    },
    "required": ["actions"],
}  # fmt: skip
LETTER = {"type": "surat", "actions": ["read", "sign"], "unit": "Dinas Kominfo", "most": 12000}


def declare(house: House, name: str = "surat", *resources: str, **values: Any) -> None:
    """Declare a type."""
    given = {"title": "Work on your letters", "title_id": "Mengerjakan surat Anda", "schema": FIELDS, **values}
    with house.unit() as services:
        services.registry.authorization_types.declare(OPERATOR, name, resources=resources or (API,), **given)


def rich(house: House, client_id: str = "app", **values: Any) -> RelyingParty:
    """An application that may use the type `surat` for its API."""
    return house.rp(client_id, **{"authorization_types": ("surat",), "resources": (API,), "scope": "openid profile", **values})


def details(*some: Any) -> dict[str, str]:
    """The parameter."""
    return {"authorization_details": json.dumps(some)}


def submit(rp: RelyingParty, path: str, page: Heard, **fields: str) -> Heard:
    """Send the form of a page as its browser does."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return rp.browser.post(path, urlencode({"csrf_token": unescape(found[1]), **fields}), {"Content-Type": FORM, "Origin": "http://localhost:8000"})


def asked(rp: RelyingParty, began: Heard) -> tuple[str, Heard]:
    """The page that asks the person: its address, and itself."""
    at = rp.browser.get(began.location, {}).location
    assert at.endswith("/data"), at
    return at, rp.browser.get(at, {})


def agree(rp: RelyingParty, began: Heard, choice: str = "allow") -> Heard:
    """Answer the page; gives what goes back to the application."""
    at, page = asked(rp, began)
    done = submit(rp, at, page, choice=choice)
    return done if done.location.startswith("https://") else rp.browser.get(done.location, {})


def tokens(rp: RelyingParty, *some: Any, **changes: Any) -> dict[str, Any]:
    """From /authorize, over the page, to the token answer."""
    answer = rp.redeem(agree(rp, rp.begin(**{**details(*some), **changes})).params["code"])
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json
    return found
