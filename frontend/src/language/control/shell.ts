/** The words of the operator's page itself: bar, queue, night: Vietnamese, English. */
export const SHELL = {} as const satisfies Record<string, readonly [string, string]>;
