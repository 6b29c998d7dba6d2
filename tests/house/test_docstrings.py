"""A package's first words say what it owns and what it never touches; a migration's say why, and whether it locks."""

import ast
import re

import pytest

from tests.house.source import ROOT, python_files, tree, where

PACKAGES = [path for path in python_files() if path.name == "__init__.py" and path.parent != ROOT / "idp"]
ROOMS = [path for path in PACKAGES if path.parent.parent == ROOT / "idp"]
MIGRATIONS = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))


@pytest.mark.parametrize("path", PACKAGES, ids=where)
def test_a_package_says_what_it_is(path):
    assert ast.get_docstring(tree(path)), "an __init__.py without a docstring"


@pytest.mark.parametrize("path", ROOMS, ids=where)
def test_a_room_says_what_it_owns_and_what_it_never_touches(path):
    said = (ast.get_docstring(tree(path)) or "").lower()
    assert re.search(r"\bowns\b", said), said
    assert re.search(r"\b(never|no|nothing)\b", said), said


@pytest.mark.parametrize("path", MIGRATIONS, ids=where)
def test_a_migration_says_why_and_whether_it_locks(path):
    said = (ast.get_docstring(tree(path)) or "").lower()
    assert "why:" in said, said
    assert "lock" in said, said


@pytest.mark.parametrize("path", sorted((ROOT / "idp" / "protocol").glob("rfc[0-9]*.py")), ids=where)
def test_a_specification_file_names_its_specification(path):
    number = re.match(r"rfc(\d+)", path.name)
    said = ast.get_docstring(tree(path)) or ""
    assert number, path.name
    assert re.search(rf"RFC {number[1]}\b", said), said


def test_public_functions_and_classes_are_explained():
    """What ruff's D1 sees, for the package as a whole: also where a file switched the rule off."""
    found = ((path, node) for path in python_files() for node in _public(tree(path)))
    bare = [f"{where(path)}:{node.lineno} {node.name}" for path, node in found if not ast.get_docstring(node)]
    assert not bare, "\n".join(bare)


def _public(parent: ast.AST):
    """Public definitions at module and class level; what is inside a function or a private class is its own affair."""
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)
