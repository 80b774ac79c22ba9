/** Cases that become one, or part of another, by one press; what was merged can be split off again by its offer. */
import { post } from "../../../api/client";
import type { CaseName, IncidentDetail } from "../../../api/types";
import { say, useLanguage } from "../../../language/store";
import { offer } from "../../../panels/undo";
import { client, desk } from "../desk";

const UNDO_S = 10;
// Less likely than this, a key alone merges nothing: the operator chooses.
const SURE = 0.6;

const path = (id: number, verb: string): string => `/api/incidents/${id}/${verb}`;

/** Merges the case into another and goes on with that one. */
export function mergeInto(item: IncidentDetail, into: CaseName): void {
  const { take, tell, select } = desk();
  const { language } = useLanguage.getState();
  const split = (): void => {
    post<IncidentDetail>(path(item.id, "split"), { reason: say("undone", language) }).then((back) => {
      take(back);
      select(item.id);
    }, tell);
  };
  post<IncidentDetail>(path(item.id, "merge"), { into: into.id }).then((merged) => {
    take(merged);
    void client.invalidateQueries({ queryKey: ["case", into.id] });
    // Whoever took another case in hand meanwhile is left there.
    if (desk().selected === item.id) select(into.id);
    offer({ words: `${item.code}: ${say("casesMerged", language)} ${into.code}`, seconds: UNDO_S, undo: split });
  }, tell);
}

/** The likeliest of the suggestions, where one is likely enough. Whether it was done. */
export function mergeLikeliest(item: IncidentDetail): boolean {
  const best = item.nearby.find((one) => !one.ended && one.score >= SURE);
  if (best) mergeInto(item, best);
  return best !== undefined;
}

/** A verb on the case, or on one that is shown with it; the answer of another case makes the one in hand old. */
export function deed(id: number, verb: string, body: Record<string, unknown>): Promise<boolean> {
  const { take, tell } = desk();
  return post<IncidentDetail>(path(id, verb), body).then(
    (detail) => {
      take(detail);
      void client.invalidateQueries({ queryKey: ["case"] });
      return true;
    },
    (error: unknown) => {
      tell(error);
      return false;
    },
  );
}
