"""Devices without a keyboard (RFC 8628): their endpoint, and the pages where a signed-in person answers for them.

The typed code becomes a request of this browser; the same dance as for every application says what is still due (sign-in,
second factor, access), and the person is always asked, because the code may come from somebody who phoned them.
"""

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.audit.tags import Tag
from idp.authn.sessions import LiveSession
from idp.authn.throttle import Wait
from idp.interaction.dance import Resumed
from idp.interaction.decide import Ask, Page, Refuse
from idp.protocol import rfc8628_device
from idp.protocol.requested import subject_at
from idp.tokens.devices import Approval, grouped, normalised
from idp.tokens.view import DeviceView
from idp.web import errors, messages
from idp.web.details import shown_details
from idp.web.edge import actor, browser, client_ip, deps, services
from idp.web.forms.device import UserCodeForm
from idp.web.guards import client_endpoint, public, signed_in
from idp.web.interaction import path_of
from idp.web.messages import Notice
from idp.web.protocol import oauth_request, send_reply
from idp.web.steps import step_page
from idp.web.viewer import viewer

bp = Blueprint("device", __name__)


@bp.post(rfc8628_device.PATH)
@client_endpoint
def device_authorization() -> ResponseReturnValue:
    """RFC 8628 section 3.1; for devices, not for pages, so no CORS."""
    return send_reply(deps().oauth.endpoint("device_authorization", oauth_request(rfc8628_device.PATH)), cors=False)


@bp.route(rfc8628_device.PAGE, methods=["GET", "POST"])
@signed_in
def enter() -> ResponseReturnValue:
    """Type the code; the one in the address (a scanned QR code) is only filled in, never taken (section 3.3.1)."""
    if request.method == "GET":
        given = normalised(request.args.get("user_code", ""))
        return step_page("device/enter.html", form=UserCodeForm(user_code=grouped(given) if given else None))
    form, live = UserCodeForm(), viewer()
    if not form.validate_on_submit():
        return step_page("device/enter.html", form=form)
    held = services().authn.throttle.user_code(live.person_id, client_ip())
    if isinstance(held, Wait):
        page = step_page("device/enter.html", form=form, refusal=Notice(messages.wait_text(held.seconds), gettext("Please wait")))
        page.status_code, page.headers["Retry-After"] = 429, str(held.seconds)
        return page
    device = services().grants.take_device(form.user_code.data or "", live.person_id)
    if device is None:
        services().authn.throttle.failed(held)
        services().audit.record(
            Tag.DEVICE_REFUSE, actor(), subject=("person", live.person_id), government=live.government_code, reason="wrong_user_code"
        )
        wrong = Notice(gettext("Check it on the device. A code works once and for ten minutes."), gettext("Wrong code"))
        return step_page("device/enter.html", form=form, refusal=wrong)
    services().authn.throttle.succeeded(held)
    return redirect(f"/device/{services().dance.pause(rfc8628_device.pending(device), browser())}", 303)


@bp.route("/device/<ref>", methods=["GET", "POST"])
@signed_in
def answer(ref: str) -> ResponseReturnValue:
    """Show which application waits and what it will receive; allow or decline."""
    live = viewer()
    resumed = services().dance.resume(actor(), ref, browser(), live)
    device = services().grants.waiting_device(resumed.data.device, live.person_id) if resumed and resumed.data.device else None
    if resumed is None or device is None:
        return _gone()  # ended, answered, or another person's (attack C8)
    match resumed.step:
        case Refuse(reason=reason):
            services().dance.close(ref)
            services().grants.deny_device(actor(), device, live.person_id, live.government_code)
            return errors.answer(403, reason, messages.of_code(reason))
        case Ask(page=page) if page is not Page.DATA_SHARED:
            return redirect(path_of(page, ref), 303)
    details = shown_details(resumed.data.authorization_details)
    if details is None:  # a type was taken away or declared anew meanwhile
        services().grants.deny_device(actor(), device, live.person_id, live.government_code)
        return _gone()
    if request.method == "GET":
        preview = services().claims_preview(live.person_id, resumed.data)
        values = {"client": resumed.client, "live": live, "scopes": resumed.data.scope, "preview": preview, "device": device}
        values["details"] = details
        return make_response(render_template("device/confirm.html", **values))
    return _answered(ref, resumed, device, live, allowed=request.form.get("choice") == "allow")


@bp.get("/device/done")
@public
def done() -> ResponseReturnValue:
    """The person answered; the rest happens on the device."""
    return make_response(render_template("device/done.html", declined=request.args.get("declined") == "1"))


def _answered(ref: str, resumed: Resumed, device: DeviceView, live: LiveSession, *, allowed: bool) -> ResponseReturnValue:
    if not services().dance.close(ref):
        return _gone()
    if not allowed:
        services().consents.deny(actor(), live.person_id, resumed.data, government=live.government_code)
        services().grants.deny_device(actor(), device, live.person_id, live.government_code)
        return redirect("/device/done?declined=1", 303)
    subject = subject_at(services().desk, live.person_id, resumed.client)
    approval = Approval(live.id, subject, live.government_code, live.auth_time, live.acr, live.amr)
    if not services().grants.approve_device(actor(), device, live.person_id, approval):
        return _gone()
    services().consents.record(actor(), live.person_id, resumed.data, government=live.government_code)
    return redirect("/device/done", 303)


def _gone() -> ResponseReturnValue:
    return errors.answer(404, "device.gone", messages.of_code("device.gone"))
