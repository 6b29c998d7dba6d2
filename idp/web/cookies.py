"""Cookies: their names, flags and life.

``__Host-`` with Secure over https (ASVS 3.3.1); plain names on http://localhost, where browsers and tools would drop Secure.
"""

from flask import Response, current_app, request

SESSION = "idp_session"
SIGN_IN = "idp_sign_in"
DEVICE = "idp_device"
BROWSER = "idp_browser"
REMEMBERED = "idp_remembered"
LANGUAGE = "idp_lang"

_YEAR = 365 * 24 * 3600


def _https() -> bool:
    return bool(current_app.config["IDP_HTTPS"])


def name_of(name: str) -> str:
    """The name on the wire."""
    return f"__Host-{name}" if _https() else name


def read(name: str) -> str | None:
    """The cookie's value, or None; absurdly long values count as none."""
    found = request.cookies.getlist(name_of(name))  # `get` raises and catches for a cookie that is not there, as most are
    return found[0] if found and 0 < len(found[0]) <= 512 else None


def _set(response: Response, name: str, value: str, max_age: int | None) -> None:
    response.set_cookie(name_of(name), value, max_age=max_age, path="/", secure=_https(), httponly=True, samesite="Lax")


def _clear(response: Response, name: str) -> None:
    response.delete_cookie(name_of(name), path="/", secure=_https(), httponly=True, samesite="Lax")


def set_session(response: Response, token: str) -> None:
    """Hand the browser its session; it ends with the browser at the latest (the server ends it by its own limits)."""
    _set(response, SESSION, token, None)


def clear_session(response: Response) -> None:
    """Take the session from the browser."""
    _clear(response, SESSION)


def set_sign_in(response: Response, token: str) -> None:
    """Hand the browser the half-done sign-in; it opens nothing but the next step."""
    _set(response, SIGN_IN, token, None)


def keep_sign_in(response: Response, token: str, minutes: int) -> None:
    """The sign-in is done, and opens nothing more; its browser is told from others by it when a form of it comes again."""
    _set(response, SIGN_IN, token, minutes * 60)


def clear_sign_in(response: Response) -> None:
    """The sign-in is done or given up."""
    _clear(response, SIGN_IN)


def set_device(response: Response, token: str) -> None:
    """Mark a browser that signed in before, so that others' failures do not slow it."""
    _set(response, DEVICE, token, _YEAR)


def set_remembered(response: Response, token: str, days: int) -> None:
    """Let the browser leave the second factor out; the server ends it by its own rules."""
    _set(response, REMEMBERED, token, days * 24 * 3600)


def clear_remembered(response: Response) -> None:
    """The device is no longer remembered."""
    _clear(response, REMEMBERED)


def set_browser(response: Response, value: str) -> None:
    """Bind flows to this browser."""
    _set(response, BROWSER, value, None)


def set_language(response: Response, language: str) -> None:
    """Remember the language chosen."""
    _set(response, LANGUAGE, language, _YEAR)
