"""What `make demo` prints: where to click and with what to sign in."""

from demo.people import APP_ONE, APP_TWO
from demo.stage import Stage


def welcome(stage: Stage) -> str:
    """The text, with the credentials of this start; they are stored nowhere in clear and are new at each start."""
    places, first = stage.places, stage.credentials[0]
    lines = [
        "",
        "The demo is running. Start with an application:",
        "",
        f"  {places.app_one}   {APP_ONE.name} (confidential client)",
        f"  {places.app_two}   {APP_TWO.name} (public client, PKCE)",
        f"  {places.issuer}   the single sign-on itself: portal and account",
        f"  {places.mail}   mail catcher: letters that would have been sent",
        "",
        f"Sign in as {first.person.name}, {first.person.status} of Kota Medan:",
        "",
        f"  NIP             {first.signs_in_with}",
        f"  password        {first.password}",
        f"  TOTP key        {first.totp_secret}   (type it into an authenticator app, or:)",
        f"  code now        .venv/bin/python -c \"import pyotp; print(pyotp.TOTP('{first.totp_secret}').now())\"",
        "",
        "Others enrol a second factor when they sign in:",
        "",
    ]
    for one in stage.credentials[1:]:
        note = f"   ({one.person.note})" if one.person.note else ""
        lines.append(f"  {one.person.status:<17} {one.signs_in_with:<19} {one.password or '–':<22} {one.person.name}{note}")
    return "\n".join([*lines, "", "These credentials are shown once and are new at each start. Ctrl-C stops everything.", ""])
