"""What happens in the city: for each category how often, in which rhythm, where, who goes, and in whose words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One category of the profile as the demo plays it. `units` are the kinds of force that go."""

    monthly: float
    rhythm: str
    where: str
    words: tuple[str, ...]
    units: tuple[str, ...] = ()
    outcome: str = "01"
    on_scene_min: float = 35.0


KINDS: dict[str, Kind] = {
    "house_fire": Kind(1.2, "fire", "homes", ("Cháy bếp, khói nhiều, người nhà đã ra ngoài", "Cháy nhà cấp 4, lửa lan sang mái nhà bên", "Khói bốc ra từ tầng hai, cửa khóa"), ("fire", "police", "ambulance"), outcome="23", on_scene_min=95),
    "vehicle_fire": Kind(0.8, "fire", "streets", ("Xe máy bốc cháy giữa đường", "Xe tải nhỏ cháy khoang máy", "Ô tô bốc khói ở bãi đậu"), ("fire", "traffic_police"), outcome="23", on_scene_min=45),
    "rubbish_fire": Kind(2.2, "fire", "streets", ("Đốt rác cháy lan ra vườn", "Bãi rác tự phát bốc cháy, khói mù đường", "Cháy cỏ ven đường"), ("fire", "security"), outcome="23", on_scene_min=40),
    "boat_fire": Kind(0.25, "fire", "canals", ("Ghe chở hàng cháy khoang máy", "Cháy ghe neo ở bến"), ("fire", "waterway_police"), outcome="23", on_scene_min=80),
    "electrical_fire": Kind(2.6, "fire", "homes", ("Chập điện ở đồng hồ, có tia lửa", "Dây điện trước nhà nổ lẹt đẹt, bốc khói", "Tủ điện chợ chập cháy"), ("power", "fire"), outcome="13", on_scene_min=40),
    "crash": Kind(11.0, "traffic", "trunk", ("Hai xe máy va chạm, cản trở giao thông", "Xe tải quẹt xe máy, không ai bị thương nặng", "Ô tô va vào dải phân cách", "Xe máy tự ngã, xe nằm giữa đường"), ("traffic_police", "police"), outcome="01", on_scene_min=45),
    "crash_injury": Kind(5.0, "traffic", "trunk", ("Tai nạn xe máy, một người bất tỉnh", "Xe tải và xe máy va chạm, hai người bị thương", "Người đi bộ bị xe tông, chảy máu nhiều"), ("ambulance", "traffic_police"), outcome="25", on_scene_min=38),
    "boat_accident": Kind(1.3, "water", "canals", ("Ghe va chạm vỏ lãi, chìm một phần", "Sà lan va trụ cầu", "Vỏ lãi lật, người đã vào bờ"), ("waterway_police", "militia"), outcome="24", on_scene_min=70),
    "drowning": Kind(0.6, "water", "canals", ("Trẻ em rơi xuống kênh", "Người tắm kênh bị đuối nước", "Có người nhảy cầu"), ("fire", "waterway_police", "ambulance"), outcome="24", on_scene_min=90),
    "robbery": Kind(0.7, "night", "market", ("Bị giật túi xách, hai người đi xe máy bỏ chạy", "Cướp tiệm tạp hóa có hung khí"), ("police", "traffic_police"), outcome="01", on_scene_min=50),
    "burglary": Kind(3.6, "night", "homes", ("Mất xe máy trước nhà", "Phát hiện cửa bị cạy, mất tài sản", "Kẻ lạ đột nhập nhà kho"), ("police", "security"), outcome="01", on_scene_min=50),
    "disorder": Kind(3.2, "night", "market", ("Nhóm thanh niên say rượu la hét, đập phá", "Gây rối trước quán nhậu", "Tranh cãi lớn giữa các tiểu thương"), ("police", "security"), outcome="02", on_scene_min=35),
    "fight": Kind(4.4, "night", "market", ("Đánh nhau trước quán karaoke", "Hai nhóm thanh niên đánh nhau", "Xô xát giữa hai nhà, có người bị thương nhẹ"), ("police", "security", "ambulance"), outcome="01", on_scene_min=35),
    "crowd": Kind(0.5, "office", "offices", ("Tụ tập đông người trước trụ sở, yêu cầu gặp lãnh đạo", "Đông người tụ tập phản đối mốc giải tỏa"), ("police", "security", "militia"), outcome="13", on_scene_min=120),
    "medical": Kind(14.0, "always", "homes", ("Người lớn tuổi khó thở, đau ngực", "Sản phụ chuyển dạ cần xe", "Người bị đột quỵ, méo miệng", "Trẻ sốt cao co giật", "Ngộ độc thực phẩm, ba người nôn nhiều"), ("ambulance", "red_cross"), outcome="25", on_scene_min=24),
    "tree_down": Kind(4.0, "storm", "streets", ("Cây ngã chắn ngang đường", "Dây điện đứt rơi xuống đường", "Nhánh cây gãy đè dây điện"), ("works", "power"), outcome="13", on_scene_min=75),
    "landslide": Kind(1.8, "tide", "banks", ("Sạt lở bờ kênh, mất nửa mặt lộ", "Bờ kênh nứt dài, nhà sát mép nước có nguy cơ sụp", "Sạt lở sau nhà dân, trôi chuồng trại"), ("militia", "ward", "works"), outcome="13", on_scene_min=150),
    "high_tide": Kind(4.5, "tide", "low", ("Triều cường ngập mặt đường, xe chết máy", "Nước tràn vào nhà, ngập quá mắt cá", "Ngập chợ, tiểu thương dọn hàng"), ("ward", "militia"), outcome="13", on_scene_min=110),
    "street_light": Kind(15.0, "office", "streets", ("Đèn đường hỏng cả đoạn, tối khó đi", "Trụ đèn nhấp nháy mấy hôm nay", "Đèn đường không sáng trước trường học")),
    "pothole": Kind(13.0, "office", "streets", ("Ổ gà lớn giữa đường, xe máy dễ té", "Mặt đường bong tróc sau mưa", "Nắp hố ga lún, nguy hiểm ban đêm")),
    "drain_blocked": Kind(9.0, "tide", "low", ("Cống nghẹt, nước đọng hôi thối", "Rác lấp miệng cống, mưa là ngập", "Hố ga tràn nước thải ra hẻm"), outcome="13"),
    "water_outage": Kind(4.5, "office", "homes", ("Mất nước từ sáng, chưa rõ lý do", "Nước yếu, không lên bồn", "Ống nước bể chảy tràn đường")),
    "power_outage": Kind(5.0, "always", "homes", ("Mất điện cả khu từ tối", "Điện chập chờn, hư thiết bị", "Mất điện không báo trước")),
    "rubbish": Kind(16.0, "office", "market", ("Đổ rác trộm ven đường", "Rác ùn ứ ba ngày không thu gom", "Xà bần đổ lấn lề đường", "Vứt rác xuống kênh")),
    "water_pollution": Kind(4.0, "office", "banks", ("Nước kênh đổi màu đen, mùi hôi", "Cơ sở xả nước thải xuống rạch", "Cá chết nổi trên kênh")),
    "noise": Kind(11.0, "noise", "homes", ("Hát karaoke loa kéo quá 22 giờ", "Quán nhậu mở nhạc lớn", "Xưởng cưa chạy ban đêm")),
    "pavement": Kind(8.0, "office", "market", ("Bày hàng lấn hết vỉa hè", "Quán ăn chiếm lòng đường giờ tan học", "Để xe chắn lối đi bộ")),
    "illegal_building": Kind(3.0, "office", "homes", ("Xây thêm tầng không thấy phép", "Dựng nhà trên đất lúa", "Làm hàng rào lấn hẻm chung")),
    "land_encroachment": Kind(2.2, "office", "banks", ("Lấn chiếm hành lang kênh làm bờ kè riêng", "Rào đất công làm bãi xe")),
    "stray_animals": Kind(3.5, "always", "streets", ("Chó thả rông rượt người đi đường", "Bò đi lạc trên quốc lộ")),
    "food_safety": Kind(2.0, "office", "market", ("Bán thịt ôi thiu ở chợ", "Quán ăn mất vệ sinh, có người đau bụng")),
    "school_safety": Kind(1.6, "office", "schools", ("Xe chạy ẩu trước cổng trường giờ tan học", "Người lạ đứng trước cổng trường", "Học sinh đánh nhau ngoài cổng")),
    "public_service": Kind(5.5, "office", "offices", ("Hồ sơ đất đai trễ hẹn", "Chờ chứng thực quá lâu", "Cần hướng dẫn thủ tục hộ tịch")),
}  # fmt: skip

# How a report comes in, for the immediate and for the timed.
CHANNELS = {
    "immediate": {"phone": 0.62, "app": 0.12, "zalo": 0.12, "camera": 0.07, "patrol": 0.05, "web": 0.02},
    "timed": {"zalo": 0.38, "app": 0.26, "phone": 0.16, "web": 0.12, "walk_in": 0.05, "patrol": 0.03},
}
ANSWERS = (
    "Đã kiểm tra và khắc phục xong trong ngày.",
    "Đã xử lý, mời người phản ánh kiểm tra lại.",
    "Đã làm việc với hộ liên quan, hộ cam kết khắc phục.",
    "Đã đưa vào kế hoạch sửa chữa, hoàn thành trong tuần.",
    "Đã nhắc nhở và lập biên bản.",
)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
MIDDLE = ("Văn", "Thị", "Minh", "Ngọc", "Thanh", "Hữu", "Kim", "Quốc")
GIVEN = ("An", "Bình", "Cường", "Dung", "Em", "Giang", "Hạnh", "Khoa", "Lan", "Mai", "Nam", "Oanh", "Phúc", "Quyên", "Sang", "Tâm", "Út", "Vân", "Xuân", "Yến")
