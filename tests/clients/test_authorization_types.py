"""Declaring types of authorization details, and saying which client may use them: `idp authorization-type`, registration."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.cli import main
from idp.clients.authorization_types.declaration import DeclaredType, check_type
from idp.clients.authorization_types.values import narrows, problem, told
from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.errors import Invalid, NotAllowed, NotFound
from idp.settings import Settings
from idp.wiring import Services
from tests.protocol.rich import API, FIELDS, LETTER, OTHER
from tests.spec import spec

WORDS = {"title": "Work on your letters", "title_id": "Mengerjakan surat Anda"}
LETTERS = DeclaredType("surat", WORDS["title"], WORDS["title_id"], FIELDS, (API,), without_person=False)


def field(**values: Any) -> dict[str, Any]:
    """A schema with one field."""
    return {"properties": {"one": {"title": "One", "title_id": "Satu", **values}}}


@pytest.mark.parametrize(
    "schema",
    [
        None, [], {"type": "array"}, {"properties": []}, {"required": ["x"]}, {"additionalProperties": True}, {"$ref": "#"},
        {"properties": {"type": {"type": "string", "title": "a", "title_id": "b"}}}, {"properties": {"a b": {}}}, {"properties": {"a": 1}},
        {"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "string", "title": "A"}}}, field(), field(type="null"),
        field(type="string", pattern="(a+)+$"), field(type="string", maxLength=5000), field(type="string", minLength=-1),
        field(type="string", enum=[]), field(type="string", enum=[1]), field(type="integer", enum=["a"]),
        field(type="string", format="ipv4"),
        field(type="string", oneOf=[]), field(type="string", oneOf=[{"const": "a"}]), field(type="number", minimum="1"),
        field(type="number", minimum=True), field(type="number", maximum=float("nan")), field(type="array"),
        field(type="array", items={"type": "array", "items": {"type": "string"}}),
        field(type="array", items={"type": "string"}, maxItems=51),
        field(type="object", properties={"x": {"type": "string"}}),
        field(type=["string"]), {"properties": {f"f{n}": {} for n in range(41)}},
        {"properties": {f"f{n}": {"type": "string", "title": "a", "title_id": "b"} for n in range(41)}},
        field(type="string", title="a\u202eb"), field(type="string", title=" "), field(type="string", description="x" * 20_000),
    ],
)  # fmt: skip
def test_a_declaration_says_only_what_can_be_checked_and_told(schema: Any) -> None:
    with pytest.raises(Invalid):
        check_type("surat", WORDS["title"], WORDS["title_id"], schema)


def test_objects_stand_in_objects_three_deep() -> None:
    def nested(depth: int) -> dict[str, Any]:
        inner = nested(depth - 1) if depth else {"properties": {}}
        return field(type="object", properties=inner["properties"])

    check_type("surat", "A", "B", nested(1))
    with pytest.raises(Invalid):
        check_type("surat", "A", "B", nested(3))


@spec("RFC 9396", "2")
def test_what_is_declared_is_also_a_json_schema() -> None:
    check_type("https://surat.example.go.id/types/surat", WORDS["title"], WORDS["title_id"], FIELDS)
    assert problem(LETTERS, LETTER) is None
    for name in ("", "a b", "ä", "x" * 129):
        with pytest.raises(Invalid):
            check_type(name, "A", "B", FIELDS)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["actions", "unit", "most", "until", "urgent", "from", "locations", "agency", "x"]), inner)))  # fmt: skip
def test_any_value_is_judged_and_what_is_good_can_be_told(value: Any) -> None:
    """Property: no value breaks the check; a value that passes has words for every line and narrows itself."""
    detail = {"type": "surat", **(value if isinstance(value, dict) else {"unit": value})}
    if problem(LETTERS, detail) is None:
        assert [line.label for line in told(LETTERS, detail, "id")]
        assert narrows(detail, deepcopy(detail))


@spec("RFC 9396", "6.1")
def test_fewer_entries_are_less_only_where_lists_say_what_is_wanted() -> None:
    granted = {"type": "x", "actions": ["a", "b"], "except": ["c", "d"], "limit": 1, "deep": {"actions": ["a", "b"]}}
    assert narrows({**granted, "actions": ["b"]}, granted)
    others = ({"except": ["c"]}, {"limit": 2}, {"limit": True}, {"deep": {"actions": ["a"]}}, {"new": 1})
    for change in ({"actions": []}, {"actions": ["c"]}, *others):
        assert not narrows({**granted, **change}, granted), change
    assert not narrows({name: value for name, value in granted.items() if name != "limit"}, granted)
    assert narrows({**granted, "locations": [API]}, granted)
    assert not narrows(granted, {**granted, "locations": [API]})


def test_words_follow_the_reader() -> None:
    assert [(line.label, line.value) for line in told(LETTERS, LETTER, "id")][:2] == [
        ("Boleh", ("membaca surat", "menandatangani surat")), ("Dari unit", "Dinas Kominfo"),
    ]  # fmt: skip
    assert next(told(LETTERS, LETTER, "en")).value == ("read letters", "sign letters")
    boxes = {"boxes": {"type": "array", "title": "Box", "title_id": "Kotak", "items": {"type": "object", "properties": {
        "at": {"type": "string", "format": "date-time", "title": "at", "title_id": "pada"}}}}}  # fmt: skip
    several = DeclaredType("x", "A", "B", {"properties": boxes}, (API,), without_person=False)
    moments = {"type": "x", "boxes": [{"at": "2027-01-01T00:00:00+07:00"}, {"at": "2027-01-02T00:00:00Z"}]}
    assert problem(several, moments) is None
    assert [line.label for line in told(several, moments, "en")] == ["Box 1 · at", "Box 2 · at"]
    assert problem(several, {"type": "x", "boxes": [{"at": "2027-01-01T00:00:00"}]})


def test_declared_changed_allowed_and_taken_away(services: Services) -> None:
    types = services.registry.authorization_types
    types.declare(OPERATOR, "surat", schema=FIELDS, resources=(API, API), **WORDS)
    types.declare(OPERATOR, "surat", schema=FIELDS, resources=(API, OTHER), without_person=True, **WORDS)
    assert [(one.type, one.resources, one.without_person) for one in types.list()] == [("surat", (API, OTHER), True)]
    app = {"redirect_uris": ("https://app.example.org/cb",)}
    services.registry.create(OPERATOR, NewClient("app", resources=(API,), authorization_types=("surat",), **app))
    services.registry.create(OPERATOR, NewClient("poor", **app))
    with pytest.raises(Invalid, match="registered for none"):
        types.allow(OPERATOR, "surat", "poor")
    with pytest.raises(Invalid, match="no authorization type"):
        types.allow(OPERATOR, "rapat", "app")
    with pytest.raises(Invalid):
        services.registry.create(OPERATOR, NewClient("third", resources=(API,), authorization_types=("rapat",), **app))
    before = services.registry.get("app").version
    assert types.forbid(OPERATOR, "surat", "app") == ()
    assert services.registry.get("app").version == before + 1
    assert types.allow(OPERATOR, "surat", "app") == ("surat",)
    with pytest.raises(NotFound):
        types.forbid(OPERATOR, "surat", "poor")
    with pytest.raises(Invalid):
        types.declare(OPERATOR, "rapat", schema=FIELDS, resources=(), **WORDS)
    with pytest.raises(NotAllowed):
        types.retire(Actor("person", id="p"), "surat")
    types.retire(OPERATOR, "surat")
    with pytest.raises(NotFound):
        types.retire(OPERATOR, "surat")
    assert types.known(["surat"]) == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from click.testing import CliRunner

    for name in ("issuer", "database_url", "secret_key", "rsa_key_bits"):
        monkeypatch.setenv(f"IDP_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("IDP_DATA_KEYS", ",".join(settings.data_keys))
    file, runner = tmp_path / "surat.json", CliRunner()
    file.write_text(json.dumps(FIELDS))

    def run(*arguments: str, code: int = 0) -> str:
        done = runner.invoke(main, arguments)
        assert done.exit_code == code, done.output
        assert code == 0 or len(done.stderr.strip().splitlines()) == 1
        return done.stdout if code == 0 else done.stderr

    declare = ("authorization-type", "declare", "surat", "--title", "Letters", "--title-id", "Surat", "--schema", str(file))
    assert "--resource" in run(*declare, code=2)
    run(*declare, "--resource", API)
    assert json.loads(run("authorization-type", "list", "--json"))[0]["resources"] == [API]
    assert json.loads(run("authorization-type", "show", "surat")) == FIELDS
    create = ("client", "create", "--redirect-uri", "https://app.example.org/cb", "--resource", API)
    run(*create, "--client-id", "app", "--authorization-type", "surat")
    assert json.loads(run("client", "show", "app", "--json"))["authorization_details_types"] == ["surat"]
    assert "rapat" in run(*create, "--client-id", "two", "--authorization-type", "rapat", code=2)
    assert "surat" not in run("authorization-type", "allow", "surat", "app", "--remove").partition("client_id: app")[2]
    assert "surat" in run("authorization-type", "allow", "surat", "app")
    run("authorization-type", "retire", "surat")
    assert "rapat" in run("authorization-type", "show", "rapat", code=2)
    file.write_text("{")
    assert "not JSON" in run(*declare, "--resource", API, code=2)
    assert "cannot read" in run(*declare[:-1], str(tmp_path / "none"), code=2)
