/** Which panels the editor has: the rail on the left is about the whole desk, the tabs on the right are about the feature in hand. A new one is a line here. */
import type { ComponentType } from "react";
import type { Key } from "../../language/messages";
import { DraftPanel } from "./DraftPanel";
import { type Desk, layerOf } from "./desk";
import { ExportPanel } from "./export/ExportPanel";
import { History } from "./History";
import { IssuesPanel } from "./IssuesPanel";
import { ImportPanel } from "./import/ImportPanel";
import { LayerTree } from "./LayerTree";
import { LandPanel } from "./land/LandPanel";
import { isLand } from "./land/land";
import { MakePanel } from "./make/MakePanel";
import { PastPanel } from "./past/PastPanel";
import { ReviewPanel } from "./review/ReviewPanel";
import { TargetForm } from "./TargetForm";
import { Upkeep } from "./Upkeep";

export interface Panel {
  /** Also what the address says, `?panel=`, and the test ids `rail-…` and `edit-tab-…`. */
  key: string;
  title: Key;
  /** Whether it is offered now. */
  when: (desk: Desk) => boolean;
  Panel: ComponentType;
}

const mayMake = (desk: Desk): boolean => desk.session?.permissions.includes("make_layers") ?? false;
const mayAny = (desk: Desk, action: string): boolean =>
  desk.catalogue?.layers.some((one) => one.may?.includes(action)) ?? false;
const mayEdit = (desk: Desk): boolean => desk.catalogue?.layers.some((one) => one.editable) ?? false;

export const PANELS: readonly Panel[] = [
  { key: "layers", title: "layers", when: () => true, Panel: LayerTree },
  { key: "draft", title: "draftTitle", when: (desk) => mayEdit(desk), Panel: DraftPanel },
  { key: "land", title: "landShort", when: (desk) => isLand(desk.slug) && layerOf(desk) !== null, Panel: LandPanel },
  { key: "issues", title: "issuesTitle", when: (desk) => mayEdit(desk), Panel: IssuesPanel },
  { key: "review", title: "reviewTitle", when: (desk) => desk.session?.user != null, Panel: ReviewPanel },
  { key: "past", title: "pastTitle", when: (desk) => desk.session?.user != null, Panel: PastPanel },
  { key: "import", title: "bringIn", when: (desk) => mayMake(desk) || mayAny(desk, "import"), Panel: ImportPanel },
  { key: "make", title: "makeTitle", when: mayMake, Panel: MakePanel },
  { key: "export", title: "takeAway", when: (desk) => mayAny(desk, "export"), Panel: ExportPanel },
];

export const TABS: readonly Panel[] = [
  { key: "form", title: "attributes", when: () => true, Panel: TargetForm },
  {
    key: "upkeep",
    title: "upkeepTab",
    when: (desk) => desk.target?.fid != null && !isLand(desk.slug),
    Panel: Upkeep,
  },
  { key: "history", title: "historyTab", when: (desk) => desk.target?.fid != null, Panel: History },
];
