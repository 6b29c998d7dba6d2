"""What went wrong, said so that a person can act on it: a sentence, an incident number, a code; never a trace.

DomainError becomes a page or JSON of its own; anything unforeseen is logged with the incident number and says nothing.
"""

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from idp.administration.errors import OutOfScope, RightMissing
from idp.kernel.errors import Busy, Conflict, DomainError, Invalid, NotAllowed, NotFound
from idp.kernel.logs import logger
from idp.kernel.urls import local_path
from idp.web.admin.refusals import record_refusal
from idp.web.edge import request_id
from idp.web.form_session import shows_no_form
from idp.web.guards import nearest_page
from idp.web.messages import sentence, sentence_for_status

log = logger("idp.web.errors")

_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (Invalid, 400),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Busy, 503),
)


def register(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _domain(error: DomainError) -> Response:
    if isinstance(error, OutOfScope | RightMissing):
        record_refusal(error)
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 400)
    wait = int(str(error.params.get("retry_after", 1))) if isinstance(error, Busy) else None
    response = answer(status, error.code, sentence(error), wait=wait)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    log.info("refused", code_name=error.code, incident=request_id(), detail=error.sentence)
    return response


def _csrf(_error: CSRFError) -> Response:
    # An old tab or another site: both get the same explanation and nothing is done (attack S4).
    return answer(403, "page_expired", sentence_for_status(403, "page_expired"))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())  # a redirect of the router
    response = answer(status, f"http_{status}", sentence_for_status(status, None))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    log.error("unforeseen", incident=request_id(), route=str(request.url_rule), exc_info=error)
    return answer(500, "server_error", sentence_for_status(500, None))


def answer(status: int, code: str, text: str, *, wait: int | None = None) -> Response:
    """An error as this caller can read it: JSON for machines, a page for people; both with the incident number."""
    g.pop("form_targets", None)
    if _wants_json():
        said = _registered(status) if shows_no_form(request.path) else code
        response = jsonify(error=said, error_description=text, incident=request_id())
    else:
        response = make_response(
            render_template(
                "errors/page.html", status=status, code=code, message=text, incident=request_id(), wait=wait, again=_again(code)
            )
        )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _registered(status: int) -> str:
    """What a client library understands: it knows the codes of RFC 6749 sections 4.1.2.1 and 5.2, and none of ours."""
    if status < 500:
        return "invalid_request"
    return "temporarily_unavailable" if status == 503 else "server_error"


def _again(code: str) -> str | None:
    """The address of the page whose form was refused or could not be served, to open it anew; only one that can be opened."""
    if code == "session.not_fresh":
        return nearest_page()  # which asks to prove anew
    methods = request.url_rule.methods if request.url_rule else None
    if code not in ("page_expired", "hash.busy", "database.unavailable") or "GET" not in (methods or ()):
        return None
    return local_path(request.full_path.rstrip("?"))


def _wants_json() -> bool:
    view_guard = None
    if shows_no_form(request.path):  # also where no route matched: GET /token
        return True
    if request.endpoint:
        view_guard = getattr(current_app.view_functions.get(request.endpoint), "__guard__", None)
    if view_guard == "client_endpoint":
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"
