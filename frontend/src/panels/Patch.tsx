/** The mark of one kind of difference in a legend or a list: its pattern, drawn by the hand that draws the map's. */
import { useMemo } from "react";
import type { Change } from "../api/edits";
import { patternOf } from "../map/patterns";

export function Patch({ change }: { change: Change }) {
  const url = useMemo(() => patternOf(change).toDataURL(), [change]);
  return <span className="patch" aria-hidden="true" style={{ backgroundImage: `url(${url})` }} />;
}
