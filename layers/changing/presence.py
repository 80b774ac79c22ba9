"""Who else has a feature open just now: a hint with two minutes to live. Nothing is ever refused because of it."""

from datetime import datetime, timedelta
from typing import Any

from geo.errors import NOT_FOUND
from geo.models import User
from layers import access, query
from layers.access import Scope, opened
from layers.models import Presence

LIVES = timedelta(minutes=2)


def show(*, slug: str, fid: int, by: User, scope: Scope, at: datetime) -> list[dict[str, Any]]:
    """Say that `by` has the feature open, and hear who else has. Raises NOT_FOUND for what the caller may not see or change."""
    seen = opened(slug, scope)
    if not access.may(seen.layer, "edit", scope):
        raise NOT_FOUND()
    query.feature(seen, fid)
    return mark(slug=slug, fid=fid, by=by, at=at)


def mark(*, slug: str, fid: int, by: User, at: datetime) -> list[dict[str, Any]]:
    """As show, for a caller who has been admitted to the feature already."""
    Presence.objects.filter(seen_at__lte=at - LIVES).delete()
    Presence.objects.update_or_create(layer=slug, fid=fid, user=by, defaults={"seen_at": at}, create_defaults={"seen_at": at, "since": at})
    others = Presence.objects.filter(layer=slug, fid=fid, seen_at__gt=at - LIVES).exclude(user=by).select_related("user").order_by("since")
    return [{"name": one.user.display_name or one.user.username, "since": one.since.isoformat()} for one in others]


def leave(*, slug: str, fid: int, by: User) -> None:
    """Say that it is closed."""
    Presence.objects.filter(layer=slug, fid=fid, user=by).delete()
