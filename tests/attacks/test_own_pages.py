"""S1 to S6 on the pages about devices and data: another's things, links used again, forms of other sites (attacks.md)."""

from concurrent.futures import ThreadPoolExecutor

from tests.attacks.stage import EVIL, Stage
from tests.spec import spec


@spec("attacks.md", "S2")
@spec("attacks.md", "M4")
def test_a_not_me_link_works_once_even_at_once_and_ends_all_the_thief_has(stage: Stage) -> None:
    who = stage.human(government_code="12.71")
    thief = stage.visitor(who)
    rp = stage.rp(thief)
    tokens = rp.tokens()
    with stage.unit() as services:
        session = services.sessions.list(who.id)[0].id
        link = services.authn.alarms.link(who.id, session)
    path = link.removeprefix(stage.server.settings.issuer)
    browsers = [stage.visitor() for _ in range(4)]
    for one in browsers:
        assert one.get(path).status_code == 200
    assert thief.is_in(), "looking changes nothing"
    forms = [one.token(path) for one in browsers]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda at: browsers[at].send(path, {"csrf_token": forms[at]}).status_code, range(4)))
    assert sorted(done) == [303, 404, 404, 404]
    assert not thief.is_in() and rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert stage.visitor().password(who).status_code == 400, "the password known to the thief opens nothing"
    assert "authn:session:not_me" in stage.events(subject_id=who.id)


@spec("attacks.md", "S4")
def test_forms_of_other_sites_change_nothing(stage: Stage) -> None:
    who = stage.human(government_code="12.71")
    visitor = stage.visitor(who)
    for path in ("/account/sessions/end-all", "/account/data/corrections", "/account/data/download"):
        assert visitor.send(path, {"field": "name", "wanted": "X"}, {"Origin": EVIL}).status_code in (400, 403)
    assert visitor.get("/account/sessions/end-all").status_code in (404, 405)
    assert visitor.is_in() and not stage.sql("SELECT 1 FROM corrections WHERE person_id = :id", id=who.id)


def test_what_is_anothers_is_not_found(stage: Stage) -> None:
    mine, theirs = stage.human(government_code="12.71"), stage.human(government_code="12.71")
    owner, stranger = stage.visitor(theirs), stage.visitor(mine)
    form = {"field": "grade", "wanted": "IV/a", "note": ""}
    assert owner.post("/account/data/corrections", form, page="/account/data").status_code == 303
    (row,) = stage.sql("SELECT id FROM corrections WHERE person_id = :id", id=theirs.id)
    (event,) = stage.sql("SELECT max(id) FROM audit_events WHERE subject_id = :id", id=theirs.id)
    (session,) = stage.sql("SELECT id FROM browser_sessions WHERE person_id = :id", id=theirs.id)
    for path in (
        f"/account/data/corrections/{row[0]}/take-back", f"/account/history/{event[0]}/not-me", f"/account/sessions/{session[0]}/end",
    ):  # fmt: skip
        assert stranger.post(path, page="/account/sessions").status_code == 404, path
    assert owner.is_in() and stage.sql("SELECT state FROM corrections WHERE id = :id", id=row[0])[0][0] == "open"
