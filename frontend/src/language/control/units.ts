/** The words of units: roster, crews, positions, alarms: Vietnamese, English. */
export const UNITS = {} as const satisfies Record<string, readonly [string, string]>;
