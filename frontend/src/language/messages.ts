/** Every word of the operator's page: Vietnamese, English. */
export const MESSAGES = {
  new: ["Mới", "New"], verified: ["Đã xác minh", "Verified"], running: ["Đang xử lý", "Running"], done: ["Xong", "Done"],
  search: ["Tìm địa điểm, đối tượng", "Search places and features"], signIn: ["Đăng nhập", "Sign in"], signOut: ["Đăng xuất", "Sign out"],
  username: ["Tên đăng nhập", "User name"], password: ["Mật khẩu", "Password"], live: ["Trực tuyến", "Live"], resuming: ["Đang nối lại", "Resuming"],
  lost: ["Mất kết nối", "Lost"], layers: ["Lớp bản đồ", "Layers"], heat: ["Mật độ", "Heat"], units: ["Lực lượng", "Units"], help: ["Phím tắt", "Shortcuts"],
  newReport: ["Tin báo mới", "New report"], category: ["Loại", "Category"], severity: ["Mức độ", "Severity"], place: ["Nơi xảy ra", "Place"],
  description: ["Nội dung", "Description"], phone: ["Điện thoại người báo", "Caller's phone"], send: ["Gửi", "Send"], cancel: ["Thôi", "Cancel"],
  acknowledge: ["Tiếp nhận", "Acknowledge"], verify: ["Xác minh", "Verify"], dispatch: ["Điều động", "Dispatch"], confirm: ["Enter để điều động", "Enter to dispatch"],
  candidates: ["Đề xuất lực lượng", "Recommended units"], passedOver: ["Không chọn vì", "Passed over"], nearby: ["Tin gần đó", "Nearby reports"],
  log: ["Nhật ký", "Log"], assigned: ["Đã điều", "Assigned"], noCases: ["Không có vụ việc", "No cases"], noUnits: ["Không có lực lượng nào đến được", "No unit can get there"],
  from: ["Từ ngày", "From"], until: ["Đến ngày", "Until"], all: ["Tất cả", "All"], legend: ["Chú giải", "Legend"], heatUnit: ["vụ/km²/30 ngày", "cases/km²/30 days"],
  positionAge: ["vị trí cách đây", "position age"], available: ["Sẵn sàng", "Available"], busy: ["Bận", "Busy"], off: ["Nghỉ", "Off duty"],
  out_of_service: ["Hỏng", "Out of service"], singleKeys: ["Bật phím tắt một chữ", "Single-key shortcuts on"], close: ["Đóng", "Close"],
  keyMove: ["vụ sau / trước", "next / previous case"], keyTake: ["lấy vụ nặng nhất, cũ nhất", "take the oldest severe case"], keyChoose: ["chọn lực lượng", "choose unit"],
  keyFit: ["xem cả thành phố", "fit the city"], mapFailed: ["Không tải được bản đồ", "The map did not load"], requested: ["chờ đơn vị nhận", "awaiting acceptance"],
} as const satisfies Record<string, readonly [string, string]>;
export type Key = keyof typeof MESSAGES;
