"""Whatever issues something by a person's grant, or tells of it, asks the one gate first (idp.protocol.gate.closed)."""

import ast

import pytest

from tests.house.source import python_files, tree

GATE = "closed"
# What issues or tells: the makers of answers and tokens, signatures, a person's data, the reading of a token that was handed in.
TELLS = {"token_answer", "access_token", "id_token", "exchanged", "sign", "profile", "read", "issue", "redeem_device", "redeem", "refresh"}
ASKED_ELSEWHERE = {
    "rfc9068_access_token.access_token": "makes what its callers asked for",
    "oidc_core_id_token.id_token": "makes what its callers asked for",
    "rfc6749_authorize.respond_issue": "the dance asked (idp.interaction.standards), in the same unit of work",
    "requested.subject_at": "a subject, for callers that asked",
    "rfc6749_client_credentials.ClientCredentialsGrant.create_token_response": "there is no person",
    "oidc_jarm.secured": "an answer of /authorize, which has asked",
    "oidc_backchannel_logout.Delivery.deliver": "tells an application that somebody is gone",
    "rfc7009_revocation.RevocationEndpoint.create_endpoint_response": "takes back, and tells nothing",
    "rfc9701_jwt_introspection.secured": "signs what introspection asked for",
}


def _calls(node: ast.AST) -> set[str]:
    named = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {func.attr if isinstance(func, ast.Attribute) else func.id for func in named if isinstance(func, ast.Attribute | ast.Name)}


def _functions(module: ast.Module) -> dict[str, set[str]]:
    """The calls of each function and method, by its name in the module."""
    found = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _calls(node)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}": _calls(one) for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def ungated(module: ast.Module) -> set[str]:
    """Entrances of a module (functions that nothing in it calls) from which something is issued or told and the gate is not asked."""
    functions = _functions(module)
    short = {name.rsplit(".", 1)[-1]: name for name in functions}
    called = {short[one] for calls in functions.values() for one in calls if one in short}

    def reach(name: str, seen: set[str]) -> set[str]:
        calls = set(functions[name])
        for one in calls & short.keys() - seen:
            calls |= reach(short[one], seen | {one})
        return calls

    reached = {name: reach(name, {name.rsplit(".", 1)[-1]}) for name in functions if name not in called}
    return {name for name, calls in reached.items() if calls & TELLS and GATE not in calls}


def test_every_path_that_issues_or_tells_asks_the_gate() -> None:
    found = {f"{path.stem}.{name}" for path in python_files("idp/protocol") for name in ungated(tree(path))}
    assert found - ASKED_ELSEWHERE.keys() == set(), "ask idp.protocol.gate.closed before anything is issued or told"
    assert ASKED_ELSEWHERE.keys() - found == set(), "no longer needed here"


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("def answer(desk):\n return token_answer(desk)", {"answer"}),
        ("def answer(desk):\n if closed(desk): raise X\n return token_answer(desk)", set()),
        ("class G:\n def answer(self):\n  return self._make()\n def _make(self):\n  return desk.ring.sign({})", {"G.answer"}),
        ("class G:\n def answer(self):\n  self._ask()\n  return desk.directory.profile(1)\n def _ask(self):\n  closed(1)", set()),
    ],
)
def test_a_path_that_forgets_is_seen(source: str, bare: set[str]) -> None:
    assert ungated(ast.parse(source)) == bare
