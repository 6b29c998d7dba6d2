"""The one read of a sign-in, by whatever names the account; made before the password is verified and again after."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Exists, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from idp.authn.accounts.account import Account
from idp.authn.models import KnownDevice, Passkey, PasswordHash, TotpSecret
from idp.db.lane import Prepared
from idp.directory.models import Person, PersonIdentifier, RoleGrant

_person, _password, _number = Person.__table__, PasswordHash.__table__, PersonIdentifier.__table__
_totp, _passkey, _device, _role = TotpSecret.__table__, Passkey.__table__, KnownDevice.__table__, RoleGrant.__table__

_value: BindParameter[str] = bindparam("value")


def _has(*conditions: ColumnElement[bool]) -> Exists:
    return exists().where(*conditions)


def _account(found: ColumnElement[bool]) -> Prepared:
    """The columns are those of Account, in its order."""
    return Prepared(
        select(
            _person.c.id, _person.c.username, _person.c.name, _person.c.title_before, _person.c.title_after, _person.c.email,
            _person.c.locale, _person.c.government_code, _person.c.employment_status, _person.c.status,
            _password.c.hash, _password.c.must_change, _password.c.changed_at,
            or_(
                _has(_totp.c.person_id == _person.c.id, _totp.c.confirmed_at.is_not(None)), _has(_passkey.c.person_id == _person.c.id)
            ).label("has_factor"),
            _has(_passkey.c.person_id == _person.c.id).label("has_passkey"),
            _has(_device.c.person_id == _person.c.id, _device.c.digest == bindparam("device")).label("known_device"),
            _has(_device.c.person_id == _person.c.id).label("has_devices"),
            _has(_role.c.person_id == _person.c.id, _role.c.revoked_at.is_(None)).label("has_roles"),
        )
        .select_from(_person.outerjoin(_password, _password.c.person_id == _person.c.id))
        .where(found)
    )  # fmt: skip


_holder = select(_number.c.person_id).where(_number.c.value == _value, _number.c.valid_to.is_(None)).scalar_subquery()
_BY = {
    "id": _account(_person.c.id == _value),
    "username": _account(_person.c.username == _value),
    "number": _account(_person.c.id == _holder),
}


class AccountStore:
    """Accounts as they stand now, whatever this session has loaded."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, kind: str, value: str, device: bytes | None = None) -> Account | None:
        """The account that `value` names. kind: ``id``, ``username`` or ``number``; device: digest of the one asked about."""
        row: Any = _BY[kind].first(self._session, value=value, device=device)
        return None if row is None else Account(*row)
