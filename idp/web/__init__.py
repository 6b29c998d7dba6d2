"""HTTP: thin Flask views; what a person or a client sends becomes a call, what comes back becomes a page or JSON.

URL                              file
/authorize /token /userinfo …    protocol.py          machine endpoints and logout
/.well-known/*  /jwks            wellknown.py
/par                             par.py               pushed authorization requests
/register…                       registration.py
/interaction/<ref>               interaction.py       the one place every sign-in page returns to
/device…                         device.py
/sign-in…                        signin.py, passkey.py, lost_phone.py, enrol.py, suggestion.py, coming.py
/forgot-password /reset /activate  reset.py
/not-me/<token>                  not_me.py
/  (portal)                      portal.py
/account…                        account/
/admin…                          admin/
/healthz /readyz /metrics        health.py

Owns requests, responses, cookies, forms, languages. Never reaches a table, never decides a policy.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Mount every blueprint; the order is that of the list above."""
    from idp.web import (
        account,
        admin,
        coming,
        device,
        enrol,
        health,
        interaction,
        lost_phone,
        not_me,
        par,
        passkey,
        portal,
        protocol,
        registration,
        reset,
        signin,
        suggestion,
        wellknown,
    )

    way_in = (signin, passkey, lost_phone, enrol, suggestion, coming, reset, not_me)
    for module in (protocol, par, wellknown, registration, interaction, device, *way_in, portal, health):
        app.register_blueprint(module.bp)
    account.register(app)
    admin.register(app)
