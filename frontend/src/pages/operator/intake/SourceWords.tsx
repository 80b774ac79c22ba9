/** By what a place is known and how sure it is, in words. */
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";

const SOURCES: Record<string, Key> = {
  caller: "srcCaller",
  operator: "srcOperator",
  map: "srcMap",
  address: "srcAddress",
  landmark: "srcLandmark",
  asset: "srcAsset",
  parcel: "srcParcel",
  coordinates: "srcCoordinates",
  plus_code: "srcPlusCode",
  device: "srcDevice",
  phone: "srcPhone",
};

export function SourceWords({ source, accuracy_m }: { source?: string; accuracy_m?: number | null }) {
  const { t } = useSay();
  const words = source ? SOURCES[source] : undefined;
  const sure =
    accuracy_m === null || accuracy_m === undefined
      ? ""
      : ` ±${accuracy_m < 10 ? accuracy_m.toFixed(1) : Math.round(accuracy_m)} m`;
  return words || sure ? (
    <span className="muted">
      {words ? t(words) : ""}
      {sure}
    </span>
  ) : null;
}
