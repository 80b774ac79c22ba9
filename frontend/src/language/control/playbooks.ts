/** The words of playbooks, opinions, replay, exercise: Vietnamese, English. */
export const PLAYBOOKS = {} as const satisfies Record<string, readonly [string, string]>;
