/** Where the parcels of a lineage stand: parents above children, a generation a row, lines crossing as little as a simple sweep can do. */
import type { Lineage, LineageLink, LineageNode } from "../../../api/edits";

export interface Placed extends LineageNode {
  /** Row from the top, and place in its row from the left. */
  row: number;
  column: number;
}
export interface Laid {
  nodes: Placed[];
  links: (LineageLink & { from: Placed; to: Placed })[];
  rows: number;
  columns: number;
}
const SWEEPS = 4;

/** Links whose ends are not among the nodes, and links that would make a circle, are left out. */
export function laid({ nodes, links }: Lineage): Laid {
  const known = new Map(nodes.map((one) => [one.fid, one]));
  const real = links.filter((one) => known.has(one.parent) && known.has(one.child) && one.parent !== one.child);
  const rows = generations(
    nodes.map((one) => one.fid),
    real,
  );
  const order = new Map<number, number[]>();
  for (const { fid } of nodes) order.set(rows.get(fid) as number, [...(order.get(rows.get(fid) as number) ?? []), fid]);
  const column = new Map<number, number>();
  const settle = (fids: number[]): void => void fids.forEach((fid, i) => void column.set(fid, i));
  for (const fids of order.values()) settle(fids);
  const depth = Math.max(-1, ...order.keys()) + 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (let step = 1; step < depth; step++) {
      const row = down ? step : depth - 1 - step;
      const fids = order.get(row) ?? [];
      const middle = (fid: number): number => {
        const beside = real.filter((one) => (down ? one.child : one.parent) === fid);
        const places = beside.map((one) => column.get(down ? one.parent : one.child) as number);
        return places.length ? places.reduce((sum, one) => sum + one, 0) / places.length : (column.get(fid) as number);
      };
      const middles = new Map(fids.map((fid) => [fid, middle(fid)]));
      fids.sort((one, other) => (middles.get(one) as number) - (middles.get(other) as number));
      settle(fids);
    }
  }
  const widest = Math.max(0, ...[...order.values()].map((fids) => fids.length));
  const placed = new Map<number, Placed>();
  for (const one of nodes) {
    const row = rows.get(one.fid) as number;
    // A narrow row stands in the middle of the widest.
    const indent = (widest - (order.get(row)?.length ?? 0)) / 2;
    placed.set(one.fid, { ...one, row, column: indent + (column.get(one.fid) as number) });
  }
  return {
    nodes: [...placed.values()],
    links: real.map((one) => ({
      ...one,
      from: placed.get(one.parent) as Placed,
      to: placed.get(one.child) as Placed,
    })),
    rows: depth,
    columns: widest,
  };
}

/** The longest way from a founder to each; a circle, which no true record makes, does not run for ever. */
function generations(fids: readonly number[], links: readonly LineageLink[]): Map<number, number> {
  const rows = new Map(fids.map((fid) => [fid, 0]));
  for (let round = 0; round < fids.length; round++) {
    let moved = false;
    for (const { parent, child } of links) {
      const below = (rows.get(parent) as number) + 1;
      if (below > (rows.get(child) as number) && below < fids.length) {
        rows.set(child, below);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return rows;
}
