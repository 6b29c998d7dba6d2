"""Passwords that are too common: zxcvbn's word lists, words people here would choose, and the operator's own file."""

import threading
from collections.abc import Collection, Sequence
from pathlib import Path

from idp.kernel.errors import Invalid

_LOOKED_AT = 40  # zxcvbn's time grows fast with length, and a longer password that is weak up to here is weak
_FEWEST_GUESSES = 1e8
_HERE = (
    "rahasia", "katasandi", "sandi", "indonesia", "merdeka", "pancasila", "garuda", "bismillah", "alhamdulillah", "sayang", "cinta",
    "pegawai", "negeri", "sipil", "pemerintah", "provinsi", "kabupaten", "sumatera", "sumatra", "utara", "sumut", "medan", "dinas",
    "horas", "selamat", "pagi", "januari", "februari", "maret", "april", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember", "senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu", "masuk", "akun", "admin", "administrator", "password",
)  # fmt: skip


class Blocklist:
    """Read once per process, at first use. file: one password a line, any size that fits memory; # starts a comment."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._words: frozenset[str] | None = None

    @property
    def words(self) -> Collection[str]:
        """Casefolded passwords and words that are refused as they stand; raises Invalid when the file cannot be read."""
        with self._lock:
            if self._words is None:
                self._words = self._read()
            return self._words

    def guessable(self, password: str, hints: Sequence[str]) -> bool:
        """True when a guesser who knows `hints` needs fewer than 10^8 guesses (zxcvbn)."""
        from zxcvbn import zxcvbn  # noqa: PLC0415 - 8 MB that only a process which sets passwords needs

        found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*_HERE, *hints][:100])
        return float(found["guesses"]) < _FEWEST_GUESSES

    def _read(self) -> frozenset[str]:
        from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - as above

        found = {word.casefold() for words in FREQUENCY_LISTS.values() for word in words} | set(_HERE)
        if self._file is not None:
            try:
                lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError as error:
                raise Invalid("password.blocklist", f"the password blocklist cannot be read: {error.strerror}") from error
            found.update(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#"))
        return frozenset(found)
