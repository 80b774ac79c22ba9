/** After a verb on a case's playbooks: what the page knows of it is asked again. */
import { client } from "../desk";

export const reread = (id: number): void => {
  for (const key of [["case", id], ["opinions"], ["notices"], ["alarms"]])
    void client.invalidateQueries({ queryKey: key });
};
