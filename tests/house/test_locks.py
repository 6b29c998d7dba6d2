"""What gets installed is pinned by hash, and names no address of any registry."""

import json
import re
import tomllib

import pytest

from tests.house.source import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt"]
NPM_LOCKS = sorted(path for path in ROOT.rglob("package-lock.json") if not {"node_modules", ".venv"} & set(path.parts))


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_no_address(name):
    text = (ROOT / name).read_text()
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize(("name", "extra"), [("requirements.txt", None), ("requirements-dev.txt", "dev")])
def test_the_lock_holds_what_the_project_names(name, extra):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    names = {re.split(r"[\[><=~! ]", item, maxsplit=1)[0].lower().replace("_", "-") for item in wanted}
    assert names <= _pins(name).keys(), f"run `make lock`: {sorted(names - _pins(name).keys())}"


def test_tests_run_the_versions_that_the_demo_runs():
    development = _pins("requirements-dev.txt")
    assert all(development[name] == version for name, version in _pins("requirements.txt").items())


@pytest.mark.parametrize("path", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_an_npm_lock_names_no_registry(path):
    packages = json.loads(path.read_text())["packages"]
    assert packages
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert name == "" or "integrity" in package, name
