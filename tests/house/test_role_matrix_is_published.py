"""The published role matrix is that of the code: a new route, right or role without its line fails here."""

from idp.policy.permissions import Permission
from tests.web import role_matrix


def test_the_document_says_what_the_code_says() -> None:
    assert role_matrix.FILE.read_text(encoding="utf-8") == role_matrix.text(), "run: python -m tests.web.role_matrix"


def test_every_route_of_the_area_says_what_it_needs() -> None:
    """An object in the address needs a right that a scope can be asked for."""
    open_ = [one.path for one in role_matrix.routes() if one.needs.permission is None and one.path != "/admin"]
    assert not open_, f"name the right: {open_}"


def test_what_changes_something_for_others_needs_a_fresh_proof() -> None:
    """ASVS 7.5.3: every form of the area today; one that needs none is named here with its reason."""
    excused: dict[str, str] = {}
    stale = [one.path for one in role_matrix.routes() if "POST" in one.methods and not one.needs.fresh and one.path not in excused]
    assert not stale, stale


def test_every_right_has_its_line() -> None:
    assert all(f"| `{permission.value}` |" in role_matrix.text() for permission in Permission)
