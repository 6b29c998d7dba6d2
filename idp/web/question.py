"""The one JSON answer of our pages: what the script of a passkey hands to the browser."""

from typing import Any

from flask import Response, jsonify


def question(options: dict[str, Any] | None, status: int = 429) -> Response:
    """The question; 429 when too many of them are open, or `status` when none may be asked now."""
    if options is not None:
        return jsonify({"publicKey": options})
    answer = jsonify({"error": "busy" if status == 429 else "gone"})
    answer.status_code = status
    if status == 429:
        answer.headers["Retry-After"] = "60"
    return answer
