import { type ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";
import { saturatingSum } from "../histogram/saturating-sum.ts";
import { OUTCOMES, type Outcome } from "../outcome.ts";
import type { Delta } from "./delta.ts";

/**
 * What a sequence of outcomes, in the order in which a shard took them in, says of errors in a row.
 * Joining neighbours is associative and {@link NO_STREAK} changes nothing, so a sequence may be cut
 * anywhere. Counts stop at 2^53 − 1.
 */
export interface ErrorStreak {
  /** Whether any outcome ended a run. Without one, the three counts are the same. */
  readonly hasSuccess: boolean;
  /** Errors before the first success. */
  readonly prefix: number;
  /** Errors after the last success. */
  readonly suffix: number;
  /** The longest run. */
  readonly longest: number;
}

/** What an outcome does to a run: a call that the platform put off says nothing of its health. */
export const STREAK_EFFECTS: Readonly<Record<Outcome, "counts" | "ends" | "neither">> = {
  ok: "ends",
  error: "counts",
  timeout: "counts",
  rate_limited: "neither",
  hit: "ends",
  miss: "ends",
};

/** Of no outcomes at all. */
export const NO_STREAK: ErrorStreak = { hasSuccess: false, prefix: 0, suffix: 0, longest: 0 };

/** The streak of one sequence followed by another. */
export function joinStreaks(before: ErrorStreak, after: ErrorStreak): ErrorStreak {
  const across = saturatingSum(before.suffix, after.prefix);
  return {
    hasSuccess: before.hasSuccess || after.hasSuccess,
    prefix: before.hasSuccess ? before.prefix : across,
    suffix: after.hasSuccess ? after.suffix : across,
    longest: Math.max(before.longest, after.longest, across),
  };
}

/**
 * The streak of timings whose order nobody knows, of which it never says more than is certain:
 * errors alone are a run of so many, and with any success among them no two count as in a row.
 */
export function streakOfDelta(delta: Delta): ErrorStreak {
  let errors = 0;
  for (const { aggregate } of delta) {
    for (const [code, outcome] of OUTCOMES.entries()) {
      const count = aggregate.outcomes[code] ?? 0;
      const effect = STREAK_EFFECTS[outcome];
      if (effect === "ends" && count > 0) return { ...NO_STREAK, hasSuccess: true };
      if (effect === "counts") errors = saturatingSum(errors, count);
    }
  }
  return { hasSuccess: false, prefix: errors, suffix: errors, longest: errors };
}

export function writeStreak(writer: ByteWriter, streak: ErrorStreak): void {
  writer.byte(streak.hasSuccess ? 1 : 0);
  writer.varint(streak.prefix);
  if (!streak.hasSuccess) return;
  writer.varint(streak.suffix);
  writer.varint(streak.longest);
}

/** Reads what {@link writeStreak} wrote. @throws CorruptBytesError */
export function readStreak(reader: ByteReader): ErrorStreak {
  const form = reader.byte();
  if (form > 1) throw new CorruptBytesError(`an error streak of unknown form ${form}`);
  const prefix = reader.varint();
  if (form === 0) return { hasSuccess: false, prefix, suffix: prefix, longest: prefix };
  const suffix = reader.varint();
  const longest = reader.varint();
  if (longest < Math.max(prefix, suffix)) {
    throw new CorruptBytesError(`a longest run of ${longest}, between ${prefix} and ${suffix}`);
  }
  return { hasSuccess: true, prefix, suffix, longest };
}
