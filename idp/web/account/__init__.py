"""The pages of a signed-in person about themselves: profile, password, factors, sessions, data, applications, history.

Views only: they ask services and show what they answer.
"""

from flask import Flask

from idp.web.account import applications, data, factors, history, overview, passkeys, password, sessions


def register(app: Flask) -> None:
    """Mount every page of the account."""
    for module in (overview, password, factors, passkeys, sessions, data, applications, history):
        app.register_blueprint(module.bp)
