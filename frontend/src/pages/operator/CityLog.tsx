/** What was done lately, in every case: one line a step, newest first; a click takes the case. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { Entry } from "../../api/types";
import { useSay } from "../../language/store";
import { wordsOfKind } from "./cases/verbs";
import { useDesk } from "./desk";
import { useCity } from "./queries";

interface Line extends Entry {
  incident: { id: number; code: string; category: string; severity: number };
}

export function CityLog() {
  const { t, w, language } = useSay();
  const city = useCity();
  const select = useDesk((desk) => desk.select);
  const lines = useQuery({ queryKey: ["log"], queryFn: () => get<{ items: Line[] }>("/api/log?limit=100") }).data
    ?.items;
  if (!lines) return null;
  return (
    <table data-testid="city-log">
      <tbody>
        {lines.map((one) => (
          <tr key={one.id}>
            <td className="muted">{new Date(one.at).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN")}</td>
            <td>
              <button type="button" className="plain" onClick={() => select(one.incident.id)}>
                {one.incident.code}
              </button>{" "}
              {w(city?.categories.find((kind) => kind.code === one.incident.category))}
            </td>
            <td>
              {wordsOfKind(one.kind, t)}
              {one.status_to && one.status_to !== one.status_from
                ? ` → ${w(city?.statuses.find((status) => status.code === one.status_to)) || one.status_to}`
                : ""}
            </td>
            <td>{one.note}</td>
            <td className="muted">{typeof one.by === "string" ? one.by : ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
