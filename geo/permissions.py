"""The closed list of what a role may be allowed. Code asks for one of these, never for a role."""

PERMISSIONS: dict[str, tuple[str, str]] = {
    "see_assets": ("Xem hạ tầng, thửa đất", "See infrastructure and parcels"),
    "see_cases": ("Xem vụ việc", "See cases"),
    "see_reporters": ("Xem người báo tin", "See who reported"),
    "see_restricted": ("Xem vụ việc hạn chế", "See restricted cases"),
    "see_land_users": ("Xem người sử dụng đất", "See names of land users"),
    "see_units": ("Xem lực lượng", "See units"),
    "see_cameras": ("Xem vị trí camera", "See where cameras are"),
    "see_cameras_video": ("Xem hình camera", "See camera pictures"),
    "handle_cases": ("Tiếp nhận, xác minh vụ việc", "Take and verify cases"),
    "dispatch_units": ("Điều lực lượng", "Dispatch units"),
    "manage_roster": ("Lập lịch trực", "Keep the duty roster"),
    "answer_cases": ("Trả lời vụ việc được chuyển", "Answer forwarded cases"),
    "edit_assets": ("Sửa hạ tầng", "Edit infrastructure"),
    "edit_own_assets": ("Sửa hạ tầng của cơ quan mình", "Edit infrastructure of the own agency"),
    "edit_land": ("Sửa thửa đất", "Edit parcels"),
    "edit_wards": ("Sửa ranh giới hành chính", "Edit administrative boundaries"),
    "edit_closures": ("Cấm đường", "Close roads"),
    "publish_edits": ("Duyệt chỉnh sửa", "Publish edits"),
    "make_layers": ("Tạo lớp bản đồ", "Make map layers"),
    "see_aggregates": ("Xem số liệu tổng hợp", "See aggregates"),
    "use_field": ("Làm việc hiện trường", "Work in the field"),
    "send_positions": ("Gửi vị trí", "Send positions"),
    "send_readings": ("Gửi số đo của trạm, cảm biến", "Send readings of gauges and sensors"),
    "give_opinions": ("Cho ý kiến chỉ đạo", "Give opinions on cases"),
    "approve_speeds": ("Duyệt hệ số tốc độ đường", "Approve how fast roads are taken to be"),
    "relay_positions": ("Chuyển vị trí của mọi lực lượng", "Relay the positions of any unit"),
    "hear_escalations": ("Nhận báo động chưa ai nhận", "Hear alarms that nobody took"),
    "manage_people": ("Quản lý người dùng", "Manage people"),
    "see_audit": ("Xem nhật ký", "See the audit trail"),
}

_PUBLIC_STAFF = ("see_assets", "see_units", "see_cameras")

# The roles every city starts with; an administrator may change them afterwards.
STARTING_ROLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "operator": (
        "Trực ban điều hành",
        "Operator",
        (
            *_PUBLIC_STAFF,
            "see_cases",
            "see_reporters",
            "see_cameras_video",
            "handle_cases",
            "dispatch_units",
            "manage_roster",
            "edit_closures",
            "see_aggregates",
        ),
    ),
    "officer": ("Cán bộ dữ liệu", "Officer", ("see_assets", "see_cameras", "edit_assets", "edit_land", "make_layers", "see_aggregates")),
    "approver": (
        "Người duyệt",
        "Approver",
        ("see_assets", "see_cameras", "edit_assets", "edit_land", "edit_wards", "see_land_users", "publish_edits", "make_layers", "see_aggregates"),
    ),
    "leader": ("Lãnh đạo", "Leader", (*_PUBLIC_STAFF, "see_aggregates", "see_restricted", "hear_escalations", "give_opinions", "approve_speeds")),
    "field": ("Lực lượng hiện trường", "Field staff", ("see_assets", "use_field", "send_positions")),
    "agency": ("Cơ quan xử lý", "Agency", ("see_assets", "answer_cases", "edit_own_assets")),
    "admin": ("Quản trị", "Administrator", (*_PUBLIC_STAFF, "manage_people", "manage_roster", "see_audit", "see_aggregates")),
    "kiosk": ("Màn hình", "Kiosk", ("see_assets", "see_aggregates")),
}
