/** The words of sending units: run cards, roles, acceptance: Vietnamese, English. */
export const DISPATCHING = {} as const satisfies Record<string, readonly [string, string]>;
