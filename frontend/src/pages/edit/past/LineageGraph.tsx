/** Where a parcel comes from and what became of it: a drawn tree, parents above children; each box is a button. */
import type { Lineage, LineageNode } from "../../../api/edits";
import { useSay } from "../../../language/store";
import { laid } from "./lineage-layout";

const WIDE = 148;
const HIGH = 52;
const GAP_X = 16;
const GAP_Y = 44;

export function LineageGraph({
  lineage,
  here,
  pick,
}: {
  lineage: Lineage;
  here: number;
  pick: (node: LineageNode) => void;
}) {
  const { t, language } = useSay();
  const { nodes, links, rows, columns } = laid(lineage);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const day = (at: string | null): string => (at ? new Date(at).toLocaleDateString(locale) : "");
  const x = (column: number): number => column * (WIDE + GAP_X) + 4;
  const y = (row: number): number => row * (HIGH + GAP_Y) + 4;
  const span = (node: LineageNode): string =>
    `${day(node.from) || "…"} – ${node.until ? day(node.until) : t("nowWord")}`;
  const area = (node: LineageNode): string =>
    node.area_m2 === null ? "" : `${node.area_m2.toLocaleString(locale, { maximumFractionDigits: 1 })} m²`;
  return (
    <figure className="lineage" data-testid="lineage">
      <figcaption>{t("lineageWord")}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="lineage-scroll" tabIndex={0} aria-label={t("lineageWord")}>
        <svg width={columns * (WIDE + GAP_X) - GAP_X + 8} height={rows * (HIGH + GAP_Y) - GAP_Y + 8}>
          <title>{t("lineageWord")}</title>
          {links.map((one) => {
            const from = { x: x(one.from.column) + WIDE / 2, y: y(one.from.row) + HIGH };
            const to = { x: x(one.to.column) + WIDE / 2, y: y(one.to.row) };
            const middle = (from.y + to.y) / 2;
            return (
              <g key={`${one.parent}-${one.child}`}>
                <path
                  className="lineage-link"
                  d={`M${from.x} ${from.y} C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`}
                >
                  <title>
                    {day(one.at)} {one.document ?? ""}
                  </title>
                </path>
                <text className="lineage-date" x={(from.x + to.x) / 2} y={middle - 2} textAnchor="middle">
                  {day(one.at)}
                </text>
              </g>
            );
          })}
          {nodes.map((node) => (
            // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
            <g
              key={node.fid}
              role="button"
              tabIndex={0}
              className={`lineage-node${node.fid === here ? " here" : ""}${node.until ? " past" : ""}`}
              data-testid={`lineage-${node.fid}`}
              aria-label={`${node.number} ${area(node)} ${span(node)}`}
              aria-current={node.fid === here}
              transform={`translate(${x(node.column)} ${y(node.row)})`}
              onClick={() => pick(node)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                pick(node);
              }}
            >
              <rect width={WIDE} height={HIGH} rx={4} />
              <text x={8} y={18} className="lineage-number">
                {node.number} {node.until ? "†" : ""}
              </text>
              <text x={8} y={32}>
                {area(node)}
              </text>
              <text x={8} y={46}>
                {span(node)}
              </text>
            </g>
          ))}
        </svg>
      </section>
      <p className="muted">{t("mirrorWords")}</p>
    </figure>
  );
}
