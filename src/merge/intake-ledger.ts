import type { ByteReader } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";
import type { PermitTally } from "../wire/permits.ts";
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
  /** What holders decided about permits without the bucket. */
  permits: PermitTally;
}

/** The counts of a {@link PermitTally}, by the names that they are stored under. */
const TALLY_FIELDS = [
  ["denied", "permits.denied"],
  ["allowedUnreached", "permits.allowed_unreached"],
  ["deniedUnreached", "permits.denied_unreached"],
] as const;

export const EMPTY_TALLY: PermitTally = { denied: 0, allowedUnreached: 0, deniedUnreached: 0 };

export function emptyLedger(): IntakeLedger {
  const counts = { offered: 0, accepted: 0, duplicates: 0, givenUp: 0, capped: 0 };
  return { ...counts, rejected: {}, permits: EMPTY_TALLY };
}

export function addTallies(one: PermitTally, other: PermitTally): PermitTally {
  if (isEmptyTally(other)) return one;
  return {
    denied: one.denied + other.denied,
    allowedUnreached: one.allowedUnreached + other.allowedUnreached,
    deniedUnreached: one.deniedUnreached + other.deniedUnreached,
  };
}

export function isEmptyTally({ denied, allowedUnreached, deniedUnreached }: PermitTally): boolean {
  return denied === 0 && allowedUnreached === 0 && deniedUnreached === 0;
}

/** Adds `other` to `ledger`. */
export function addLedger(ledger: IntakeLedger, other: IntakeLedger): void {
  ledger.offered += other.offered;
  ledger.accepted += other.accepted;
  ledger.duplicates += other.duplicates;
  ledger.givenUp += other.givenUp;
  ledger.capped += other.capped;
  ledger.permits = addTallies(ledger.permits, other.permits);
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
  return ledger.offered === 0 && ledger.givenUp === 0 && isEmptyTally(ledger.permits);
}

export function writeLedger(writer: ByteWriter, ledger: IntakeLedger): void {
  for (const count of [ledger.offered, ledger.accepted, ledger.duplicates]) writer.varint(count);
  writer.varint(ledger.givenUp);
  writer.varint(ledger.capped);
  writeCounts(writer, ledger.rejected, ledger.permits);
}

export function readLedger(reader: ByteReader): IntakeLedger {
  const ledger = emptyLedger();
  ledger.offered = reader.varint();
  ledger.accepted = reader.varint();
  ledger.duplicates = reader.varint();
  ledger.givenUp = reader.varint();
  ledger.capped = reader.varint();
  const { rejected, tally } = readCounts(reader);
  ledger.rejected = rejected;
  ledger.permits = tally;
  return ledger;
}

/** Writes what is not zero by its name, so that counts can be added and older code skips them. */
export function writeCounts(
  writer: ByteWriter,
  rejected: RejectionCounts,
  tally: PermitTally = EMPTY_TALLY,
): void {
  if (isNothing(rejected) && isEmptyTally(tally)) return writer.byte(0);
  const reasons = REJECTION_REASONS.filter((reason) => (rejected[reason] ?? 0) > 0);
  const decided = TALLY_FIELDS.filter(([field]) => tally[field] > 0);
  writer.varint(reasons.length + decided.length);
  for (const reason of reasons) {
    writer.text(reason);
    writer.varint(rejected[reason] ?? 0);
  }
  for (const [field, name] of decided) {
    writer.text(name);
    writer.varint(tally[field]);
  }
}

/** Names that this code does not know were written by a newer version, and are left out. */
export function readCounts(reader: ByteReader): {
  readonly rejected: RejectionCounts;
  readonly tally: PermitTally;
} {
  const counts = new Map<string, number>();
  for (let rest = reader.varint(); rest > 0; rest--) counts.set(reader.text(), reader.varint());
  const rejected: RejectionCounts = {};
  if (counts.size === 0) return { rejected, tally: EMPTY_TALLY };
  for (const reason of REJECTION_REASONS) {
    const count = counts.get(reason);
    if (count !== undefined) rejected[reason] = count;
  }
  const tally: { -readonly [Field in keyof PermitTally]: number } = { ...EMPTY_TALLY };
  for (const [field, name] of TALLY_FIELDS) tally[field] = counts.get(name) ?? 0;
  return { rejected, tally };
}
