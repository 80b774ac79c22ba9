/** The words of the card of a place: Vietnamese, English. */
export const AROUND = {
  around: ["Quanh đây", "Around here"],
  wardBefore: ["trước {day} là {name}", "{name} before {day}"],
  streetRow: ["Đường", "Street"],
  canalRow: ["Kênh", "Canal"],
  wardRow: ["Địa bàn", "Ward"],
  parcelRow: ["Thửa đất", "Parcel"],
  nearestRow: ["Gần nhất", "Nearest"],
  camerasRow: ["Camera thấy", "Cameras that see it"],
  openRow: ["Vụ đang mở, 200 m", "Open cases, 200 m"],
  historyRow: ["{days} ngày, {reach} m", "{days} days, {reach} m"],
  unitsRow: ["Đến trước", "First to arrive"],
  inChargeRow: ["Phụ trách", "In charge"],
  noneHere: ["không có", "none"],
  arrivesIn: ["{time} phút:giây", "{time} min:s"],
} as const satisfies Record<string, readonly [string, string]>;
