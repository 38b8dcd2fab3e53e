import { describe, expect, it } from "vitest";
import { BOOKS, bookOf, isJobId, jobId } from "../../../examples/tracking-worker/jobs/job-id.ts";

describe("jobId", () => {
  it("is the same for the same event and platform, and for nothing else", async () => {
    const id = await jobId("meta", "order-1");
    expect(await jobId("meta", "order-1")).toBe(id);
    expect(await jobId("tiktok", "order-1")).not.toBe(id);
    expect(await jobId("meta", "order-2")).not.toBe(id);
    expect(id).toMatch(/^meta-[0-9a-f]{32}$/);
  });

  it("can stand in a path, whatever the event's id is", async () => {
    for (const eventId of ["a/b", "ü", "..", "\n", "x".repeat(128)]) {
      expect(isJobId(await jobId("google", eventId))).toBe(true);
    }
    for (const id of ["", "dead", "meta-1", `meta-${"g".repeat(32)}`, "0".repeat(32)]) {
      expect(isJobId(id)).toBe(false);
    }
  });

  it("spreads the jobs over sixteen books", async () => {
    expect(new Set(BOOKS).size).toBe(16);
    const events = Array.from({ length: 400 }, (_, index) => `order-${index}`);
    const books = await Promise.all(
      events.map(async (event) => bookOf(await jobId("meta", event))),
    );
    expect(new Set(books)).toEqual(new Set(BOOKS));
  });
});
