"""Files and functions stay small enough to read at once."""

from statistics import median, quantiles

from tests.house.source import functions, python_files, where


def _lines(path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_over_400_lines():
    long = {where(path): _lines(path) for path in python_files("idp", "migrations", "tests", "deploy", "bench") if _lines(path) > 400}
    assert not long, f"split by concern: {long}"


def test_files_are_small_as_a_whole():
    sizes = [_lines(path) for path in python_files() if path.name != "__init__.py"]
    assert median(sizes) <= 110, median(sizes)
    assert quantiles(sizes, n=20)[-1] <= 250, sorted(sizes)[-10:]


def test_functions_are_small():
    found = ((path, node) for path in python_files() for node in functions(path))
    sizes = {f"{where(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1 for path, node in found}
    assert quantiles(sizes.values(), n=20)[-1] <= 30, sorted(sizes.items(), key=lambda item: -item[1])[:15]
    longest = {name: size for name, size in sizes.items() if size > 80}
    assert not longest, longest
