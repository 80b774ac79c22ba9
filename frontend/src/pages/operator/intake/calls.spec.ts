/** Which of several calls one key takes. */
import { expect, test } from "vitest";
import { type Call, nextOf } from "./intake";

const call = (id: number, state: Call["state"], taken_by: string | null = null): Call =>
  ({ id, state, taken_by }) as Call;

test("somebody on the line goes before one who has hung up, whoever rang first goes before the later", () => {
  expect(nextOf([call(1, "missed"), call(2, "ringing"), call(3, "ringing")])?.id).toBe(2);
  expect(nextOf([call(1, "missed"), call(2, "answered")])?.id).toBe(2);
});

test("one who has hung up is called back when nobody is on the line; what is taken or over is nobody's", () => {
  expect(nextOf([call(1, "ended"), call(2, "ringing", "Lê Minh"), call(3, "missed"), call(4, "missed")])?.id).toBe(3);
  expect(nextOf([call(1, "ended"), call(2, "ringing", "Lê Minh")])).toBeUndefined();
});
