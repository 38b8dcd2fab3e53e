import { expect, test } from "vitest";
import { timeText } from "../../src/time-text.ts";

test("a time is told as the API takes it, and readable, in UTC", () => {
  expect(timeText(1_794_686_905_085)).toBe("1794686905085 (2026-11-14T20:08:25.085Z)");
  expect(timeText(0)).toBe("0 (1970-01-01T00:00:00.000Z)");
  expect(timeText(8.64e15)).toBe("8640000000000000 (+275760-09-13T00:00:00.000Z)");
});
