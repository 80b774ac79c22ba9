/** The words of bringing in, comparing, looking back, making layers and taking away: Vietnamese, English. */
export const BRINGING = {
  bringIn: ["Nhập tệp", "Import a file"],
} as const satisfies Record<string, readonly [string, string]>;
