"""Pages carry the brand of the application's government, else of the person's, else of the installation."""

from sqlalchemy import event

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from tests.directory.test_brands import SVG
from tests.web.visitor import PASSWORD


def test_the_sign_in_page_shows_whose_application_waits(app, unit, siti, visitor):
    with unit() as services:
        services.brands.set(OPERATOR, "12.71", name="Masuk Kota Medan", accent="#7a1f3d", logo=SVG)
        services.registry.create(OPERATOR, NewClient(client_id="medan", redirect_uris=("https://a.example/cb",), government_code="12.71",
                                                     first_party=True, require_pkce=False))  # fmt: skip
    query = "client_id=medan&redirect_uri=https://a.example/cb&response_type=code&scope=openid"
    page = visitor.client.get(f"/authorize?{query}", follow_redirects=True).text
    assert "<span>Masuk Kota Medan</span>" in page
    assert '"/brand.css?v=7a1f3d"' in page
    assert '<img src="/brand/12.71/logo?v=' in page
    assert "<span>Masuk Kota Medan</span>" not in app.test_client().get("/sign-in").text  # nobody's: the installation's


def test_the_portal_shows_the_persons_own(unit, siti, visitor):
    with unit() as services:
        services.brands.set(OPERATOR, None, name="SSO Uji")
        services.brands.set(OPERATOR, "12.71", name="Pegawai Medan")
    assert "<span>SSO Uji</span>" in visitor.client.get("/sign-in").text
    visitor.sign_in(siti.username, PASSWORD)
    assert "<span>Pegawai Medan</span>" in visitor.client.get("/").text


def test_a_logo_is_served_for_good_and_can_do_nothing(app, unit, siti):
    with unit() as services:
        services.brands.set(OPERATOR, "12.71", logo=SVG)
    answer = app.test_client().get("/brand/12.71/logo")
    assert (answer.data, answer.mimetype) == (SVG, "image/svg+xml")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "immutable" in answer.headers["Cache-Control"]
    assert app.test_client().get("/brand/12.72/logo").status_code == 404
    assert app.test_client().get("/brand/" + "x" * 300 + "/logo").status_code == 404


def test_a_sheet_takes_colours_and_nothing_else(app):
    client = app.test_client()
    assert "--accent:#7a1f3d" in client.get("/brand.css?v=7a1f3d").text
    for bad in ("red", "7a1f3d}body{", "", "7a1f3", "%00"):
        assert "--accent:#0b5d4e" in client.get(f"/brand.css?v={bad}").text


def test_brands_cost_no_statement_while_they_are_fresh(app, deps, clock):
    asked: list[str] = []
    listen = lambda *seen: asked.append(seen[2]) if "brands" in seen[2] else None  # noqa: E731
    event.listen(deps.database.engine, "before_cursor_execute", listen)
    client = app.test_client()
    for _ in range(3):
        client.get("/sign-in")
    assert len(asked) == 1
    clock.advance(seconds=31)
    client.get("/sign-in")
    assert len(asked) == 2
