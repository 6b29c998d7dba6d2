"""The catalogue of sentences: extracts them from code and templates, brings the .po up to date, compiles the .mo.

``python -m tests.web.catalogue`` after changing a sentence; untranslated ones are printed, and a test fails on them.
The compiled file is committed, so that a clean clone needs no build step.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "idp/web/translations"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
_METHODS = [("idp/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]


def extracted() -> Catalog:
    """Every sentence of code and templates."""
    found = Catalog(charset="utf-8")
    for folder in ("idp/web", "templates"):
        rows = extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(f"{folder}/").replace("idp/", ""), method) for pattern, method in _METHODS],
            keywords=KEYWORDS,
            directory_filter=lambda path: not Path(path).name.startswith("__"),
        )
        for _file, _line, message, comments, _context in rows:
            found.add(message, auto_comments=comments)
    return found


def stored(locale: str) -> Catalog:
    """The committed catalogue of a language."""
    with (TRANSLATIONS / locale / "LC_MESSAGES/messages.po").open("rb") as lines:
        return read_po(lines, locale=locale)


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of the .mo of a catalogue."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The sentences without a translation, or with a doubtful one."""
    return [str(message.id) for message in catalogue if message.id and (not message.string or not all(message.string) or message.fuzzy)]


def main() -> int:
    """Bring the files up to date; gives 1 when a translation is missing."""
    catalogue = stored("id")
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    folder = TRANSLATIONS / "id/LC_MESSAGES"
    with (folder / "messages.po").open("wb") as out:
        write_po(out, catalogue, sort_output=True, no_location=True, omit_header=False, width=120)
    (folder / "messages.mo").write_bytes(compiled(catalogue))
    missing = untranslated(catalogue)
    sys.stdout.write("".join(f"untranslated: {text}\n" for text in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
