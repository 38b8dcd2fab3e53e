import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import type { LoopState } from "./closed-loop.ts";
import type { OpenLease } from "./lease-book.ts";
import type { LimitRule } from "./limit-rule.ts";
import type { BucketLevel } from "./token-bucket.ts";

const VERSION = 1;
const THOUSANDTHS = 1_000;
const MILLIONTHS = 1_000_000;

/** Running totals of a bucket, in permits. */
export interface LimitCounts {
  granted: number;
  denied: number;
  returned: number;
  expired: number;
}

/** Everything that a bucket's store holds. */
export interface LimiterState {
  /** What was in force when it was saved; undefined for a target without a limit. */
  readonly rule: LimitRule | undefined;
  /** What was set at run time, if anything. */
  readonly override: LimitRule | undefined;
  /** Without what is reserved. */
  readonly level: BucketLevel;
  readonly loop: LoopState;
  readonly counts: LimitCounts;
  /** Permits that may be granted before the state is saved again, so nobody knows how many were. */
  readonly reserved: number;
  /** When the last lease of a reserved permit expires. */
  readonly reservedUntil: number;
  readonly leases: readonly OpenLease[];
  readonly line: readonly (readonly [atMs: number, units: number])[];
  /** Units used or leased beyond the capacity, since it was set lower. */
  readonly owed: number;
}

export function encodeLimiterState(state: LimiterState): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.byte(VERSION);
  writeRule(writer, state.rule);
  writeRule(writer, state.override);
  writer.varint(state.level.units);
  writer.varint(state.level.refilledAt);
  const { fromMs, toMs, factor, isClosure, strikes, reason } = state.loop;
  for (const part of [fromMs, toMs, Math.floor(factor * MILLIONTHS), Number(isClosure), strikes]) {
    writer.varint(part);
  }
  writer.text(reason);
  const { granted, denied, returned, expired } = state.counts;
  for (const count of [granted, denied, returned, expired]) writer.varint(count);
  writer.varint(state.reserved);
  writer.varint(state.reservedUntil);
  writer.varint(state.leases.length);
  for (const { id, holder, permits, spent, returned: back, expiresAt } of state.leases) {
    writer.text(id);
    writer.text(holder);
    for (const part of [permits, spent, back, expiresAt]) writer.varint(part);
  }
  writer.varint(state.line.length);
  for (const [atMs, units] of state.line) {
    writer.varint(atMs);
    writer.varint(units);
  }
  writer.varint(state.owed);
  return writer.finish();
}

/** @throws CorruptBytesError if the bytes are no state of a version that this code knows. */
export function decodeLimiterState(bytes: Uint8Array): LimiterState {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new CorruptBytesError(`limiter of unknown version ${version}`);
  const rule = readRule(reader);
  const override = readRule(reader);
  const level = { units: reader.varint(), refilledAt: reader.varint() };
  const loop = {
    fromMs: reader.varint(),
    toMs: reader.varint(),
    factor: reader.varint() / MILLIONTHS,
    isClosure: reader.varint() === 1,
    strikes: reader.varint(),
    reason: reader.text(),
  };
  const counts = {
    granted: reader.varint(),
    denied: reader.varint(),
    returned: reader.varint(),
    expired: reader.varint(),
  };
  const reserved = reader.varint();
  const reservedUntil = reader.varint();
  const leases = Array.from({ length: reader.varint() }, () => ({
    id: reader.text(),
    holder: reader.text(),
    permits: reader.varint(),
    spent: reader.varint(),
    returned: reader.varint(),
    expiresAt: reader.varint(),
  }));
  const line = Array.from(
    { length: reader.varint() },
    () => [reader.varint(), reader.varint()] as const,
  );
  const owed = reader.varint();
  return { rule, override, level, loop, counts, reserved, reservedUntil, leases, line, owed };
}

function writeRule(writer: ByteWriter, rule: LimitRule | undefined): void {
  writer.byte(rule === undefined ? 0 : 1);
  if (rule === undefined) return;
  writer.varint(rule.capacity);
  writer.varint(Math.round(rule.refillPerMinute * THOUSANDTHS));
}

function readRule(reader: ByteReader): LimitRule | undefined {
  if (reader.byte() === 0) return undefined;
  return { capacity: reader.varint(), refillPerMinute: reader.varint() / THOUSANDTHS };
}
