"""The start page: search, favourites, what was used last, links, announcements; and what hostile hands send to it."""

import zlib
from datetime import timedelta
from typing import Any

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import Invalid, NotAllowed, NotFound
from idp.portal.announcements import NewAnnouncement
from idp.portal.cards import CardChange
from idp.portal.logo import checked
from tests.web.conftest import Siti
from tests.web.visitor import Visitor, token_of


def png(width: int = 64, height: int = 64, extra: bytes = b"") -> bytes:
    """A black picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress(b"\0" * (height * (width + 1)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"tEXt", b"a\0<script>")
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def apps(unit: Any, siti: Siti) -> None:
    rows = (
        NewClient("cuti", "Aplikasi Cuti", redirect_uris=("https://cuti.example.go.id/cb",), government_code="12.71", topic="Kepegawaian"),
        NewClient("cafe", "Café Résumé", redirect_uris=("https://cafe.example.go.id/cb",)),
        NewClient("nias", "Nias", redirect_uris=("https://nias.example.go.id/cb",), government_code="12.04", access="government"),
    )
    with unit() as services:
        for row in rows:
            services.registry.create(OPERATOR, row)
        services.cards.change(
            OPERATOR, "cuti", CardChange(description="Ask for leave", description_id="Ajukan izin tidak masuk", logo=png())
        )
        services.portal_links.add(OPERATOR, "SRIKANDI", "https://srikandi.example.go.id", description_id="Naskah dinas")


def favour(visitor: Visitor, **fields: str) -> Any:
    return visitor.send("/favourites", token_of(visitor.get("/")), **fields)


@pytest.mark.parametrize("query", ["CAFE", "cafe resume", "ｃａｆé", "r\u200besum", "  café   "])
def test_search_overlooks_accents_case_and_width(visitor: Visitor, apps: None, query: str) -> None:
    visitor.sign_in()
    page = visitor.client.get("/", query_string={"q": query}, base_url="http://localhost:8000").text
    assert 'data-client-id="cafe"' in page and 'data-client-id="cuti"' not in page


@pytest.mark.parametrize("query", ["tidak masuk", "leave", "kepegawaian", "kota medan cuti"])
def test_search_looks_at_descriptions_topics_and_governments(visitor: Visitor, apps: None, query: str) -> None:
    visitor.sign_in()
    page = visitor.client.get("/", query_string={"q": query}, base_url="http://localhost:8000").text
    assert 'data-client-id="cuti"' in page and 'data-client-id="cafe"' not in page


@pytest.mark.parametrize("query", ["\0", "%00", "<script>alert(1)</script>", "'", "\u202eabc", "x" * 5000, "%ED%A0%80", "{{7*7}}", "😀"])
def test_a_hostile_question_gets_an_honest_answer(visitor: Visitor, apps: None, query: str) -> None:
    visitor.sign_in()
    answer = visitor.client.get("/", query_string={"q": query}, base_url="http://localhost:8000")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text and "\u202e" not in answer.text and "“49”" not in answer.text


def test_an_application_is_linked_by_its_id_once_however_often_it_is_shown(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    assert favour(visitor, keep="app:cuti", return_to="/?q=cuti").headers["Location"] == "/?q=cuti#app:cuti"
    page = visitor.get("/").text
    assert page.count('data-client-id="cuti"') == 1
    assert page.count('href="https://cuti.example.go.id"') == 2
    assert 'name="drop" value="app:cuti"' in page
    favour(visitor, drop="app:cuti")
    assert 'name="keep" value="app:cuti"' in visitor.get("/").text


def test_the_same_favourite_sent_twice_is_kept_and_recorded_once(visitor: Visitor, apps: None, siti: Siti, unit: Any) -> None:
    visitor.sign_in()
    for _ in range(2):
        assert favour(visitor, keep="app:cuti").status_code == 303
    with unit() as services:
        assert services.favourites.of(siti.id) == ["app:cuti"]


@pytest.mark.parametrize(
    "item", ["app:nias", "app:none", "link:x", "", "\0", "x" * 5000, "app:cuti\r\nSet-Cookie: a=b", "app:cuti' OR 1=1 --"]
)
@pytest.mark.parametrize("verb", ["keep", "drop"])
def test_what_is_not_open_to_a_person_is_not_kept(visitor: Visitor, apps: None, siti: Siti, unit: Any, item: str, verb: str) -> None:
    visitor.sign_in()
    answer = favour(visitor, **{verb: item, "return_to": "//evil.test"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/") and not answer.headers["Location"].startswith("//")
    assert "Set-Cookie: a=b" not in str(answer.headers)
    with unit() as services:
        assert services.favourites.of(siti.id) == []


def test_favourites_need_a_token_and_a_session(visitor: Visitor, another: Visitor, apps: None) -> None:
    visitor.sign_in()
    assert visitor.client.post("/favourites", data={"keep": "app:cuti"}, base_url="http://localhost:8000").status_code == 403
    token = token_of(another.get("/sign-in"))
    assert another.send("/favourites", token, keep="app:cuti").headers["Location"].startswith("/sign-in")


def test_favourites_are_of_one_person(visitor: Visitor, another: Visitor, apps: None, siti: Siti, unit: Any) -> None:
    visitor.sign_in()
    favour(visitor, keep="app:cuti")
    with unit() as services:
        assert services.favourites.of("0" * 26) == []


def test_a_disabled_application_is_gone_at_once_also_from_the_favourites(visitor: Visitor, apps: None, unit: Any) -> None:
    visitor.sign_in()
    favour(visitor, keep="app:cuti")
    with unit() as services:
        services.registry.disable(OPERATOR, "cuti")
    assert "Aplikasi Cuti" not in visitor.get("/").text


def test_national_systems_say_that_they_have_their_own_account(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    page = visitor.get("/").text
    assert "Punya akun sendiri" in page and 'href="https://srikandi.example.go.id" rel="external"' in page


def test_nothing_recent_is_said_so(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    assert "Aplikasi yang Anda buka akan muncul di sini" in visitor.get("/").text


def test_a_logo_is_shown_from_our_own_origin(visitor: Visitor, apps: None, unit: Any) -> None:
    with unit() as services:
        name = services.cards.of("cuti").logo_digest
    visitor.sign_in()
    assert f'src="/logo/{name}.png"' in visitor.get("/").text
    answer = visitor.get(f"/logo/{name}.png")
    assert answer.mimetype == "image/png" and "immutable" in answer.headers["Cache-Control"] and b"script" not in answer.data
    for wrong in ("x", "0" * 32, "%00" * 10, "..%2F..%2Fetc"):
        assert visitor.get(f"/logo/{wrong}.png").status_code == 404


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", png()[:-1], png() + b"<script>", png(8, 8), png(1024, 64), b"\xff\xd8\xff", png() + b"\0" * 40_000]
)
def test_a_logo_that_is_no_small_png_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        checked(data)


def test_an_announcement_is_said_in_its_time_and_to_its_people(visitor: Visitor, siti: Siti, unit: Any, clock: FrozenClock) -> None:
    now = clock.now()
    with unit() as services:
        say = services.announcements.say
        say(OPERATOR, NewAnnouncement("Now", "Sekarang <b>", "urgent", ends_at=now + timedelta(hours=1)))
        say(OPERATOR, NewAnnouncement("Medan", "Untuk Medan", government_code="12.71"))
        say(OPERATOR, NewAnnouncement("Nias", "Untuk Nias", government_code="12.04"))
        say(OPERATOR, NewAnnouncement("Later", "Kelak lusa", starts_at=now + timedelta(minutes=30)))
    visitor.sign_in()
    page = visitor.get("/").text
    assert "Sekarang &lt;b&gt;" in page and "Untuk Medan" in page
    assert "Untuk Nias" not in page and "Kelak lusa" not in page
    assert page.index("Sekarang") < page.index("Untuk Medan")
    clock.advance(seconds=31 * 60)
    assert "Kelak lusa" in visitor.get("/").text
    clock.advance(seconds=30 * 60)
    assert "Sekarang" not in visitor.get("/").text


def test_an_announcement_is_ended_once_and_only_by_who_may(siti: Siti, unit: Any) -> None:
    with unit() as services:
        said = services.announcements.say(OPERATOR, NewAnnouncement("A", "B"))
        services.announcements.end(OPERATOR, said.id)
        with pytest.raises(NotFound):
            services.announcements.end(OPERATOR, said.id)
        for actor in (Actor("anonymous"), Actor("person", id="x", roles=("auditor",))):
            with pytest.raises(NotAllowed):
                services.announcements.say(actor, NewAnnouncement("A", "B"))


@pytest.mark.parametrize(
    "new",
    [
        NewAnnouncement("", "B"), NewAnnouncement("A", " "), NewAnnouncement("A" * 501, "B"), NewAnnouncement("a\0", "B"),
        NewAnnouncement("A\n", "B\nC"), NewAnnouncement("\u202eA", "B"), NewAnnouncement("A", "B", "loud"),
        NewAnnouncement("A", "B", on_sign_in=True, government_code="12.71"),
    ],
)  # fmt: skip
def test_a_bad_announcement_is_refused(siti: Siti, unit: Any, new: NewAnnouncement) -> None:
    with unit() as services, pytest.raises(Invalid):
        services.announcements.say(OPERATOR, new)


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "http://a.test", "https://", "https://a b", "data:text/html,x", "//a.test", ""])
def test_a_link_leads_to_https_only(siti: Siti, unit: Any, uri: str) -> None:
    with unit() as services, pytest.raises(Invalid):
        services.portal_links.add(OPERATOR, "X", uri)
