"""Pictures of features: taken in through a confined process that draws them anew, shown to whoever may see the feature."""

import base64
import hashlib
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from geo import events
from geo.acting import acting
from geo.errors import BAD_REQUEST, NOT_FOUND
from geo.models import User
from layers import query
from layers.access import Scope, opened
from layers.changing import editing
from layers.confined.child import Child
from layers.confined.picturing import PICTURE_TOO_LARGE
from layers.models import Photo

LARGEST_BYTES = 25_000_000
MOST_A_FEATURE = 200
LONGEST_CAPTION = 200


def add(*, slug: str, fid: int, content: bytes, caption: str, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Add a picture; the same file twice is one. Raises NOT_FOUND, FORBIDDEN, BAD_REQUEST and what layers.confined.picturing refuses."""
    editing.check_row(slug=slug, fid=fid, scope=scope, at=at)
    return keep(slug=slug, fid=fid, content=content, caption=caption, by=by, at=at)


def keep(*, slug: str, fid: int, content: bytes, caption: str, by: User | None, at: datetime) -> dict[str, Any]:
    """Keep a picture of a feature that whoever brings it has been admitted to; nobody is a caller's phone. Raises BAD_REQUEST and what layers.confined.picturing refuses."""
    if len(content) > LARGEST_BYTES:
        raise PICTURE_TOO_LARGE(f"Tối đa {LARGEST_BYTES:,} byte.", f"At most {LARGEST_BYTES:,} bytes.")
    if len(caption) > LONGEST_CAPTION or "\0" in caption:
        raise BAD_REQUEST(f"Chú thích tối đa {LONGEST_CAPTION} ký tự.", f"A caption of at most {LONGEST_CAPTION} characters.")
    digest = hashlib.sha256(content).hexdigest()
    standing = Photo.objects.defer("jpeg").select_related("by").filter(layer=slug, fid=fid, digest=digest).first()
    if standing is not None:
        return _told(standing)
    if Photo.objects.filter(layer=slug, fid=fid).count() >= MOST_A_FEATURE:
        raise BAD_REQUEST(f"Tối đa {MOST_A_FEATURE} ảnh.", f"At most {MOST_A_FEATURE} pictures a feature.")
    told = _drawn(content)
    with acting(by=by, because=caption or "picture"):
        made, fresh = Photo.objects.get_or_create(
            layer=slug,
            fid=fid,
            digest=digest,
            defaults={
                "caption": caption,
                "claimed_at": told["claimed_at"] and datetime.fromisoformat(told["claimed_at"]),
                "width_px": told["width_px"],
                "height_px": told["height_px"],
                "jpeg": base64.b64decode(told["jpeg"]),
                "by": by,
                "added_at": at,
            },
        )
        if fresh:
            events.publish(kind="layer.pictured", layer=slug, fids=[fid], at=at, data={"photo": made.pk})
    return _told(made)


def _drawn(content: bytes) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile(prefix="nbioc-photo-") as file:
        file.write(content)
        file.flush()
        with Child("layers.confined.picturing", Path(file.name), {}, lambda *_: None) as child:
            return child.told


def listed(*, slug: str, fid: int, scope: Scope) -> list[dict[str, Any]]:
    """The pictures of a feature that the caller may see, the newest first. Raises NOT_FOUND."""
    query.feature(opened(slug, scope), fid)
    return [_told(one) for one in Photo.objects.defer("jpeg").select_related("by").filter(layer=slug, fid=fid).order_by("-pk")]


def jpeg(*, slug: str, fid: int, number: int, scope: Scope) -> bytes:
    """One picture. Raises NOT_FOUND alike for one that is not there and one that the caller may not see."""
    query.feature(opened(slug, scope), fid)
    found = Photo.objects.filter(pk=number, layer=slug, fid=fid).first()
    if found is None:
        raise NOT_FOUND()
    return bytes(found.jpeg)


def _told(one: Photo) -> dict[str, Any]:
    return {
        "id": one.pk,
        "url": f"/api/layers/{one.layer}/features/{one.fid}/photos/{one.pk}.jpg",
        "caption": one.caption,
        "claimed_at": one.claimed_at,
        "width_px": one.width_px,
        "height_px": one.height_px,
        "by": (one.by.display_name or one.by.username) if one.by else None,
        "added_at": one.added_at,
    }
