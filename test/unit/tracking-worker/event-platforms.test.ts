import { describe, expect, it } from "vitest";
import { eventPlatforms } from "../../../scripts/lib/event-platforms.ts";

const ALL = ["meta", "google", "tiktok", "pinterest", "reddit"];

function perMinute(platform: string, ratePerSecond: number): number {
  const events = Array.from({ length: ratePerSecond * 60 }, (_, index) => index);
  return events.filter((index) => eventPlatforms(index, ratePerSecond).includes(platform)).length;
}

describe("eventPlatforms", () => {
  it.each([0.5, 1, 10, 200])("goes everywhere with the first event, at %d a second", (rate) => {
    expect(eventPlatforms(0, rate)).toEqual(ALL);
  });

  it("sends no more than the limits carry in batches", () => {
    expect(ALL.map((platform) => perMinute(platform, 10))).toEqual([300, 600, 30, 600, 600]);
    expect(perMinute("meta", 200)).toBe(300);
    expect(perMinute("tiktok", 200)).toBe(30);
    expect(perMinute("google", 200)).toBe(1_800);
    expect(perMinute("reddit", 200)).toBe(12_000);
  });

  it("sends every event somewhere", () => {
    for (let index = 0; index < 1_000; index += 1) {
      expect(eventPlatforms(index, 137)).toEqual(expect.arrayContaining(["pinterest", "reddit"]));
    }
  });
});
