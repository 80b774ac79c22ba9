"""Layers made at run time over HTTP: made from a list of fields, changed on a named revision, removed; and what values a field holds.

Its addresses join the router of the catalogue: one address answers from one router alone, and POST /layers stands beside GET.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import Body, Schema, Status
from pydantic import ConfigDict
from pydantic import Field as Bounded

from geo.acting import acting
from geo.errors import BAD_REQUEST, CONFLICT, FORBIDDEN, PRECONDITION_REQUIRED, STALE
from geo.signing import SIGNED_IN
from layers.access import opened
from layers.api import router as router
from layers.api import versions_known
from layers.files.naming import plain_name
from layers.layer import Choice, Field, registry
from layers.making import declaring, made, restyling, styling, summaries
from layers.making.declaring import Declaration
from layers.models import MadeLayer

LONGEST_REASON = 300
MOST_NUMBERED = 1_000
REASONS = {"made": "tạo lớp", "changed": "sửa lớp", "removed": "xoá lớp"}


class Exact(Schema):
    """A body with a part that nobody asked for is wrong: what was meant by it would be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Titles(Exact):
    vi: str = Bounded(min_length=1)
    en: str = ""


class ChoiceIn(Exact):
    value: str | int | float
    vi: str = ""
    en: str = ""


class FieldIn(Exact):
    """A field: on a standing one, only what is given changes; see null shows it to who sees the layer, edit null gives it to who edits the layer."""

    name: str
    vi: str = ""
    en: str = ""
    type: str = "text"
    unit: str = ""
    required: bool = False
    choices: list[ChoiceIn] | None = None
    see: str | None = None
    edit: str | bool | None = None


class ColorIn(Exact):
    value: str | bool | int
    color: str


class StyleIn(Exact):
    """One of three ways; what is left out the city chooses, and bounds are found from the rows unless the method is `fixed`."""

    mode: Literal["simple", "category", "graduated"]
    field: str | None = None
    color: str | None = None
    ramp: Literal["viridis", "cividis", "magma", "inferno"] | None = None
    classes: int | None = None
    method: Literal["quantile", "equal", "natural", "fixed"] | None = None
    breaks: list[float] | None = Bounded(default=None, max_length=styling.MOST_CLASSES)
    colors: list[ColorIn] | None = Bounded(default=None, max_length=100)


class ChangeIn(Exact):
    """What a layer should say from now on; what is left out stays as it is."""

    title: Titles | None = None
    fields: list[FieldIn] | None = Bounded(default=None, max_length=declaring.MOST_FIELDS)
    label: str | None = None
    see: str | None = None
    edit: str | None = None
    review: bool | None = None
    style: StyleIn | None = None
    because: str = Bounded(default="", max_length=LONGEST_REASON)


class LayerIn(ChangeIn):
    """A layer that is to be made."""

    title: Titles
    slug: str | None = None
    geometry: str


class Why(Exact):
    because: str = Bounded(default="", max_length=LONGEST_REASON)


@router.post("/layers", auth=SIGNED_IN, response={201: dict})
def make(request: HttpRequest, response: HttpResponse, given: LayerIn) -> Status[dict[str, Any]]:
    """Make a layer and its empty table. Without a slug one is made from the title."""
    made.check_right(request.caller, slug=None)
    asked = given.dict(exclude_unset=True)
    slug = asked.get("slug") or _free_slug(given.title.vi)
    blank = Declaration(slug, "", "", given.geometry, (), see=asked.get("see", "see_assets"))
    wanted = _merged(blank, asked)
    declaring.check(wanted)
    if given.style:
        wanted = replace(wanted, style=restyling.filled(restyling.from_json(asked["style"]), wanted, None))
    try:
        with acting(by=request.user, because=_because(given.because, "made")):
            made.make(**_words(wanted), at=request.at, scope=request.caller)
    except IntegrityError as error:
        # Somebody took the slug between the look and the row.
        raise CONFLICT(f"Đã có lớp {slug}.", f"There is a layer {slug}.", slug=slug) from error
    response["Location"] = f"/api/layers/{slug}"
    return Status(201, _told(request, response, slug))


@router.get("/layers/{slug}", auth=SIGNED_IN)
def one(request: HttpRequest, response: HttpResponse, slug: str) -> dict[str, Any]:
    """What a made layer says of itself, for who may change it; ETag is its revision."""
    _changeable(request, slug)
    return _told(request, response, slug)


@router.patch("/layers/{slug}", auth=SIGNED_IN)
def change(request: HttpRequest, response: HttpResponse, slug: str, given: ChangeIn) -> dict[str, Any]:
    """Change what a made layer says, on the revision that If-Match names: titles, fields, who sees and edits, the style."""
    _changeable(request, slug)
    revision, asked = _revision(request, slug, given.dict(exclude_unset=True)), given.dict(exclude_unset=True)
    wanted = _merged(made.declaration(slug)[0], asked)
    declaring.check(wanted)
    if given.style:
        wanted = replace(wanted, style=restyling.filled(restyling.from_json(asked["style"]), wanted, opened(slug, request.caller)))
    with acting(by=request.user, because=_because(given.because, "changed")):
        made.change(slug=slug, revision=revision, wanted=wanted, at=request.at, scope=request.caller)
    return _told(request, response, slug)


@router.delete("/layers/{slug}", auth=SIGNED_IN)
def remove(request: HttpRequest, slug: str, given: Why = Body(default=Why())) -> dict[str, Any]:  # noqa: B008 (ninja reads the default)
    """Remove a made layer with its table, on the revision that If-Match names; its history can still be read."""
    _changeable(request, slug)
    revision = _revision(request, slug, {})
    with acting(by=request.user, because=_because(given.because, "removed")):
        made.drop(slug=slug, revision=revision, at=request.at, scope=request.caller)
    return {"removed": slug}


@router.get("/layers/{slug}/values", auth=SIGNED_IN)
def values(request: HttpRequest, slug: str, field: str) -> dict[str, Any]:
    """The commonest values of a field with their counts among the rows that the caller may see; of a number also its spread."""
    return summaries.values(opened(slug, request.caller), field)


def _changeable(request: HttpRequest, slug: str) -> None:
    """Raises NOT_FOUND for who may not see the layer, FORBIDDEN for who may not change it or where the source declares it."""
    # Another process may have made or changed it a moment ago.
    made.refresh()
    opened(slug, request.caller)
    made.check_right(request.caller, slug=slug)
    if not MadeLayer.objects.filter(slug=slug, removed_at=None).exists():
        raise FORBIDDEN("Lớp này thuộc về hệ thống.", "This layer is declared by the source.")


def _revision(request: HttpRequest, slug: str, mine: dict[str, Any]) -> int:
    """The one revision that If-Match names and that stands. Raises PRECONDITION_REQUIRED, STALE with mine and theirs."""
    known, (declared, revision) = versions_known(request), made.declaration(slug)
    if not known:
        raise PRECONDITION_REQUIRED('Gửi If-Match với phiên bản của lớp, ví dụ "v3".', 'Send If-Match with the revision of the layer, such as "v3".')
    if revision not in known:
        raise STALE(f"Bản hiện nay là v{revision}.", f"It is at v{revision} now.", mine=mine, theirs=_json(request, declared, revision))
    return revision


def _because(given: str, verb: str) -> str:
    text = given.strip()
    if "\0" in text:
        raise BAD_REQUEST("Lý do có ký tự không dùng được.", "The reason has a character that cannot be kept.")
    return text or REASONS[verb]


def _free_slug(title: str) -> str:
    """A slug after the title that no layer has or had."""
    base = plain_name(title, "layer")
    base = f"{base}_layer" if base in declaring.KEPT_SLUGS or base.endswith(declaring.LABEL_SUFFIX) else base
    pattern = re.escape(base) + r"(_\d+)?$"
    taken = set(MadeLayer.objects.filter(slug__regex=f"^{pattern}").values_list("slug", flat=True)) | {layer.slug for layer in registry.all()}
    return next((name for name in _numbered(base) if name not in taken), base)


def _numbered(base: str) -> Iterable[str]:
    yield base
    yield from (f"{base}_{number}" for number in range(2, MOST_NUMBERED))


def _merged(before: Declaration, asked: Mapping[str, Any]) -> Declaration:
    """The declaration with what was given in the place of what was; fields by their names, new ones at the end."""
    wanted = before
    if asked.get("title"):
        wanted = replace(wanted, vi=asked["title"]["vi"].strip(), en=(asked["title"].get("en") or "").strip() or asked["title"]["vi"].strip())
    named = {field.name: field for field in before.fields}
    for one in asked.get("fields") or ():
        named[one["name"]] = _field(named.get(one["name"]), one)
    repeated = [one["name"] for one in asked.get("fields") or ()]
    if len(set(repeated)) < len(repeated):
        raise declaring.BAD_NAME("Tên trường lặp lại.", "A field's name repeats.")
    wanted = replace(wanted, fields=tuple(named.values()))
    for name in ("label", "see"):
        if name in asked:
            wanted = replace(wanted, **{name: asked[name]})
    return replace(wanted, edit=asked.get("edit") or wanted.edit, review=before.review if asked.get("review") is None else asked["review"])


def _field(before: Field | None, given: Mapping[str, Any]) -> Field:
    field = before or Field(given["name"], given["name"], "", edit=True)
    vi = (given.get("vi") or "").strip() or field.vi
    field = replace(field, vi=vi, en=(given.get("en") or "").strip() or (field.en if before else vi))
    for name in ("type", "unit", "required"):
        if name in given:
            field = replace(field, **{name: given[name]})
    if "choices" in given:
        choices = [
            Choice(one["value"], one.get("vi") or str(one["value"]), one.get("en") or one.get("vi") or str(one["value"])) for one in given["choices"] or ()
        ]
        field = replace(field, choices=tuple(choices))
    if "see" in given:
        field = replace(field, see=given["see"] or None)
    if "edit" in given:
        if given["edit"] is False:
            raise declaring.BAD_FIELD(
                "edit: mã quyền, hoặc null.", "edit is a permission or null: a field that nobody fills in says nothing.", field=given["name"]
            )
        field = replace(field, edit=given["edit"] or True)
    return field


def _words(wanted: Declaration) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in ("slug", "vi", "en", "geometry_type", "fields", "label", "see", "edit", "review", "style")}


def _told(request: HttpRequest, response: HttpResponse, slug: str) -> dict[str, Any]:
    declared, revision = made.declaration(slug)
    response["ETag"] = f'"v{revision}"'
    return _json(request, declared, revision)


def _json(request: HttpRequest, declared: Declaration, revision: int) -> dict[str, Any]:
    """The declaration in the words of a request, without fields that the caller may not see."""
    fields = declaring.told([field for field in declared.fields if request.caller.may(field.see)])
    style = declared.style
    unit = next((field.unit for field in declared.fields if field.name == style.field), "")
    rows = styling.legend(style, vi=declared.vi, en=declared.en, geometry_type=declared.geometry_type, unit=unit)
    return {
        "slug": declared.slug,
        "revision": revision,
        "title": {"vi": declared.vi, "en": declared.en},
        "geometry": declared.geometry_type,
        "fields": [{**field, "edit": None if field["edit"] is True else field["edit"]} for field in fields],
        "label": declared.label,
        "see": declared.see,
        "edit": declared.edit,
        "review": declared.review,
        "style": styling.as_json(style),
        "drawn": styling.drawn(style, declared.geometry_type),
        "legend": [{"label": {"vi": row["vi"], "en": row["en"]}, "color": row["color"], "shape": row["shape"]} for row in rows],
    }
