"""Where scenes are played: a small application that shows each, and what it sends."""

from functools import cache
from pathlib import Path

from flask import Flask, Response, render_template
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler

from idp.web import language, presentation
from idp.web.csrf import FIELD
from tests.web import letter_scenes
from tests.web.scenes import scene_values

_ISSUER = "https://sso.sumutprov.go.id"


class Silent(WSGIRequestHandler):
    """Serves scenes and says nothing about it."""

    def log_request(self, *_: object) -> None:
        """Nothing."""


def make_app(accent: str = presentation.DEFAULT_ACCENT) -> Flask:
    """A small application that shows every scene at ``/scene/<name>``, every letter at ``/letter/<name>``, in the language of ``?l=``."""
    root = Path(__file__).parents[2]
    app = Flask("idp.web", template_folder=str(root / "templates"), static_folder=str(root / "idp/web/static"), static_url_path="/static")
    app.config.update(SECRET_KEY="scenes only, never served to anybody", IDP_HTTPS=False, WTF_CSRF_ENABLED=False)
    app.jinja_env.globals[FIELD] = lambda: "6a3f1c2e.mC3Jt0v1q8yX5bZk7dRwN2sLhTgPfUaE4oKiQnYxVrM"
    language.register(app)
    presentation.register(app, installation_name="SSO Sumatera Utara", issuer=_ISSUER, accent=accent)

    @app.get("/scene/<name>")
    def scene(name: str) -> str:
        template, values = scene_values(name)
        return render_template(template, **values)

    @app.get("/letter/<name>")
    def letter(name: str) -> str:
        return letter_scenes.letter(name, language.current()).html

    @app.before_request
    def pick() -> Response | None:
        from flask import g, request

        g.ui_locales = (request.args.get("l", "id"),)
        # The page that posts itself to an application waits, to be looked at.
        return Response("", mimetype="text/javascript") if request.path == "/static/form-post.js" else None

    return app


@cache
def html_of(name: str) -> str:
    """What a scene sends, in Indonesian."""
    answer = _client().get(f"/scene/{name}")
    assert answer.status_code == 200, name
    return answer.text


@cache
def _client() -> FlaskClient:
    return make_app().test_client()
