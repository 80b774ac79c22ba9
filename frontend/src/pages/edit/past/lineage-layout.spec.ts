import { expect, test } from "vitest";
import { laid } from "./lineage-layout";

const node = (fid: number) => ({ fid, number: `12/${fid}`, from: null, until: null, area_m2: null, status: "in_use" });
const link = (parent: number, child: number) => ({ parent, child, change_set: null, document: null, at: "2026-01-01" });

test("a split then a merge: parents above children, a generation a row", () => {
  const found = laid({
    nodes: [node(1), node(2), node(3), node(9), node(4)],
    links: [link(1, 2), link(1, 3), link(3, 4), link(9, 4)],
  });

  const row = new Map(found.nodes.map((one) => [one.fid, one.row]));
  expect([1, 2, 3, 9, 4].map((fid) => row.get(fid))).toEqual([0, 1, 1, 0, 2]);
  expect(found.rows).toBe(3);
});

test("children stand under their own parents, so that lines do not cross", () => {
  const found = laid({ nodes: [node(1), node(2), node(3), node(4)], links: [link(2, 3), link(1, 4)] });

  const column = new Map(found.nodes.map((one) => [one.fid, one.column]));
  expect(column.get(4)).toBe(column.get(1));
  expect(column.get(3)).toBe(column.get(2));
});

test("a narrow row stands in the middle", () => {
  const found = laid({ nodes: [node(1), node(2), node(3), node(4)], links: [link(1, 2), link(1, 3), link(1, 4)] });

  expect(found.nodes.find((one) => one.fid === 1)?.column).toBe(1);
});

test("what the caller may not see is left out with its links, and a circle ends", () => {
  expect(laid({ nodes: [node(1)], links: [link(7, 1)] }).links).toEqual([]);
  expect(laid({ nodes: [node(1), node(2)], links: [link(1, 2), link(2, 1)] }).rows).toBe(2);
  expect(laid({ nodes: [], links: [] })).toEqual({ nodes: [], links: [], rows: 0, columns: 0 });
});
