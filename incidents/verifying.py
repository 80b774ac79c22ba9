"""Is it true? Each act of finding out is kept: who, how, what it said and what shows it. The centre answers for what it forwards."""

from datetime import datetime
from typing import Any

from geo.city import Named
from geo.errors import define
from geo.models import User
from incidents.lifecycle import Given
from incidents.models import Incident, Verification
from layers import query
from layers.access import Scope, opened

UNKNOWN_WAY = define("unknown_way", 422, "Không có cách xác minh này", "There is no such way to verify")

# How a report is verified. `report`: it was plain from the report itself, and whoever took it answers for that.
WAYS = {
    way.code: way
    for way in (
        Named("report", "Tự thân tin báo đã rõ", "Plain from the report itself"),
        Named("call_back", "Gọi lại người báo", "Called the reporter back"),
        Named("camera", "Xem camera", "Seen on a camera"),
        Named("unit_on_scene", "Lực lượng tại hiện trường", "A unit on the scene"),
        Named("second_source", "Nguồn tin thứ hai", "A second source"),
        Named("local_officer", "Cán bộ khu vực, ấp", "The local officer"),
        Named("document", "Văn bản, hình ảnh gửi kèm", "A document or picture"),
    )
}
# Which layer shows what a way has found.
EVIDENCE_LAYERS = {"camera": "cameras", "unit_on_scene": "responders", "second_source": "incidents"}


def record(*, incident: Incident, holds: bool, given: Given, note: str, scope: Scope, by: User, at: datetime) -> Verification:
    """Keep one act. Within `acting`, the case is held. Raises UNKNOWN_WAY, or NOT_FOUND for evidence that the caller may not see."""
    way = given.get("way") or "report"
    if way not in WAYS:
        raise UNKNOWN_WAY(f"{way!r}: chọn một trong {', '.join(WAYS)}.", f"{way!r}: choose one of {', '.join(WAYS)}.")
    return Verification.objects.create(incident=incident, at=at, by=by, way=way, holds=holds, note=note, evidence=_evidence(way, given.get("evidence"), scope))


def _evidence(way: str, fid: int | None, scope: Scope) -> dict[str, Any] | None:
    if fid is None:
        return None
    layer = EVIDENCE_LAYERS.get(way)
    if layer is None:
        raise UNKNOWN_WAY("Cách này không kèm đối tượng.", "This way takes no feature.")
    query.feature(opened(layer, scope), fid)
    return {"layer": layer, "fid": fid}


def verifications_of(incident_ids: list[int]) -> list[dict[str, Any]]:
    """Every act about these cases, in their order."""
    found = Verification.objects.filter(incident_id__in=incident_ids).select_related("by").order_by("at", "pk")
    return [
        {
            "incident_id": one.incident_id,
            "at": one.at,
            "by": one.by.display_name or one.by.username,
            "way": WAYS[one.way].as_dict() if one.way in WAYS else {"code": one.way, "vi": one.way, "en": one.way},
            "holds": one.holds,
            "note": one.note,
            "evidence": one.evidence,
        }
        for one in found
    ]
