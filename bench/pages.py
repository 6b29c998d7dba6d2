"""The pages people see most, by a signed-in browser: each must answer with p95 < 100 ms with 250,000 people and 500 applications."""

from collections.abc import Callable

from bench.answer import AnswerError
from bench.target import Target
from bench.wire import Script
from idp.clients.metadata import NewClient

APPLICATIONS = 500
TOPICS = ("Kepegawaian", "Keuangan", "Layanan publik", "Kesehatan", "Pendidikan")


def applications() -> list[NewClient]:
    """As many applications as the region has; everybody may open them, so a start page is as long as it can be."""
    return [
        NewClient(
            f"page-{number:03}", f"Aplikasi {number:03}", redirect_uris=(f"https://app{number}.example.org/cb",),
            topic=TOPICS[number % len(TOPICS)],
        )
        for number in range(APPLICATIONS)
    ]  # fmt: skip


def _page(path: str, holds: bytes, *, signed_in: bool = True) -> Callable[[Target], Callable[[int], Script]]:
    def bind(target: Target) -> Callable[[int], Script]:
        def script(number: int) -> Script:
            cookie = target.cookies[number % len(target.cookies)] if signed_in else None
            answer = yield target.get(path, cookie=cookie)
            if holds not in answer.expect(200).body:
                raise AnswerError(f"{path} without {holds.decode()}")

        return script

    return bind


portal = _page("/", b'data-client-id="page-499"')
portal_search = _page("/?q=aplikasi+49", b'data-client-id="page-490"')
account = _page("/account", b"<h1")
sessions = _page("/account/sessions", b"<h1")
history = _page("/account/history", b"<h1")
sign_in_page = _page("/sign-in", b'id="login-submit"', signed_in=False)
