"""create_app: settings -> services of the process -> the edge -> the pages. The order is visible on one screen."""

from pathlib import Path

from idp import web
from idp.kernel.logs import configure
from idp.settings import Settings
from idp.web import csrf, edge, errors, kept, language, presentation
from idp.web.edge import Edge
from idp.web.form_session import FormSessions
from idp.web.work import MAX_BODY
from idp.wiring import Deps

_ROOT = Path(__file__).resolve().parents[1]


def create_app(settings: Settings, deps: Deps | None = None) -> Edge:
    """The Flask application.

    settings: checked settings; deps: given by tests, with their clock and randomness; built from settings otherwise.
    """
    configure(settings.log_level, settings.log_format)
    app = Edge("idp", template_folder=str(_ROOT / "templates"), static_folder=str(_ROOT / "idp/web/static"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        IDP_HTTPS=settings.https,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME=("__Host-" if settings.https else "") + "idp_form",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_ENABLED=False,  # web/csrf.py asks once for every form, whatever view takes it
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.deps = deps or Deps.build(settings)
    app.session_interface = FormSessions()
    language.register(app)
    presentation.register(
        app, installation_name=settings.installation_name, issuer=settings.issuer, accent=settings.accent_color
    )
    kept.register(app, app.deps.randomness)
    edge.install(app)
    csrf.register(app, issuer=settings.issuer, secret_key=settings.secret_key)
    errors.register(app)
    web.register(app)
    return app
