"""What a process keeps: settings, engine, keys imported once, caches, the hash gate, the guarded HTTP client."""

from dataclasses import dataclass

from idp.authn.assembly import AuthnOptions
from idp.authn.blocklist import Blocklist
from idp.authn.browsers.places import Places
from idp.authn.hashing import HashGate, PasswordHasher
from idp.authn.passwords import Lengths
from idp.clients.authorization_types.types import DeclaredNames
from idp.clients.cache import ClientCache
from idp.clients.client_keys import ClientKeys
from idp.clients.fetch import GuardedHttp
from idp.db.session import Database
from idp.directory.brands import BrandCache
from idp.enforcement.rulebook import RuleCache
from idp.kernel.clock import Clock, SystemClock
from idp.kernel.randomness import Randomness, SystemRandomness
from idp.kernel.sealing import Sealer
from idp.keys.audit_keys import AuditKeys
from idp.keys.ring import KeyRing
from idp.portal.announcements import AnnouncementCache
from idp.portal.catalogue import CatalogueCache
from idp.protocol import rooms
from idp.protocol.conf import Conf
from idp.protocol.dpop_nonce import Nonces
from idp.protocol.server import OAuthServer
from idp.settings import Settings
from idp.tokens.ledger import Lifetimes


@dataclass(frozen=True)
class Deps:
    """One of these lives as long as its process; everything in it is safe between threads."""

    settings: Settings
    database: Database
    clock: Clock
    randomness: Randomness
    sealer: Sealer
    ring: KeyRing
    audit_keys: AuditKeys
    client_cache: ClientCache
    client_keys: ClientKeys
    hasher: PasswordHasher
    http: GuardedHttp
    rule_cache: RuleCache
    catalogue_cache: CatalogueCache
    announcement_cache: AnnouncementCache
    brand_cache: BrandCache
    blocklist: Blocklist
    authn_options: AuthnOptions
    conf: Conf
    nonces: Nonces
    oauth: OAuthServer
    places: Places

    @classmethod
    def build(
        cls, settings: Settings, *, clock: Clock | None = None, randomness: Randomness | None = None
    ) -> "Deps":
        """Everything from the settings; tests hand in a clock and randomness."""
        moment, chance = clock or SystemClock(), randomness or SystemRandomness()
        database = Database(settings.database_url)
        sealer = Sealer(settings.raw_data_keys, chance)
        gate = HashGate(settings.hash_concurrency, settings.hash_queue_seconds)
        http = GuardedHttp(settings.allowed_networks)
        conf = Conf(
            settings.issuer,
            _lifetimes(settings),
            mutual_tls=settings.mutual_tls,
            mtls_host=settings.mtls_origin,
            client_issuers=settings.client_issuers,
        )
        return cls(
            settings=settings,
            database=database,
            clock=moment,
            randomness=chance,
            sealer=sealer,
            ring=KeyRing(database, sealer, moment, rsa_bits=settings.rsa_key_bits),
            audit_keys=AuditKeys(database, sealer, moment),
            client_cache=ClientCache(),
            client_keys=ClientKeys(http, moment),
            hasher=PasswordHasher(
                settings.argon2_memory_kib, settings.argon2_time_cost, settings.argon2_parallelism, gate
            ),
            http=http,
            rule_cache=RuleCache(),
            catalogue_cache=CatalogueCache(),
            announcement_cache=AnnouncementCache(),
            brand_cache=BrandCache(),
            blocklist=Blocklist(settings.password_blocklist_file),
            authn_options=_authn_options(settings),
            conf=conf,
            nonces=Nonces(sealer, required=settings.dpop_nonces),
            oauth=rooms.build(conf, DeclaredNames(database, moment)),
            places=Places(settings.geo_database),
        )


def _lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(
        code_seconds=settings.code_seconds,
        access_token_seconds=settings.access_token_seconds,
        id_token_seconds=settings.id_token_seconds,
        refresh_idle_days=settings.refresh_idle_days,
        refresh_absolute_days=settings.refresh_absolute_days,
    )


def _authn_options(settings: Settings) -> AuthnOptions:
    return AuthnOptions(
        issuer=settings.issuer,
        installation_name=settings.installation_name,
        idle_minutes=settings.session_idle_minutes,
        absolute_hours=settings.session_absolute_hours,
        sign_in_minutes=settings.sign_in_minutes,
        link_minutes=settings.link_minutes,
        activation_days=settings.activation_days,
        lengths=Lengths(settings.password_min_length, settings.password_min_length_single),
        password_max_age_days=settings.password_max_age_days,
        agency_code_hours=settings.agency_code_hours,
        cooling_hours=settings.cooling_hours,
        passkey_rp_id=settings.relying_party_id,
    )
