import { expect, test } from "vitest";
import { nativeSpans } from "../../../src/export/native-spans.ts";

function spansOf(offset: number, counts: readonly number[]): object {
  const native = { schema: 3, zeroCount: 0, offset, counts: Float64Array.from(counts) };
  const { spans, deltas } = nativeSpans(native);
  return { spans, deltas: [...deltas] };
}

test("two empty buckets are told, three begin a span", () => {
  expect(spansOf(-4, [5, 0, 0, 7, 0, 0, 0, 2])).toEqual({
    spans: [
      { offset: -4, length: 4 },
      { offset: 3, length: 1 },
    ],
    deltas: [5, -5, 0, 7, -5],
  });
});

test("what is empty at the ends is not told", () => {
  expect(spansOf(10, [0, 0, 0, 3, 4, 0])).toEqual({
    spans: [{ offset: 13, length: 2 }],
    deltas: [3, 1],
  });
});

test("nothing is one span of nothing", () => {
  const nothing = { spans: [{ offset: 0, length: 0 }], deltas: [] };
  expect(spansOf(0, [])).toEqual(nothing);
  expect(spansOf(7, [0, 0, 0])).toEqual(nothing);
});
