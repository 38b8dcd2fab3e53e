import { expect, it } from "vitest";
import { Candidate } from "../../../../bench/lib/candidate.ts";

it("is asked nothing more once something failed, and says what", async () => {
  const candidate = new Candidate("Theirs");
  expect(await candidate.try(() => Promise.resolve(1))).toBe(1);
  expect(candidate.why).toBeUndefined();
  expect(await candidate.try(() => Promise.reject(new Error("it answered 500")))).toBeUndefined();
  expect(candidate.why).toBe("broke off: it answered 500");
  let asked = 0;
  expect(await candidate.try(() => Promise.resolve((asked += 1)))).toBeUndefined();
  expect([asked, candidate.why]).toEqual([0, "broke off: it answered 500"]);
});

it("is asked nothing if it is not there", async () => {
  const candidate = new Candidate("Theirs", "not installed");
  expect(await candidate.try(() => Promise.resolve(1))).toBeUndefined();
  expect(candidate.why).toBe("not installed");
});
