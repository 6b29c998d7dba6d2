"""Security headers of every answer (ASVS 3.4, 14.3.2; RFC 9700 section 4.16)."""

from urllib.parse import urlsplit

from flask import Response, g, request

BARE = "default-src 'none'; frame-ancestors 'none'"


def constant(*, https: bool) -> list[tuple[str, str]]:
    """What every answer carries; added where the answer leaves, once, and not looked at again."""
    headers = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ]
    if https:
        headers.append(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    return headers


def add_security_headers(response: Response) -> None:
    """Strict by default; a page that posts on to an application names where with `lead_on`."""
    headers = response.headers
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    headers["Content-Security-Policy"] = _policy(response)


def _policy(response: Response) -> str:
    if response.mimetype != "text/html":
        return BARE
    targets = " ".join(sorted({"'self'", *g.get("form_targets", ())}))
    frames = " ".join(sorted(g.get("frame_sources", ()))) or "'none'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; object-src 'none'; frame-ancestors 'none'; frame-src {frames}; form-action {targets}"
    )


def allow_frames(*origins: str) -> None:
    """Let this page load pages of `origins` in frames (only the sign-out page does; OIDC Front-Channel Logout section 3)."""
    g.setdefault("frame_sources", set()).update(origins)


def lead_on(uri: str | None) -> None:
    """Let a form of this page end at `uri` (browsers check form-action along redirects too); a device that waits has none."""
    parts = urlsplit(uri or "")
    if parts.scheme:
        g.setdefault("form_targets", set()).add(f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:")
