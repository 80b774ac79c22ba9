"""What a case is about: features of layers that are attached to it, and the cases of a feature. Each side is seen by its own rules."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from geo.acting import acting
from geo.errors import NOT_FOUND
from geo.models import User
from incidents import lifecycle, queries
from incidents.models import CaseFeature
from layers import query
from layers.access import Scope, opened
from layers.cadastre import lineage
from layers.layer import registry

EVENT = "incident.attached"
MOST_TOLD = 200


def attach(*, incident_id: int, layer: str, fid: int, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """Say that a case is about a feature; twice is once. Raises NOT_FOUND for a case or a feature that the caller may not see."""
    with acting(by=by, because=f"attached {layer} {fid} to case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        query.feature(opened(layer, scope), fid)
        _, fresh = CaseFeature.objects.get_or_create(incident=incident, layer=layer, fid=fid, defaults={"by": by, "at": at})
        if fresh:
            lifecycle.append(incident=incident, kind="attach", to=incident.status, event=EVENT, by=by, at=at, data={"layer": layer, "fid": fid})
    return features_of(incident_id=incident_id, scope=scope)


def detach(*, incident_id: int, layer: str, fid: int, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """Take it back; the case's sequence keeps both steps. Raises NOT_FOUND."""
    with acting(by=by, because=f"detached {layer} {fid} from case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        if not CaseFeature.objects.filter(incident=incident, layer=layer, fid=fid).delete()[0]:
            raise NOT_FOUND()
        lifecycle.append(incident=incident, kind="detach", to=incident.status, event=EVENT, by=by, at=at, data={"layer": layer, "fid": fid})
    return features_of(incident_id=incident_id, scope=scope)


def features_of(*, incident_id: int, scope: Scope) -> list[dict[str, Any]]:
    """The features of a case and of the reports merged into it, as far as the caller may see both. Raises NOT_FOUND for the case."""
    queries.one(incident_id=incident_id, scope=scope)
    wanted: dict[str, list[int]] = {}
    for slug, fid in (
        CaseFeature.objects.filter(Q(incident_id=incident_id) | Q(incident__merged_into_id=incident_id)).order_by("pk").values_list("layer", "fid")[:MOST_TOLD]
    ):
        wanted.setdefault(slug, []).append(fid)
    visible = [slug for slug in wanted if (layer := registry.get(slug)) is not None and any(scope.may(grant.permission) for grant in layer.grants)]
    return [{**found, "layer": slug} for slug in visible for found in query.some(opened(slug, scope), wanted[slug]).values()]


def cases_of(*, layer: str, fid: int, scope: Scope) -> list[dict[str, Any]]:
    """The cases about a feature that the caller may see, the newest first. Raises NOT_FOUND for the feature, and for who sees no cases at all.

    Of a parcel, also those about the parcels that it came from, and of one that is no longer too: a case does not end with a split.
    """
    about = (
        CaseFeature.objects.filter(layer=layer, fid__in=_meant(layer, fid, scope)).order_by("-incident_id").values_list("incident_id", flat=True)[:MOST_TOLD]
    )
    found = query.some(opened("incidents", scope), about)
    return [{"id": number, **found[number]["properties"]} for number in sorted(found, reverse=True)]


def _meant(layer: str, fid: int, scope: Scope) -> list[int]:
    seen = opened(layer, scope)
    if seen.layer.lineage:
        return lineage.forebears(fid=fid, scope=scope)
    query.feature(seen, fid)
    return [fid]
