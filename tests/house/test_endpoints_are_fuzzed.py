"""Every machine endpoint, and every page that applications send browsers to, is fuzzed (tests/fuzz)."""

import re

from flask import Flask

from tests.fuzz.endpoints import ENDPOINTS, PATHS


def test_no_machine_endpoint_is_left_out(app: Flask) -> None:
    machines = {
        re.sub(r"<[^>]+>", "<>", rule.rule)
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "__guard__", None) == "client_endpoint"
    }
    wanted = machines | {
        "/authorize",
        "/logout",
        "/device",
        "/device/<>",
        "/interaction/<>",
        "/interaction/<>/data",
        "/interaction/<>/account",
    }
    assert wanted <= set(PATHS), wanted - set(PATHS)
    assert set(PATHS.values()) <= {endpoint.name.partition("-")[0] for endpoint in ENDPOINTS}
