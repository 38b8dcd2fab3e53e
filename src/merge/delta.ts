import {
  type Aggregate,
  checkAggregate,
  readAggregate,
  writeAggregate,
} from "../histogram/aggregate.ts";
import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import type { ByteReader } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";
import { SLOT_MS } from "./slot-time.ts";

/** What one operation of a target gained in one slot. */
export interface DeltaEntry {
  /** Epoch milliseconds, a multiple of `SLOT_MS`. */
  readonly slotStart: number;
  readonly operation: string;
  readonly aggregate: Aggregate;
}

/** A change to a target's slots. Applying it is adding; entries may come in any order. */
export type Delta = readonly DeltaEntry[];

/** Collects timings and other deltas, one builder per operation and slot. */
export class DeltaBuilder {
  readonly #slots = new Map<number, Map<string, AggregateBuilder>>();

  /** The builder of one operation in one slot, made when it is first asked for. */
  builder(slotStart: number, operation: string): AggregateBuilder {
    let operations = this.#slots.get(slotStart);
    if (operations === undefined) {
      operations = new Map();
      this.#slots.set(slotStart, operations);
    }
    let builder = operations.get(operation);
    if (builder === undefined) {
      builder = new AggregateBuilder();
      operations.set(operation, builder);
    }
    return builder;
  }

  add(delta: Delta): void {
    for (const entry of delta) this.builder(entry.slotStart, entry.operation).add(entry.aggregate);
  }

  finish(): Delta {
    const delta: DeltaEntry[] = [];
    for (const [slotStart, operations] of this.#slots) {
      for (const [operation, builder] of operations) {
        if (!builder.isEmpty) delta.push({ slotStart, operation, aggregate: builder.finish() });
      }
    }
    return delta;
  }
}

/** Slots are written as their number since 1970, so that a start that is no multiple cannot be. */
export function writeDelta(writer: ByteWriter, delta: Delta): void {
  writer.varint(delta.length);
  for (const { slotStart, operation, aggregate } of delta) {
    writer.varint(slotStart / SLOT_MS);
    writer.text(operation);
    writeAggregate(writer, aggregate);
  }
}

export function readDelta(reader: ByteReader): Delta {
  return Array.from({ length: reader.varint() }, () => ({
    slotStart: reader.varint() * SLOT_MS,
    operation: reader.text(),
    aggregate: readAggregate(reader),
  }));
}

/** The same, each histogram read through. @throws CorruptBytesError if one cannot be read. */
export function checkedDelta(delta: Delta): Delta {
  for (const { aggregate } of delta) checkAggregate(aggregate);
  return delta;
}
