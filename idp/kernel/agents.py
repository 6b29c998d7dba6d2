"""A browser and its system in two words, from the User-Agent header; the header itself is shown nowhere (attack S6).

A table of our own: browsers freeze everything in that header but these two words (User-Agent reduction), so that a library's thousands
of expressions, run over what a stranger sends, would find no more. The first mark that is found counts: most browsers name others too.
"""

_BROWSERS = (
    (("Edg/", "EdgA/", "EdgiOS/"), "Edge"),
    (("OPR/", "OPiOS/", "OPT/"), "Opera"),
    (("SamsungBrowser/",), "Samsung Internet"),
    (("UCBrowser/",), "UC Browser"),
    (("MiuiBrowser/",), "Mi Browser"),
    (("HuaweiBrowser/",), "Huawei Browser"),
    (("YaBrowser/",), "Yandex Browser"),
    (("Vivaldi/",), "Vivaldi"),
    (("DuckDuckGo/", "Ddg/"), "DuckDuckGo"),
    (("Firefox/", "FxiOS/"), "Firefox"),
    (("Chrome/", "CriOS/"), "Chrome"),
    (("Safari/",), "Safari"),
    (("curl/",), "curl"),
)
_SYSTEMS = (
    (("HarmonyOS",), "HarmonyOS"),
    (("Android",), "Android"),
    (("iPhone",), "iPhone"),
    (("iPad",), "iPad"),
    (("Windows",), "Windows"),
    (("Mac OS X",), "macOS"),
    (("CrOS",), "ChromeOS"),
    (("Linux",), "Linux"),
)


def describe(agent: str | None) -> tuple[str | None, str | None]:
    """(browser, system), each None where the header names none that is known."""
    text = agent or ""
    browser = next((name for marks, name in _BROWSERS if any(mark in text for mark in marks)), None)
    system = next((name for marks, name in _SYSTEMS if any(mark in text for mark in marks)), None)
    return browser, system
