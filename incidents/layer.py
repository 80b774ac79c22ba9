"""Cases and units on the map: who sees which, and how they are drawn."""

from geo.city import CITY
from incidents.models import Incident, Responder, RestrictedArea
from layers.layer import Choice, Counting, Field, Grant, Layer, register

STATUSES = (
    Choice("new", "Mới tiếp nhận", "New"),
    Choice("verifying", "Đang xác minh", "Verifying"),
    Choice("verified", "Đã xác minh", "Verified"),
    Choice("assigned", "Đã giao lực lượng", "Assigned"),
    Choice("enroute", "Đang đến hiện trường", "En route"),
    Choice("on_scene", "Có mặt tại hiện trường", "On scene"),
    Choice("under_control", "Đã khống chế", "Under control"),
    Choice("resolved", "Đã xử lý xong, chờ xác nhận", "Resolved"),
    Choice("closed", "Kết thúc", "Closed"),
    Choice("cancelled", "Hủy", "Cancelled"),
    Choice("unfounded", "Tin báo không đúng", "Unfounded"),
    Choice("duplicate", "Trùng", "Duplicate"),
    Choice("transferred", "Chuyển cơ quan khác", "Transferred"),
    Choice("reopened", "Mở lại", "Reopened"),
)
FORCES = tuple(Choice(force.code, force.vi, force.en) for force in CITY.forces.values())
CATEGORIES = tuple(Choice(category.code, category.vi, category.en) for category in CITY.categories.values())
SENSITIVITIES = tuple(Choice(one.code, one.vi, one.en) for one in CITY.sensitivities.values())
SEVERITIES = tuple(Choice(level, row["vi"], row["en"]) for level, row in sorted(CITY.severities.items()))

AVAILABILITIES = (
    Choice("available", "Sẵn sàng", "Available"),
    Choice("busy", "Bận", "Busy"),
    Choice("unmanned", "Thiếu người", "Unmanned"),
    Choice("off_duty", "Ngoài ca", "Off duty"),
    Choice("out_of_service", "Ngừng phục vụ", "Out of service"),
)
# EIDO's primaryUnitStatus and secondaryUnitStatus, as sql/unit_map.sql derives them.
PRIMARY_STATUSES = (
    Choice("available", "Sẵn sàng", "Available"),
    Choice("conditionally_available", "Đang bận nhưng điều được", "Conditionally available"),
    Choice("not_available", "Không điều được", "Not available"),
)
SECONDARY_STATUSES = (
    Choice("dispatched", "Đã phát lệnh", "Dispatched"),
    Choice("assigned", "Được giao", "Assigned"),
    Choice("acknowledged", "Đã nhận lệnh", "Acknowledged"),
    Choice("enroute", "Đang đi", "En route"),
    Choice("on_scene", "Đã đến", "On scene"),
    Choice("unmanned", "Thiếu người", "Unmanned"),
    Choice("reserved", "Đang được giữ", "Held"),
    Choice("equipment_issues", "Trang bị có lỗi", "Equipment issues"),
    Choice("station", "Tại trụ sở", "At station"),
    Choice("post", "Chốt trực", "On post"),
    Choice("staging", "Tập kết", "Staging"),
    Choice("covering", "Trực thay địa bàn", "Covering another area"),
    Choice("break", "Nghỉ giữa ca", "On a break"),
    Choice("meal", "Ăn", "At a meal"),
    Choice("training", "Huấn luyện", "Training"),
    Choice("on_duty", "Trong ca", "On duty"),
    Choice("off_duty", "Ngoài ca", "Off duty"),
    Choice("out_of_service", "Ngừng phục vụ", "Out of service"),
)
ASSIGNMENT_STATUSES = (
    Choice("requested", "Chờ đơn vị nhận", "Awaiting acceptance"),
    Choice("assigned", "Đã giao", "Assigned"),
    Choice("accepted", "Đã nhận", "Accepted"),
    Choice("enroute", "Đang đi", "En route"),
    Choice("on_scene", "Đã đến", "On scene"),
    Choice("cleared", "Rời hiện trường", "Cleared"),
    Choice("declined", "Từ chối", "Declined"),
    Choice("cancelled", "Hủy lệnh", "Cancelled"),
)

NAMED = "t.id = any(%(compartments)s)"
NOT_RESTRICTED = f"(not t.restricted or {NAMED})"
FORWARDED_TO_US = f"{NOT_RESTRICTED} and t.agency_id = %(agency)s"
# What is counted: an exercise is no case, and who was named to a case counts what everybody counts.
COUNTED = "not t.restricted and not t.exercise"
COUNTED_RESTRICTED = "t.restricted and not t.exercise"
OURS = (
    "exists (select 1 from public.incidents_assignment a join public.incidents_responder r on r.id = a.responder_id"
    " where a.incident_id = t.id and a.ended_at is null and r.user_id = %(user)s)"
)


@register
class Incidents(Layer):
    slug = "incidents"
    vi, en = "Vụ việc", "Incidents"
    group = "operations"
    model = Incident
    time = ("reported_at", "closed_at")
    zooms = (9, 22)
    label = "code"
    search = ("code", "place_name", "description")
    # The map draws what is still open; two years of closed cases are for heat and search.
    drawn = "t.closed_at is null"
    ward_column = "ward_code"
    watched = "t.restricted"
    category = "category"
    countings = (
        Counting("see_cases", rows=COUNTED),
        Counting("see_aggregates", rows=COUNTED),
        Counting("see_restricted", rows=COUNTED_RESTRICTED),
        Counting(None, rows=COUNTED, hide_below=5),
    )
    grants = (
        Grant("see_cases", rows=NOT_RESTRICTED),
        Grant("see_restricted", rows="t.restricted"),
        Grant("answer_cases", rows=FORWARDED_TO_US),
        Grant("use_field", rows=OURS),
    )
    fields = (
        Field("code", "Mã vụ", "Code"),
        Field("category", "Loại", "Category", choices=CATEGORIES),
        Field("process", "Quy trình", "Process"),
        Field("severity", "Mức độ", "Severity", type="int", choices=SEVERITIES),
        Field("status", "Trạng thái", "Status", choices=STATUSES),
        Field("exercise", "Diễn tập", "Exercise", type="bool"),
        Field("restricted", "Hạn chế", "Restricted", type="bool"),
        Field("sensitivity", "Độ nhạy cảm", "Sensitivity", choices=SENSITIVITIES, tile=False),
        Field("place_name", "Nơi xảy ra", "Place"),
        Field("ward_name", "Phường, xã", "Ward"),
        Field("road_name", "Đường", "Road", tile=False),
        Field("description", "Nội dung", "Description", tile=False),
        Field("accuracy_m", "Sai số vị trí", "Accuracy", type="float", unit="m", tile=False),
        Field("channel", "Kênh", "Channel", tile=False),
        Field("reported_at", "Báo lúc", "Reported at", type="datetime"),
        Field("acknowledged_at", "Nhận lúc", "Acknowledged at", type="datetime"),
        Field("verified_at", "Xác minh lúc", "Verified at", type="datetime", tile=False),
        Field("closed_at", "Kết thúc lúc", "Closed at", type="datetime"),
        Field("due_at", "Hạn trả lời", "Due at", type="datetime", tile=False),
        Field("reporter_name", "Người báo", "Reporter", see="see_reporters", tile=False),
        Field("reporter_phone", "Điện thoại người báo", "Reporter's phone", see="see_reporters", tile=False),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 16, 7],
                "circle-color": ["match", ["get", "severity"], 1, "#8f9dab", 2, "#3b8ae5", 3, "#feef78", 4, "#f5962b", 5, "#f82b6a", "#8f9dab"],
                "circle-stroke-color": "#0b1016",
                "circle-stroke-width": 1.2,
            },
        }
    ]
    legend = [
        {"vi": "5 Khẩn cấp", "en": "5 Critical", "color": "#f82b6a", "shape": "octagon"},
        {"vi": "4 Cao", "en": "4 High", "color": "#f5962b", "shape": "diamond"},
        {"vi": "3 Vừa", "en": "3 Medium", "color": "#feef78", "shape": "triangle"},
        {"vi": "2 Thấp", "en": "2 Low", "color": "#3b8ae5", "shape": "square"},
        {"vi": "1 Thông tin", "en": "1 Information", "color": "#8f9dab", "shape": "circle"},
    ]


@register
class RestrictedAreas(Layer):
    """Where something is going on that not everybody may know of: cells of a fixed grid, half a kilometre along an edge, and nothing else."""

    slug = "restricted_areas"
    vi, en = "Khu vực hoạt động hạn chế", "Restricted operation areas"
    group = "operations"
    model = RestrictedArea
    geometry_type = "Polygon"
    zooms = (9, 22)
    grants = (Grant("see_cases"), Grant("see_restricted"), Grant("see_units"), Grant("answer_cases"), Grant("use_field"))
    fields = (Field("kind", "Loại", "Kind", choices=(Choice("restricted", "Khu vực hoạt động hạn chế", "Restricted operation area"),)),)
    style = [
        {"type": "fill", "paint": {"fill-color": "#c678dd", "fill-opacity": 0.12}},
        {"type": "line", "paint": {"line-color": "#c678dd", "line-width": 1.5, "line-dasharray": [3, 2]}},
    ]
    legend = [{"vi": "Khu vực hạn chế", "en": "Restricted area", "color": "#c678dd", "shape": "polygon"}]


@register
class Responders(Layer):
    slug = "responders"
    vi, en = "Lực lượng", "Responders"
    group = "operations"
    model = Responder
    relation = "incidents_unit_map"
    tables = ("incidents_responder", "incidents_assignment", "incidents_equipment", "incidents_crewing", "incidents_shift", "incidents_reservation")
    zooms = (9, 22)
    label = "code"
    search = ("code", "name")
    grants = (Grant("see_units"), Grant("use_field", rows="t.user_id = %(user)s"))
    fields = (
        Field("code", "Số hiệu", "Code"),
        Field("name", "Tên", "Name"),
        Field("kind", "Lực lượng", "Force", choices=FORCES),
        Field("mode", "Phương tiện", "Mode"),
        Field("authority", "Quyền điều động", "Authority"),
        Field("availability", "Tình trạng", "Availability", choices=AVAILABILITIES),
        Field("primary_status", "Khả năng điều", "Primary status", choices=PRIMARY_STATUSES),
        Field("secondary_status", "Đang làm gì", "Secondary status", choices=SECONDARY_STATUSES),
        Field("secondary_statuses", "Các tình trạng", "All statuses", type="list", tile=False),
        Field("incident_code", "Vụ đang xử lý", "Current case"),
        Field("position_at", "Vị trí lúc", "Position at", type="datetime"),
        Field("position_accuracy_m", "Sai số vị trí", "Position accuracy", type="float", unit="m", tile=False),
        Field("speed_kmh", "Tốc độ", "Speed", type="float", unit="km/h", tile=False),
        Field("heading_deg", "Hướng", "Heading", type="float", unit="°"),
        Field("skills", "Kỹ năng", "Skills", type="list", tile=False),
        Field("crew_now", "Người trên xe", "Crew on board", type="int", tile=False),
        Field("shift_ends_at", "Hết ca lúc", "Shift ends at", type="datetime", tile=False),
        Field("phone", "Điện thoại", "Phone", tile=False),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": 5,
                "circle-color": ["match", ["get", "availability"], "available", "#e6edf3", "busy", "#7f93a8", "#4b5866"],
                "circle-stroke-color": "#0b1016",
                "circle-stroke-width": 1.5,
            },
        }
    ]
    legend = [
        {"vi": "Sẵn sàng", "en": "Available", "color": "#e6edf3", "shape": "circle"},
        {"vi": "Bận", "en": "Busy", "color": "#7f93a8", "shape": "circle"},
    ]
