import { expect, test } from "vitest";
import { scriptOf } from "./build";

test("the page's own script is found by its hashed name, and nothing else is", () => {
  expect(scriptOf('<script type="module" crossorigin src="/assets/wall-Ab12_x.js"></script>')).toBe(
    "/assets/wall-Ab12_x.js",
  );
  expect(scriptOf('<script type="module" src="/src/pages/wall/main.tsx"></script>')).toBeNull();
});
