"""Filling the demo's database: everything once, and new passwords, TOTP keys and client secrets at every start."""

import secrets
from dataclasses import dataclass
from typing import Any

from demo.people import APP_ONE, APP_TWO, MAIN, PEOPLE, UNITS, DemoClient, DemoPerson
from demo.places import LOOPBACK_NETWORKS, Places
from idp.clients.metadata import NewClient
from idp.directory.models import Person
from idp.directory.orgs import NewUnit
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.policy.permissions import Role
from idp.settings import Settings
from idp.wiring import Deps, Services

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that looks like something else


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one person signs in with from this start on. None as password: the account is not activated yet."""

    person: DemoPerson
    password: str | None
    totp_secret: str | None = None

    @property
    def signs_in_with(self) -> str:
        """What to type in the first field."""
        return self.person.signs_in_with


@dataclass(frozen=True, slots=True)
class Seeded:
    """Everything that is known in clear only now."""

    credentials: tuple[Credentials, ...]
    client_secret: str


def settings_of(places: Places) -> Settings:
    """The settings that the provider's processes read from their environment."""
    values: dict[str, Any] = {
        "issuer": places.issuer,
        "database_url": places.database_url,
        "secret_key": (places.folder / "secret.key").read_text().strip(),
        "data_keys": (places.folder / "data.key").read_text().strip(),
        "smtp_url": f"maildir:{places.maildir}",
        "allowed_networks": LOOPBACK_NETWORKS,
        "default_demand": "any",
    }
    return Settings(**values)


def make_keys(places: Places) -> None:
    """Make the signing keys that are missing; the provider must find them when it starts."""
    deps = Deps.build(settings_of(places))
    deps.ring.ensure(OPERATOR)
    deps.database.dispose()


def seed(places: Places) -> Seeded:
    """Make what is missing and renew every credential, in one unit of work."""
    deps = Deps.build(settings_of(places))
    try:
        with deps.database.unit() as session:
            services = Services(deps, session)
            _units(services)
            credentials = tuple(_person(services, one) for one in PEOPLE)
            secret = _client(services, APP_ONE, places.app_one)
            _client(services, APP_TWO, places.app_two)
            _national_systems(services)
        assert secret is not None
        return Seeded(credentials, secret)
    finally:
        deps.database.dispose()


# (name, address, what it is for in English and Indonesian): national systems keep their own accounts.
_NATIONAL = (
    ("SRIKANDI", "https://srikandi.arsip.go.id", "Official letters and archives", "Naskah dinas dan kearsipan"),
    ("SIPD", "https://sipd.kemendagri.go.id", "Planning, budget and finance of regions", "Perencanaan, anggaran, dan keuangan daerah"),
    ("e-Kinerja", "https://kinerja.bkn.go.id", "Performance targets and appraisal", "Sasaran dan penilaian kinerja pegawai"),
)


def _national_systems(services: Services) -> None:
    known = {row.name for row in services.portal_links.list()}
    for name, uri, description, description_id in _NATIONAL:
        if name not in known:
            services.portal_links.add(OPERATOR, name, uri, description=description, description_id=description_id)


def _units(services: Services) -> None:
    services.organisations.seed(OPERATOR)
    for government in dict.fromkeys(unit.government for unit in UNITS):
        known = {unit.code: unit.id for unit in services.organisations.units(government)}
        for unit in UNITS:
            if unit.government == government and unit.code not in known:
                new = NewUnit(government, unit.code, unit.name, unit.kind, known[unit.parent] if unit.parent else None)
                known[unit.code] = services.organisations.add_unit(OPERATOR, new).id


def _person(services: Services, wanted: DemoPerson) -> Credentials:
    person = services.people.by_username(wanted.username) or _new_person(services, wanted)
    if person.status == "invited":
        services.links.send_activation(OPERATOR, person)
        return Credentials(wanted, None)
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    services.passwords.set(OPERATOR, person, password)
    return Credentials(wanted, password, _enrol(services, person) if wanted is MAIN else None)


def _new_person(services: Services, wanted: DemoPerson) -> Person:
    unit = services.organisations.unit_by_code(wanted.government, wanted.unit)
    person = services.people.create(
        OPERATOR,
        NewPerson(
            username=wanted.username, name=wanted.name, number=wanted.number, email=wanted.email, title_before=wanted.title_before,
            title_after=wanted.title_after, government_code=wanted.government, unit_id=unit.id, position=wanted.position,
            position_kind=wanted.position_kind, grade=wanted.grade, employment_status=wanted.status,
            status="invited" if wanted.invited else "active",
        ),
    )  # fmt: skip
    if wanted.role:
        services.roles.grant(OPERATOR, person.id, Role(wanted.role))
    if not wanted.invited:
        services.people.verify_email(OPERATOR, person.id)
    return person


def _enrol(services: Services, person: Person) -> str:
    """A new TOTP key in place of every older factor."""
    if services.factors.list(person.id):
        services.factors.reset(OPERATOR, person)
    return services.factors.enrol_for(OPERATOR, person).secret


def _client(services: Services, client: DemoClient, base: str) -> str | None:
    if services.registry.find(client.client_id) is not None:
        return services.registry.rotate_secret(OPERATOR, client.client_id, keep_days=0) if client.confidential else None
    _, secret = services.registry.create(
        OPERATOR,
        NewClient(
            client_id=client.client_id, name=client.name, redirect_uris=(f"{base}/callback",),
            post_logout_redirect_uris=(f"{base}/signed-out",), auth_method="client_secret_basic" if client.confidential else "none",
            backchannel_logout_uri=f"{base}/backchannel-logout",
            first_party=True, government_code=client.government, home_uri=f"{base}/login", topic=client.topic,
        ),
    )  # fmt: skip
    return secret
