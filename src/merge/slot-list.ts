import {
  type Aggregate,
  checkAggregate,
  EMPTY_AGGREGATE,
  mergeAggregates,
  readAggregate,
  writeAggregate,
} from "../histogram/aggregate.ts";
import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";

/**
 * How a stored minute, hour or day looks in the coordinator's storage: its live slots by start. A
 * minute keeps its twelve apart as long as windows may need them; an hour or a day is one.
 */
export type SlotList = ReadonlyMap<number, Aggregate>;

const VERSION = 1;

export function encodeSlotList(slots: SlotList): Uint8Array {
  const writer = new ByteWriter(1024);
  writer.byte(VERSION);
  writer.varint(slots.size);
  for (const [start, aggregate] of slots) {
    writer.varint(start);
    writeAggregate(writer, aggregate);
  }
  return writer.finish();
}

/** @throws CorruptBytesError */
export function decodeSlotList(bytes: Uint8Array): Map<number, Aggregate> {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new CorruptBytesError(`slots of unknown version ${version}`);
  const slots = new Map<number, Aggregate>();
  for (let rest = reader.varint(); rest > 0; rest--) {
    slots.set(reader.varint(), readAggregate(reader));
  }
  return slots;
}

/** The same, each histogram read through. @throws CorruptBytesError if one cannot be read. */
export function checkedSlots<Slots extends SlotList>(slots: Slots): Slots {
  for (const aggregate of slots.values()) checkAggregate(aggregate);
  return slots;
}

/** All slots together. */
export function sumSlots(slots: SlotList): Aggregate {
  let sum = EMPTY_AGGREGATE;
  for (const aggregate of slots.values()) sum = mergeAggregates(sum, aggregate);
  return sum;
}
