"""Agencies from the city's profile, the starting roles, and one login a role; nobody here is a real person."""

import secrets
from datetime import datetime

from geo.city import CITY
from geo.models import Agency, Role, Token, User
from geo.permissions import STARTING_ROLES

# login: role, agency, name on the screen
LOGINS: dict[str, tuple[str, str, str]] = {
    "operator": ("operator", "ioc", "Trực ban Lê Minh"),
    "officer": ("officer", "land_office", "Cán bộ Trần Thu"),
    "approver": ("approver", "land_office", "Người duyệt Phạm Hòa"),
    "leader": ("leader", "ioc", "Lãnh đạo Nguyễn An"),
    "field1": ("field", "grassroots_security", "Tổ tuần tra 1"),
    "field2": ("field", "militia", "Tổ xuồng dân quân"),
    "agency": ("agency", "public_works", "Công trình đô thị"),
    "admin": ("admin", "ioc", "Quản trị hệ thống"),
}
KIOSK = "kiosk"


def passwords(given: str = "") -> dict[str, str]:
    """One password for every login where one is given, else a random one each."""
    return {login: given or secrets.token_urlsafe(9) for login in LOGINS}


def agencies() -> dict[str, Agency]:
    """The agencies of the profile by their code."""
    found = {}
    for row in CITY.agencies:
        found[row["code"]] = Agency.objects.create(valid_from=None, **row)
    return found


def make(passwords: dict[str, str]) -> dict[str, User]:
    """The people of the demo city by login; the agencies stand already."""
    roles = {
        slug: Role.objects.get_or_create(slug=slug, defaults={"name": vi, "name_en": en, "permissions": list(permissions)})[0]
        for slug, (vi, en, permissions) in STARTING_ROLES.items()
    }
    found = {}
    for login, (role, agency, name) in LOGINS.items():
        user = User.objects.create_user(username=login, password=passwords[login], display_name=name, agency=Agency.objects.get(code=agency))
        user.roles.add(roles[role])
        if role == "admin":
            user.is_staff = True
            user.save(update_fields=["is_staff"])
        found[login] = user
    found[KIOSK] = User.objects.create(username=KIOSK, password="!", display_name="Màn hình lớn", agency=Agency.objects.get(code="ioc"))  # noqa: S106 (no password fits it)
    found[KIOSK].roles.add(roles[KIOSK])
    return found


def kiosk_secret(*, user: User, expires_at: datetime | None = None) -> str:
    """The wall's key, shown once."""
    return Token.issue(name="wall", user=user, expires_at=expires_at)[1]
