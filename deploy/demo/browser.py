"""A browser without a screen: cookies, redirects, links and forms, by plain HTTP. What it can do, a page without JavaScript can do."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

_VOID = {"input", "br", "img", "meta", "link", "hr", "source", "path", "rect"}


@dataclass(slots=True)
class Element:
    """A start tag as found, with the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it would send, and its buttons."""

    attributes: dict[str, str]
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    buttons: list[Element] = field(default_factory=list)


class Page(HTMLParser):
    """One answer, read: its elements in order and its forms."""

    def __init__(self, url: str, status: int, markup: str) -> None:
        super().__init__()
        self.url, self.status, self.markup = url, status, markup
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self._open: list[Element] = []
        self._form: Form | None = None
        self._select: str | None = None
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element, and what it adds to the form it stands in."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)
        if tag == "form":
            self._form = Form(element.attributes)
            self.forms.append(self._form)
        elif self._form is not None:
            self._note(self._form, element)

    def _note(self, form: Form, element: Element) -> None:
        name, kind = element.attributes.get("name", ""), element.attributes.get("type", "")
        if element.tag == "button" or (element.tag == "input" and kind == "submit"):
            form.buttons.append(element)
        elif element.tag == "input" and name:
            form.kinds[name] = kind or "text"
            if kind not in ("checkbox", "radio") or "checked" in element.attributes:
                form.fields[name] = element.attributes.get("value", "on" if kind == "checkbox" else "")
        elif element.tag == "textarea" and name:
            form.fields[name] = ""
        elif element.tag == "select":
            self._select = name
        elif element.tag == "option" and self._select and ("selected" in element.attributes or self._select not in form.fields):
            form.fields[self._select] = element.attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Close the element."""
        if tag == "form":
            self._form = None
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index].tag == tag:
                del self._open[index:]
                break

    def handle_data(self, data: str) -> None:
        """Text belongs to every element that is open."""
        for element in self._open:
            element.text += data

    def find(self, tag: str | None = None, **attributes: str) -> Element | None:
        """The first element with this tag and these attributes (`data_client_id` stands for ``data-client-id``)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        for element in self.elements:
            if tag in (None, element.tag) and all(element.attributes.get(name) == value for name, value in wanted.items()):
                return element
        return None

    def text_of(self, tag: str | None = None, **attributes: str) -> str | None:
        """The text of `find`, without the space around it."""
        element = self.find(tag, **attributes)
        return None if element is None else " ".join(element.text.split())

    @property
    def title(self) -> str:
        """The page's title."""
        return self.text_of("title") or ""

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path


class Lost(Exception):
    """The page does not have what the journey expects; the text tells where it is and what stands there."""


class Browser:
    """One person's browser: a cookie jar, and the page it is on. One jar for all ports of localhost, as real browsers have it."""

    def __init__(self, *, timeout: float = 20.0, language: str = "id", stop_at: str | None = None) -> None:
        """`stop_at`: do not follow a redirect to an address that begins so; `page.url` is that address then, with status 0."""
        self.http = requests.Session()
        self.http.headers.update({"User-Agent": "Mozilla/5.0 (demo journey)", "Accept": "text/html", "Accept-Language": language})
        self._timeout = timeout
        self._stop_at = stop_at
        self.page = Page("about:blank", 0, "")
        self.visited: list[str] = []

    def open(self, url: str) -> Page:
        """Go to an address, following redirects."""
        return self._go("GET", urljoin(self.page.url, url))

    def follow(self, tag: str = "a", **attributes: str) -> Page:
        """Click a link."""
        link = self.page.find(tag, **attributes)
        if link is None:
            raise self.lost(f"no link {attributes}")
        return self.open(link.attributes["href"])

    def submit(self, values: dict[str, str] | None = None, *, button: str | None = None, form: int | None = None) -> Page:
        """Fill in a form and press its button (by the button's id, or the first form)."""
        chosen = self._form(button, form)
        values = values or {}
        unknown = [name for name in values if name not in chosen.fields and name not in chosen.kinds]
        if unknown:
            raise self.lost(f"the form has no field {unknown}")
        data = chosen.fields | values
        pressed = next((one for one in chosen.buttons if button in (None, one.attributes.get("id"))), None)
        if pressed is not None and pressed.attributes.get("name"):
            data[pressed.attributes["name"]] = pressed.attributes.get("value", "")
        action = (pressed.attributes.get("formaction") if pressed else None) or chosen.attributes.get("action") or self.page.url
        target = urljoin(self.page.url, action)
        if chosen.attributes.get("method", "get").lower() == "get":
            return self._go("GET", target, params=data)
        # Browsers send these two with every form; the provider may check them.
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.page.url))
        return self._go("POST", target, data=data, headers={"Origin": origin, "Referer": self.page.url})

    def _form(self, button: str | None, index: int | None) -> Form:
        for at, form in enumerate(self.page.forms):
            if at == index or (index is None and (button is None or any(one.attributes.get("id") == button for one in form.buttons))):
                return form
        raise self.lost(f"no form with the button {button!r}")

    def _go(self, method: str, url: str, **options: Any) -> Page:
        for _ in range(20):
            if self._stop_at is not None and url.startswith(self._stop_at):
                self.visited.append(url)
                self.page = Page(url, 0, "")
                return self.page
            response = self.http.request(method, url, timeout=self._timeout, allow_redirects=False, **options)
            self.visited.append(response.url)
            if not response.is_redirect:
                self.page = Page(response.url, response.status_code, response.text)
                return self.page
            url = urljoin(response.url, response.headers["Location"])
            if response.status_code in (301, 302, 303):
                method, options = "GET", {}
        raise Lost(f"redirected without end, last to {url}")

    def lost(self, why: str) -> Lost:
        """An exception that says where the browser is."""
        heading = self.page.text_of("h1") or self.page.title
        error = self.page.text_of(id="oauth-error") or self.page.text_of(id="refused") or self.page.text_of(role="alert") or ""
        return Lost(f"{why}; at {self.page.url} ({self.page.status}), which says “{heading}” {error}".strip())
