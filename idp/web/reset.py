"""Forgotten passwords and first activation: single-use links and codes. Neither ever signs anybody in (attack M4)."""

from flask import Blueprint, Response, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from idp.kernel.errors import Invalid
from idp.web import cookies, messages
from idp.web.edge import actor, deps, services
from idp.web.forms.signin import ActivationCodeForm, ForgotForm, NewPasswordForm
from idp.web.guards import public

bp = Blueprint("reset", __name__)


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot() -> ResponseReturnValue:
    """Ask for a link. The answer is the same for every name (attack P2)."""
    form = ForgotForm()
    if form.validate_on_submit():
        services().links.send_reset(actor(), form.username.data or "")
        return redirect("/forgot-password/sent", 303)
    return _form("reset/forgot.html", form=form)


@bp.get("/forgot-password/sent")
@public
def sent() -> ResponseReturnValue:
    """Says what happens next, whoever was named."""
    return render_template("reset/sent.html", minutes=deps().settings.link_minutes)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """A new password by the link of a letter."""
    return _redeem("reset", token)


@bp.route("/activate", methods=["GET", "POST"])
@public
def activate() -> ResponseReturnValue:
    """An activation code handed out by the agency; the same thing as the link in a letter."""
    form = ActivationCodeForm()
    if form.validate_on_submit():
        token = "".join((form.code.data or "").split()).rpartition("/")[2]  # a pasted link does as well
        if services().links.open("activation", token) is not None and _fits_in_path(token):
            return redirect(f"/activate/{token}", 303)
        form.refuse("code", messages.of_code("activation.unknown"))
    return _form("reset/activate.html", form=form)


@bp.route("/activate/<token>", methods=["GET", "POST"])
@public
def activate_link(token: str) -> ResponseReturnValue:
    """A first password by the link of a letter."""
    return _redeem("activation", token)


@bp.get("/reset/done")
@public
def done() -> ResponseReturnValue:
    """The password is saved; sign in with it."""
    return render_template("reset/done.html", activation=False)


@bp.get("/activate/done")
@public
def activated() -> ResponseReturnValue:
    """The account is active; sign in."""
    return render_template("reset/done.html", activation=True)


def _redeem(kind: str, token: str) -> ResponseReturnValue:
    activation = kind == "activation"
    person = services().links.open(kind, token)
    if person is None:
        return _gone(activation)
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            device = cookies.read(cookies.DEVICE)
            redeemed = services().links.redeem(actor(), kind, token, form.new_password.data or "", device=device)
        except Invalid as error:
            form.refuse("new_password", messages.sentence(error))
        else:
            if redeemed is None:
                return _gone(activation)
            # Whoever reads the old password or holds a session is out (attack S3).
            services().leave.end_all(actor(), person.id, "password_reset")
            return redirect("/activate/done" if activation else "/reset/done", 303)
    return _form(
        "reset/new_password.html",
        form=form,
        activation=activation,
        username=person.username,
        person_name=person.name,
        minimum=services().passwords.minimum_length(person.id),
    )


def _gone(activation: bool) -> Response:
    answer = make_response(render_template("reset/gone.html", activation=activation))
    answer.status_code = 404
    return answer


def _form(template: str, **values: object) -> Response:
    wrong = bool(getattr(values.get("form"), "errors", None))
    answer = make_response(render_template(template, problem=wrong, **values))
    if wrong:
        answer.status_code = 400
    return answer


def _fits_in_path(token: str) -> bool:
    return token.isascii() and all(character.isalnum() or character in "-_" for character in token)
