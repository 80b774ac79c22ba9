/** The words of one case, two speeds: duplicates, kinship, compartments: Vietnamese, English. */
export const CASES = {} as const satisfies Record<string, readonly [string, string]>;
