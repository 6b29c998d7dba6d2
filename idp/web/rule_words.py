"""Rules about second factors in words, in both languages: for pages, and for the command line by a catalogue of its own."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from babel.dates import format_date
from babel.support import NullTranslations, Translations

from idp.directory.days import WIB
from idp.interaction.explain import Explanation
from idp.policy.explaining import Reason
from idp.policy.second_factor import Ahead

Say = Callable[[str], str]
Name = Callable[[str, str], str]
_CATALOGUES = Path(__file__).resolve().parent / "translations"


def saying(language: str) -> Say:
    """The sentences of one language (``id`` or ``en``) outside of a request."""
    catalogue: NullTranslations = Translations.load(_CATALOGUES, [language])
    return catalogue.gettext


def day(moment: datetime, language: str) -> str:
    """The local day of a moment: ``1 Desember 2026``."""
    return format_date(moment.astimezone(WIB).date(), format="long", locale=language)


def level(demand: str, say: Say) -> str:
    """A demanded strength, to stand in a sentence."""
    _ = say
    words = {
        "none": _("no second factor"),
        "any": _("any second factor"),
        "totp": _("a code of the authenticator app, or a passkey"),
        "phishing_resistant": _("a passkey or security key"),
    }
    return words[demand]


def subject(kind: str, name: str, say: Say) -> str:
    """Whom a rule is about; name: of the government, unit, role, status, application or person."""
    _ = say
    words = {
        "global": _("everybody"),
        "government": _("everybody of %(name)s"),
        "unit": _("everybody who works in %(name)s or below"),
        "role": _("everybody who holds the role %(name)s"),
        "status": _("everybody of the status %(name)s"),
        "client": _("everybody who opens %(name)s"),
        "person": _("%(name)s alone"),
    }
    return words[kind] % {"name": name} if kind != "global" else words[kind]


def coming(ahead: Ahead, now: datetime, say: Say, language: str) -> str:
    """What a person who has just signed in is told of a rule that will bind them."""
    _ = say
    values = {"day": day(ahead.binds_at, language), "start": day(ahead.starts_at, language), "left": ahead.sign_ins_left}
    if ahead.sign_ins_left is None:
        return _("From %(day)s you need two-step verification to sign in.") % values
    if ahead.starts_at > now:
        return _("From %(start)s you need two-step verification to sign in; %(left)s times you may still go on without it then.") % values
    if ahead.sign_ins_left == 0:
        return _("This was the last time without two-step verification: at your next sign-in you need it.")
    return _("You can sign in without two-step verification %(left)s more times, and from %(day)s not at all.") % values


def explanation(found: Explanation, name: Name, say: Say, language: str) -> list[str]:
    """An explanation, sentence by sentence. name: gives the name of what a rule is about, by subject and value."""
    _ = say
    where = found.client.label(language) if found.client else _("the pages of this service")
    values = {"person": found.person.full_name, "where": where, "level": level(found.level, say)}
    lines = [_("%(person)s needs this to open %(where)s: %(level)s.") % values]
    lines.append(_source(found, say))
    lines += [_reason(one, name, say, language) for one in found.explained.reasons]
    lines.append(_outcome(found, say))
    return [line for line in lines if line]


def _source(found: Explanation, say: Say) -> str:
    _ = say
    ruled = found.explained.demand
    if found.minimum > ruled.rank:
        return _("The application itself demands this of everybody.")
    if ruled.reason == "administrator":
        return _("Whoever holds an administrative role always needs a second factor; no rule and no exception changes that.")
    if ruled.reason == "default":
        if ruled.lifted:
            return _("An exception lifts what would be demanded otherwise.")
        return _("This is what the installation demands of everybody; no rule in force demands more of this person here.")
    return ""


def _reason(one: Reason, name: Name, say: Say, language: str) -> str:
    _ = say
    rule = one.rule
    values = {
        "about": subject(rule.subject, name(rule.subject, rule.value), say),
        "level": level(rule.demand, say),
        "day": day(rule.starts_at, language),
        "binds": day(rule.binds_at, language),
        "left": one.ahead.sign_ins_left if one.ahead else None,
        "until": day(one.exemption.expires_at, language) if one.exemption else "",
    }
    match one.verdict:
        case "decides":
            return _("Decisive: the rule for %(about)s demands %(level)s since %(day)s.") % values
        case "as_strict":
            return _("Also: the rule for %(about)s demands %(level)s since %(day)s.") % values
        case "weaker":
            return _("Weaker, so it changes nothing: the rule for %(about)s demands %(level)s since %(day)s.") % values
        case "future":
            return _("To come: the rule for %(about)s demands %(level)s from %(day)s and binds from %(binds)s.") % values
        case "excepted":
            return _("Lifted by an exception until %(until)s: the rule for %(about)s demands %(level)s.") % values
        case "grace" if values["left"] is None:
            return _("In its grace until %(binds)s: the rule for %(about)s demands %(level)s.") % values
        case "grace":
            return _("In its grace for %(left)s more sign-ins, at most until %(binds)s: the rule for %(about)s demands %(level)s.") % values


def _outcome(found: Explanation, say: Say) -> str:
    _ = say
    words = {
        "cannot": _("The account is not active: a sign-in is refused."),
        "ready": _("What this person has set up is enough."),
        "must_enrol": _("What this person has set up is not enough: at the next sign-in they are asked to set it up."),
        "free": _("A password is enough at present."),
    }
    return words[found.outcome]
