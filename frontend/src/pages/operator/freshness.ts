/** How far what is shown may be trusted, by the age of the last word of the server. */
const AMBER_S = 10;
const GREY_S = 60;

export const freshness = (old_s: number): "no" | "amber" | "grey" =>
  old_s > GREY_S ? "grey" : old_s > AMBER_S ? "amber" : "no";
