/** The words of taking a call: place, link, telephone: Vietnamese, English. */
export const INTAKE = {
  unplaced: ["Chưa rõ nơi", "No place"],
  noPlaceYet: ["chưa rõ vị trí", "no place yet"],
  placed: ["Đặt vị trí", "Placed"],
} as const satisfies Record<string, readonly [string, string]>;
