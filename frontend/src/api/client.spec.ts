import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem, post, session, wordsOf } from "./client";

afterEach(() => vi.unstubAllGlobals());

test("a write carries the CSRF token that the session gave; a problem speaks both languages", async () => {
  const fetched = vi
    .fn()
    .mockResolvedValueOnce(
      new Response(JSON.stringify({ authenticated: false, user: null, permissions: [], csrf_token: "abc" })),
    )
    .mockResolvedValueOnce(
      new Response(JSON.stringify({ code: "unit_taken", status: 409, detail: "đã có người", detail_en: "taken" }), {
        status: 409,
      }),
    );
  vi.stubGlobal("fetch", fetched);
  await session();
  const problem = await post("/api/incidents/1/dispatch", { responders: [3] }).catch((error: unknown) => error);
  expect(fetched.mock.calls[1]?.[1].headers["X-CSRFToken"]).toBe("abc");
  expect(problem).toBeInstanceOf(ApiProblem);
  expect([wordsOf(problem, "vi"), wordsOf(problem, "en")]).toEqual(["đã có người", "taken"]);
});
