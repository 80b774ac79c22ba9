/** The words of the caller's page: Vietnamese, English. Few, plain, and read with a shaking hand. */
export const WORDS = {
  title: ["Gửi vị trí của bạn", "Send your position"],
  why: [
    "Trung tâm điều hành đang nghe cuộc gọi của bạn và cần biết nơi xảy ra.",
    "The operations centre is on the telephone with you and needs to know where it happened.",
  ],
  what: [
    "Chỉ gửi vị trí và ảnh mà bạn chọn, chỉ cho vụ này. Không cần đăng nhập.",
    "Only your position and the photo that you choose are sent, for this case alone. No login.",
  ],
  send: ["Gửi vị trí", "Send position"],
  again: ["Gửi lại vị trí", "Send position again"],
  photo: ["Chụp, gửi ảnh", "Take and send a photo"],
  looking: ["Đang tìm vị trí…", "Finding your position…"],
  sending: ["Đang gửi…", "Sending…"],
  sent: ["Đã gửi vị trí", "Position sent"],
  photoSent: ["Đã gửi ảnh", "Photo sent"],
  sure: ["sai số", "give or take"],
  left: ["còn gửi được", "more to send:"],
  denied: [
    "Điện thoại chưa cho phép lấy vị trí. Hãy cho phép trong cài đặt trình duyệt, hoặc đọc địa chỉ qua điện thoại.",
    "The phone does not allow its position. Allow it in the browser's settings, or say the address on the telephone.",
  ],
  unavailable: [
    "Điện thoại không tìm được vị trí. Hãy ra chỗ thoáng rồi thử lại, hoặc đọc địa chỉ qua điện thoại.",
    "The phone cannot find its position. Go where you see the sky and try again, or say the address on the telephone.",
  ],
  insecure: [
    "Địa chỉ này không phải https nên trình duyệt không cho lấy vị trí.",
    "This address is not https, so the browser gives no position.",
  ],
  offline: ["Chưa gửi được: mất mạng. Hãy thử lại.", "Not sent: no network. Try again."],
  until: ["Dùng được đến", "Good until"],
  danger: ["Nếu nguy hiểm, hãy rời đi trước.", "If you are in danger, get away first."],
} as const satisfies Record<string, readonly [string, string]>;
export type Word = keyof typeof WORDS;
