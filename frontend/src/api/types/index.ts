/** What the JSON API answers, as far as the pages read it, by the rooms that answer. */
export type * from "./cases";
export type * from "./city";
export type * from "./dispatch";
export type * from "./guidance";
export type * from "./intake";
export type * from "./layers";
export type * from "./units";
