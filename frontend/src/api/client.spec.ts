import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem, get, post, session, wordsOf } from "./client";

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

test("a second press while the first is on its way does not do it twice; another deed, a question, and the same one later do", async () => {
  const arrived: ((answer: Response) => void)[] = [];
  const fetched = vi.fn(() => new Promise<Response>((done) => arrived.push(done)));
  vi.stubGlobal("fetch", fetched);
  const answerAll = (): void => {
    for (const [i, done] of arrived.splice(0).entries()) done(new Response(JSON.stringify({ id: i })));
  };
  const pressed = [post("/api/exercises", { name: "a" }), post("/api/exercises", { name: "a" })];
  expect(fetched).toHaveBeenCalledTimes(1);
  const others = [post("/api/exercises", { name: "b" }), get("/api/exercises"), get("/api/exercises")];
  expect(fetched).toHaveBeenCalledTimes(4);
  answerAll();
  expect(await Promise.all(pressed)).toEqual([{ id: 0 }, { id: 0 }]);
  await Promise.all(others);
  const later = post("/api/exercises", { name: "a" });
  expect(fetched).toHaveBeenCalledTimes(5);
  answerAll();
  await later;
});
