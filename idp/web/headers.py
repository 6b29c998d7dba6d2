"""Security headers of every answer (ASVS 3.4, 14.3.2; RFC 9700 section 4.16)."""

from flask import Response, current_app, g, request


def add_security_headers(response: Response) -> None:
    """Strict by default; a page that posts on to an application names its origin with `allow_form_target`."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    if current_app.config["IDP_HTTPS"]:
        headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = _policy(response)


def _policy(response: Response) -> str:
    if response.mimetype != "text/html":
        return "default-src 'none'; frame-ancestors 'none'"
    targets = " ".join(sorted({"'self'", *g.get("form_targets", ())}))
    frames = " ".join(sorted(g.get("frame_sources", ()))) or "'none'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; object-src 'none'; frame-ancestors 'none'; frame-src {frames}; form-action {targets}"
    )


def allow_form_target(*origins: str) -> None:
    """Let a form of this page lead on to `origins` (browsers check form-action along redirects too)."""
    g.setdefault("form_targets", set()).update(origins)
