/** The words of closures, flood, coverage: Vietnamese, English. */
export const CONDITIONS = {} as const satisfies Record<string, readonly [string, string]>;
