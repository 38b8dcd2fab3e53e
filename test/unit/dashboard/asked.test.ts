import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../../dashboard/src/api.ts";
import { keepOutcome, keptFor, NOTHING_KEPT, outcomeOf } from "../../../dashboard/src/asked.ts";

beforeEach(() => void vi.stubGlobal("document", { documentElement: { lang: "en" } }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const SIGNAL = new AbortController().signal;

describe("outcomeOf", () => {
  it("is the answer, or why there is none", async () => {
    expect(await outcomeOf(() => Promise.resolve(7), SIGNAL)).toEqual({ answer: 7, fault: "" });
    const refuse = () => Promise.reject(new ApiError(400, "No such target."));
    expect(await outcomeOf(refuse, SIGNAL)).toEqual({ fault: "No such target." });
  });

  it("tells of every other error, too", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const fail = () => Promise.reject(new TypeError("points is not iterable"));
    expect((await outcomeOf(fail, SIGNAL)).fault).toMatch(/points is not iterable/);
    expect(error).toHaveBeenCalledOnce();
  });

  it("says nothing of what is not wanted any more", async () => {
    const fail = () => Promise.reject(new ApiError(0, "late"));
    expect(await outcomeOf(fail, AbortSignal.abort())).toEqual({ fault: "" });
  });
});

describe("what is kept", () => {
  const first = keepOutcome(NOTHING_KEPT, "meta", { answer: 1, fault: "" });

  it("is shown for what it was asked for only", () => {
    expect(keptFor(first, "meta").answer).toBe(1);
    for (const key of ["google", null]) {
      expect(keptFor(first, key)).toEqual({ key: null, answer: undefined, fault: "" });
    }
  });

  it("stays beside the fault of asking for it again, but not of asking for another", () => {
    expect(keepOutcome(first, "meta", { fault: "late" })).toEqual({
      key: "meta",
      answer: 1,
      fault: "late",
    });
    expect(keepOutcome(first, "google", { fault: "late" }).answer).toBeUndefined();
  });

  it("is replaced by a newer answer, which also ends the fault", () => {
    const failed = keepOutcome(first, "meta", { fault: "late" });
    expect(keepOutcome(failed, "meta", { answer: 2, fault: "" })).toEqual({
      key: "meta",
      answer: 2,
      fault: "",
    });
  });
});
