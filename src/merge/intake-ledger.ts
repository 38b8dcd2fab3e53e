import type { ByteReader } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";
import { REJECTION_REASONS, type RejectionCounts, type RejectionReason } from "../wire/report.ts";

/**
 * What became of the timings that were offered, as running totals.
 * `offered = accepted + duplicates + the sum of rejected`.
 */
export interface IntakeLedger {
  offered: number;
  accepted: number;
  duplicates: number;
  rejected: RejectionCounts;
  /** Timings that reporters say they had to give up before anybody accepted them; not offered. */
  givenUp: number;
  /** Accepted timings that were counted under `other`, because their target has too many operations. */
  capped: number;
}

export function emptyLedger(): IntakeLedger {
  return { offered: 0, accepted: 0, duplicates: 0, rejected: {}, givenUp: 0, capped: 0 };
}

/** Adds `other` to `ledger`. */
export function addLedger(ledger: IntakeLedger, other: IntakeLedger): void {
  ledger.offered += other.offered;
  ledger.accepted += other.accepted;
  ledger.duplicates += other.duplicates;
  ledger.givenUp += other.givenUp;
  ledger.capped += other.capped;
  addRejections(ledger.rejected, other.rejected);
}

/** Adds `other` to `counts`. */
export function addRejections(counts: RejectionCounts, other: RejectionCounts): void {
  if (isNothing(other)) return;
  for (const reason of REJECTION_REASONS) {
    const count = other[reason] ?? 0;
    if (count > 0) counts[reason] = (counts[reason] ?? 0) + count;
  }
}

/** Sums up refusals, each of one timing unless it says of how many. */
export function countRejections(
  refusals: Iterable<{ readonly reason: RejectionReason; readonly count?: number }>,
): RejectionCounts {
  const counts: RejectionCounts = {};
  for (const { reason, count = 1 } of refusals) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}

/** How many timings were refused, for whatever reason. */
export function sumRejections(counts: RejectionCounts): number {
  if (isNothing(counts)) return 0;
  return REJECTION_REASONS.reduce((sum, reason) => sum + (counts[reason] ?? 0), 0);
}

/** Nearly every report has nothing refused, and this is asked several times for each. */
function isNothing(counts: RejectionCounts): boolean {
  for (const _reason in counts) return false;
  return true;
}

/** Whether there is nothing in it. */
export function isEmptyLedger(ledger: IntakeLedger): boolean {
  return ledger.offered === 0 && ledger.givenUp === 0;
}

export function writeLedger(writer: ByteWriter, ledger: IntakeLedger): void {
  for (const count of [ledger.offered, ledger.accepted, ledger.duplicates]) writer.varint(count);
  writer.varint(ledger.givenUp);
  writer.varint(ledger.capped);
  writeRejections(writer, ledger.rejected);
}

export function readLedger(reader: ByteReader): IntakeLedger {
  const ledger = emptyLedger();
  ledger.offered = reader.varint();
  ledger.accepted = reader.varint();
  ledger.duplicates = reader.varint();
  ledger.givenUp = reader.varint();
  ledger.capped = reader.varint();
  ledger.rejected = readRejections(reader);
  return ledger;
}

export function writeRejections(writer: ByteWriter, counts: RejectionCounts): void {
  if (isNothing(counts)) return writer.byte(0);
  const reasons = REJECTION_REASONS.filter((reason) => (counts[reason] ?? 0) > 0);
  writer.varint(reasons.length);
  for (const reason of reasons) {
    writer.text(reason);
    writer.varint(counts[reason] ?? 0);
  }
}

/** Reasons that this code does not know were written by a newer version, and are left out. */
export function readRejections(reader: ByteReader): RejectionCounts {
  const counts: RejectionCounts = {};
  for (let rest = reader.varint(); rest > 0; rest--) {
    const name = reader.text();
    const count = reader.varint();
    const reason = REJECTION_REASONS.find((known) => known === name);
    if (reason !== undefined) counts[reason] = count;
  }
  return counts;
}
