"""The `spec` mark: which sentence of which specification a test holds."""

from typing import Literal

import pytest

Level = Literal["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]


def spec(name: str, section: str, level: Level = "MUST") -> pytest.MarkDecorator:
    """Mark a test with its source, e.g. ``@spec("RFC 7636", "4.6")``; `idp rooms` and the house tests count them."""
    return pytest.mark.spec(name, section, level)
