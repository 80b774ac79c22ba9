"""Cameras and their views on the map: drawn by the signal they give, never as live when no frame comes."""

from cameras.models import Camera
from layers.layer import Choice, Field, Grant, Layer, register

KINDS = (
    Choice("fixed", "Cố định", "Fixed"),
    Choice("bullet", "Thân trụ", "Bullet"),
    Choice("dome", "Bán cầu", "Dome"),
    Choice("ptz", "Quay quét", "PTZ"),
    Choice("day_night", "Ngày đêm", "Day and night"),
    Choice("c_mount", "Ống kính rời", "C-mount"),
)
USAGES = (
    Choice("surveillance", "An ninh", "Surveillance"),
    Choice("traffic", "Giao thông", "Traffic"),
    Choice("anpr", "Đọc biển số", "Number plates"),
    Choice("rlvd", "Vượt đèn đỏ", "Red-light violation"),
    Choice("water", "Kênh rạch, mực nước", "Canals and water level"),
)
STATES = (
    Choice("online", "Trực tuyến", "Online"),
    Choice("degraded", "Hình kém", "Degraded"),
    Choice("offline", "Mất tín hiệu", "Offline"),
    Choice("tampered", "Bị che, xoay", "Tampered"),
    Choice("maintenance", "Bảo trì", "Maintenance"),
    Choice("retired", "Thanh lý", "Retired"),
)
LIVE, POOR, SILENT, TAMPERED, AWAY = "#3fb68b", "#feef78", "#6b7785", "#f5962b", "#4b5866"
COLOR_BY_STATE = ["match", ["get", "state"], "online", LIVE, "degraded", POOR, "tampered", TAMPERED, "offline", SILENT, AWAY]
SEE_CAMERAS = (Grant("see_cameras"),)

FIELDS = (
    Field("code", "Mã", "Code"),
    Field("name", "Tên", "Name"),
    Field("kind", "Loại", "Kind", choices=KINDS),
    Field("usage", "Mục đích", "Usage", choices=USAGES),
    Field("state", "Tình trạng", "State", choices=STATES),
    Field("last_frame_at", "Hình gần nhất lúc", "Last frame at", type="datetime"),
    Field("heading_deg", "Hướng", "Heading", type="float", unit="°"),
)


@register
class CameraViews(Layer):
    slug = "camera_views"
    vi, en = "Vùng nhìn camera", "Camera views"
    group = "cameras"
    # The same rows as the cameras', by their other shape; history is kept once, by `cameras`.
    relation = "cameras_signal_map"
    tables = ("cameras_camera",)
    geometry = "view"
    geometry_type = "MultiPolygon"
    zooms = (13, 22)
    visible = False
    grants = (Grant("see_cameras", rows="t.view is not null"),)
    fields = FIELDS
    style = [
        {"type": "fill", "paint": {"fill-color": COLOR_BY_STATE, "fill-opacity": 0.18}},
        {"type": "line", "minzoom": 15, "paint": {"line-color": COLOR_BY_STATE, "line-width": 1, "line-opacity": 0.7}},
    ]
    legend = [{"vi": "Vùng nhìn", "en": "What a camera sees", "color": LIVE, "shape": "square"}]


@register
class Cameras(Layer):
    slug = "cameras"
    vi, en = "Camera", "Cameras"
    group = "cameras"
    model = Camera
    # The view tells the signal by its age; the column tells what was last written.
    relation = "cameras_signal_map"
    tables = ("cameras_camera",)
    zooms = (11, 22)
    label = "code"
    search = ("code", "name")
    grants = SEE_CAMERAS
    fields = (
        *FIELDS,
        Field("hfov_deg", "Góc mở", "Field of view", type="float", unit="°", tile=False),
        Field("tilt_deg", "Góc ngẩng", "Tilt", type="float", unit="°", tile=False),
        Field("range_m", "Tầm nhìn", "Range", type="float", unit="m", tile=False),
        Field("mount_height_m", "Độ cao lắp", "Mount height", type="float", unit="m", tile=False),
        Field("retention_days", "Lưu hình", "Kept for", type="int", unit="ngày", tile=False),
        Field("legal_basis", "Căn cứ pháp lý", "Legal basis", tile=False),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 2.5, 17, 6],
                # Filled only while frames come: a silent camera is a ring.
                "circle-color": ["match", ["get", "state"], ["online", "degraded", "tampered"], COLOR_BY_STATE, "#0b1016"],
                "circle-stroke-color": COLOR_BY_STATE,
                "circle-stroke-width": 1.8,
            },
        }
    ]
    legend = [
        {"vi": "Trực tuyến", "en": "Online", "color": LIVE, "shape": "circle"},
        {"vi": "Hình kém", "en": "Degraded", "color": POOR, "shape": "circle"},
        {"vi": "Bị che, xoay", "en": "Tampered", "color": TAMPERED, "shape": "circle"},
        {"vi": "Mất tín hiệu", "en": "No signal", "color": SILENT, "shape": "circle"},
    ]
