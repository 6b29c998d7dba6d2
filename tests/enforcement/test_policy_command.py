"""`idp policy`: what operators type."""

import json

import pytest
from click.testing import CliRunner

from idp.cli.policy import policy


@pytest.fixture
def run(database, settings, monkeypatch):
    import idp.cli.base as base

    monkeypatch.setattr(base, "load_settings", lambda: settings)
    from idp.kernel.actor import OPERATOR
    from idp.wiring import Deps, Services

    deps = Deps.build(settings)
    with deps.database.unit() as session:
        Services(deps, session).organisations.seed(OPERATOR)
    deps.database.dispose()

    def run(*arguments):
        return CliRunner().invoke(policy, arguments)

    return run


def test_set_list_simulate_and_end(run):
    made = json.loads(run("set", "--demand", "any", "--government", "12.71", "--json").stdout)
    assert (made["subject"], made["value"], made["demand"]) == ("government", "12.71", "any")
    assert json.loads(run("simulate", "--demand", "any", "--json").stdout) == []
    assert [rule["id"] for rule in json.loads(run("list", "--json").stdout)] == [made["id"], "default"]
    assert run("end", made["id"]).exit_code == 0
    assert [rule["id"] for rule in json.loads(run("list", "--json").stdout)] == ["default"]
    assert run("end", made["id"]).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--demand", "some"), ("--demand", "any", "--government", "99.99"), ("--demand", "any", "--role", "king"), (),
        ("--demand", "any", "--user", "nobody"), ("--demand", "any", "--client", "nothing"), ("--demand", "any", "--from", "soon"),
        ("--demand", "any", "--role", "auditor", "--status", "PNS"),
    ],
)  # fmt: skip
def test_a_bad_value_exits_2_and_changes_nothing(run, arguments):
    assert run("set", *arguments).exit_code == 2
    assert len(json.loads(run("list", "--all", "--json").stdout)) == 1
