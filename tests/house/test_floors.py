"""Imports only go down, and each library stays in its room."""

import subprocess
import sys

from tests.house.source import ROOT, imported, python_files, where

# A unit of work is handed from the edge to the stores by name, and an edge may have to name a database's refusal (sqlalchemy.exc).
_HANDED_THROUGH = {"sqlalchemy.orm.Session"}


def test_imports_only_go_down_and_libraries_stay_in_their_rooms():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_sqlalchemy_is_known_only_to_models_stores_and_the_database_room():
    """A service that sees a statement or an engine could read past its store."""
    offenders = [
        f"{name}: {module}"
        for path in python_files()
        if not (name := where(path)).startswith("idp/db/") and not name.endswith(("/models.py", "/store.py"))
        for module in imported(path)
        if module.startswith("sqlalchemy") and module not in _HANDED_THROUGH and not module.startswith("sqlalchemy.exc.")
    ]
    assert not offenders, "\n".join(offenders)


def test_every_room_has_a_floor():
    """A new package that no contract names would be free to import anything."""
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "idp").iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.stem for path in (ROOT / "idp").glob("*.py")} - {"__init__"}
    layers = contracts.partition("layers = [")[2].partition("]")[0]
    missing = sorted(room for room in rooms if f"idp.{room}" not in layers)
    assert not missing, f"no floor in pyproject.toml for: {missing}"
