"""Where the demo lives: ports, folders, keys, and the environment the provider is started with."""

import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK_NETWORKS = "127.0.0.0/8,::1/128"


@dataclass(frozen=True, slots=True)
class Places:
    """The folder that holds all state of one demo, and the first of its four ports."""

    folder: Path = ROOT / "var" / "demo"
    first_port: int = 8000

    @property
    def issuer(self) -> str:
        """The provider; also its issuer identifier (OIDC Discovery 1.0 section 3)."""
        return f"http://localhost:{self.first_port}"

    @property
    def app_one(self) -> str:
        """The confidential application."""
        return f"http://localhost:{self.first_port + 1}"

    @property
    def app_two(self) -> str:
        """The public application."""
        return f"http://localhost:{self.first_port + 2}"

    @property
    def mail(self) -> str:
        """The mail catcher."""
        return f"http://localhost:{self.first_port + 3}"

    @property
    def ports(self) -> range:
        """Every port in use."""
        return range(self.first_port, self.first_port + 4)

    @property
    def maildir(self) -> Path:
        """Letters land here instead of being sent."""
        return self.folder / "mail"

    @property
    def database_url(self) -> str:
        """The embedded database."""
        return f"sqlite:///{self.folder / 'idp.db'}"

    def prepare(self) -> None:
        """Make the folder and the keys that are missing; each readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        _write_once(self.folder / "secret.key", secrets.token_urlsafe(48))
        _write_once(self.folder / "data.key", urlsafe_b64encode(secrets.token_bytes(32)).decode())

    def environment(self) -> dict[str, str]:
        """The settings of the provider, on top of the environment but without foreign `IDP_` variables."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        return inherited | {
            "IDP_ISSUER": self.issuer,
            "IDP_DATABASE_URL": self.database_url,
            "IDP_SECRET_KEY_FILE": str(self.folder / "secret.key"),
            "IDP_DATA_KEYS_FILE": str(self.folder / "data.key"),
            "IDP_SMTP_URL": f"maildir:{self.maildir}",
            "IDP_ALLOWED_NETWORKS": LOOPBACK_NETWORKS,
            "IDP_DEFAULT_DEMAND": "any",
            "IDP_LOG_FORMAT": "text",
        }


def _write_once(path: Path, text: str) -> None:
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
