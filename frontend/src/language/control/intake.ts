/** The words of taking a call: place, link, telephone: Vietnamese, English. */
export const INTAKE = {} as const satisfies Record<string, readonly [string, string]>;
