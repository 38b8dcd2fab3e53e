import { expect, test } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { type Delta, writeDelta } from "../../../src/merge/delta.ts";
import { emptyLedger, writeLedger } from "../../../src/merge/intake-ledger.ts";
import { decodeLogRow, encodeLogRow, type LogRow } from "../../../src/merge/log-row.ts";

const AT = Date.UTC(2026, 10, 20, 12);

function deltaOf(...outcomes: number[]): Delta {
  const builder = new AggregateBuilder();
  for (const code of outcomes) builder.record(1_000, code);
  return [{ slotStart: AT, operation: "events", aggregate: builder.finish() }];
}

function rowOf(delta: Delta): LogRow {
  const ledger = { ...emptyLedger(), offered: 3, accepted: 3 };
  const streak = { hasSuccess: true, prefix: 1, suffix: 2, longest: 5 };
  return { at: AT, marks: [{ reporter: "edge-1", sequence: 7 }], ledger, streak, delta };
}

/** A row as it was written before there were streaks. */
function firstVersion({ at, marks, ledger, delta }: LogRow): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(1);
  writer.varint(at);
  writer.varint(marks.length);
  for (const { reporter, sequence } of marks) {
    writer.text(reporter);
    writer.varint(sequence);
  }
  writeLedger(writer, ledger);
  writeDelta(writer, delta);
  return writer.finish();
}

test("a row is read as it was written", () => {
  const row = rowOf(deltaOf(0, 1, 1));
  expect(decodeLogRow(encodeLogRow(row))).toEqual(row);
  const heard = { ...row, streams: { baselines: 3, forgotten: 1 } };
  expect(decodeLogRow(encodeLogRow(heard))).toEqual(heard);
  const request = "0123456789abcdef00ff10f0";
  const requests = [AT, AT + 5_000].map((slotStart) => ({ request, slotStart }));
  const unnumbered = { ...heard, marks: [], requests };
  expect(decodeLogRow(encodeLogRow(unnumbered))).toEqual(unnumbered);
});

test("a row of no running totals and no requests is written as before there were any", () => {
  const row = rowOf(deltaOf(0, 1, 1));
  expect(encodeLogRow(row)[0]).toBe(2);
  expect(encodeLogRow({ ...row, streams: { baselines: 0, forgotten: 0 } })[0]).toBe(3);
});

test("a row of the first version says of errors in a row what is certain without an order", () => {
  const mixed = rowOf(deltaOf(1, 0, 1));
  expect(decodeLogRow(firstVersion(mixed))).toEqual({
    ...mixed,
    streak: { hasSuccess: true, prefix: 0, suffix: 0, longest: 0 },
  });
  const failed = rowOf(deltaOf(1, 2, 3, 1));
  expect(decodeLogRow(firstVersion(failed))).toEqual({
    ...failed,
    streak: { hasSuccess: false, prefix: 3, suffix: 3, longest: 3 },
  });
});

test("a row of a newer version is refused", () => {
  const bytes = encodeLogRow(rowOf(deltaOf(0)));
  bytes[0] = 4;
  expect(() => decodeLogRow(bytes)).toThrow("log row of unknown version 4");
});
