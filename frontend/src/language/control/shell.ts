/** The words of the operator's page itself: bar, queue, night: Vietnamese, English. */
export const SHELL = {
  morePanels: ["Thêm", "More"],
} as const satisfies Record<string, readonly [string, string]>;
