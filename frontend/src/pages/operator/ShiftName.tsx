/** Who has the watch here now, by the duty roster of one's own agency, and until when. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { useSay } from "../../language/store";
import { useDesk } from "./desk";

const HOUR_MS = 3_600_000;
const AGAIN_MS = 300_000;
interface OnCall {
  agency: string;
  post: string;
  name: string;
  until: string;
}

export function ShiftName() {
  const { t, language } = useSay();
  const agency = useDesk((desk) => desk.session?.user?.agency?.code);
  const may = useDesk((desk) => desk.may("see_units"));
  const turns = useQuery({
    queryKey: ["roster", "watch", agency],
    queryFn: () => {
      const span = { from: new Date().toISOString(), until: new Date(Date.now() + HOUR_MS).toISOString() };
      return get<{ on_call: OnCall[] }>(`/api/roster?${new URLSearchParams({ ...span, agency: agency ?? "" })}`);
    },
    enabled: may && Boolean(agency),
    refetchInterval: AGAIN_MS,
    retry: false,
  }).data?.on_call;
  const first = turns?.[0];
  if (!first) return null;
  const until = new Date(first.until).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN", {
    hour: "2-digit",
    minute: "2-digit",
  });
  const everybody = turns.map((one) => `${one.post ? `${one.post}: ` : ""}${one.name}`).join("; ");
  return (
    <span className="shift" data-testid="shift" title={everybody}>
      {t("onWatch")} <b>{first.name}</b>
      {turns.length > 1 ? ` +${turns.length - 1}` : ""} → {until}
    </span>
  );
}
