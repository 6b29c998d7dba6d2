"""``idp rooms``: what is offered, section by section, where it is kept and how often it is tested."""

import ast
from pathlib import Path

import click

from idp.cli.base import emit, json_option

TESTS = Path(__file__).resolve().parents[2] / "tests"


@click.command()
@json_option
def rooms(as_json: bool) -> None:
    """Every specification offered: section, what it demands, function, number of tests that quote it."""
    from idp.protocol.contract import contract
    from idp.protocol.rooms import ROOMS

    quoted = quotations(TESTS)
    rows = [
        {
            "specification": kept.spec,
            "section": kept.section,
            "what": kept.what,
            "function": f"{room.__name__.rsplit('.', 1)[1]}.{kept.function}",
            "tests": sum(kept.is_tested_by(*place) for place in quoted) if quoted else None,
        }
        for room in ROOMS
        for kept in contract(room)
    ]
    emit(rows, as_json)


def quotations(folder: Path) -> list[tuple[str, str]]:
    """(specification, section) of each ``@spec`` above a test in `folder`; nothing where the tests are not installed."""
    found: list[tuple[str, str]] = []
    for path in sorted(folder.rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found += [place for mark in node.decorator_list if (place := _place(mark))]
    return found


def _place(mark: ast.expr) -> tuple[str, str] | None:
    if not (isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "spec"):
        return None
    values = [argument.value for argument in mark.args[:2] if isinstance(argument, ast.Constant)]
    return (str(values[0]), str(values[1])) if len(values) == 2 else None
