import type { CoordinatorHealth } from "../coordinator/coordinator-health.ts";
import { sumRejections } from "../merge/intake-ledger.ts";
import { MINUTE_MS } from "../merge/slot-time.ts";

/** A backlog older than this means that history does not reach D1. */
const BACKLOG_LIMIT_MS = 3 * MINUTE_MS;

/** Most problems that are told of one part: each of its thousand shards may have one. */
const MAX_PROBLEMS = 20;

/** What is wrong with a part, each in a sentence without its full stop. */
export interface PartProblems {
  /** Because of these it does not do its work. */
  readonly failures: readonly string[];
  /** These it puts up with. */
  readonly warnings: readonly string[];
}

/** Both as one list, failures first; of many the first, and how many more there are. */
export function problemList({ failures, warnings }: PartProblems): readonly string[] {
  const all = [...failures, ...warnings];
  if (all.length <= MAX_PROBLEMS) return all;
  return [...all.slice(0, MAX_PROBLEMS), `and ${all.length - MAX_PROBLEMS} more: see the detail`];
}

/** What is wrong with the shards: those that do not answer, and those that nobody gets permits of. */
export function shardProblems({ missing, shards }: CoordinatorHealth): PartProblems {
  const mute = missing.map(({ name, error }) => `${name} does not answer: ${error}`);
  const closed = shards.flatMap(({ name, limitFault }) =>
    limitFault === null ? [] : [`${name} gives nobody permits: ${limitFault}`],
  );
  return { failures: [...mute, ...closed], warnings: [] };
}

/** What is wrong with the coordinator itself. That its dispatcher stalls is that one's problem. */
export function coordinatorProblems(health: CoordinatorHealth): PartProblems {
  const { lastError, carrier, alerts } = health;
  const warnings: string[] = [];
  if (carrier.lastError !== null) {
    warnings.push(`notifications do not reach the dispatcher: ${carrier.lastError}`);
  }
  if (alerts.overflow > 0) {
    warnings.push(`too many alerts are open: ${alerts.overflow} conditions were not followed`);
  }
  return { failures: lastError === null ? [] : [`its last tick failed: ${lastError}`], warnings };
}

/** Which of the two sums of the books do not add up. */
export function ledgerProblems({ ledger }: CoordinatorHealth): PartProblems {
  if (ledger.isBalanced) return { failures: [], warnings: [] };
  const { offered, accepted, duplicates, merged, pending } = ledger;
  const rejected = sumRejections(ledger.rejected);
  const failures: string[] = [];
  if (offered !== accepted + duplicates + rejected) {
    failures.push(
      `the books do not add up: ${offered} offered, but ${accepted} accepted, ${duplicates} duplicates and ${rejected} rejected`,
    );
  }
  if (accepted !== merged + pending) {
    failures.push(
      `the books do not add up: ${accepted} accepted, but ${merged} merged and ${pending} pending`,
    );
  }
  return { failures: failures.length > 0 ? failures : ["the books do not add up"], warnings: [] };
}

/** What is wrong with the way of totals to an OTLP collector; none if there is no such way. */
export function otlpExportProblems({ otlpExport, at }: CoordinatorHealth): PartProblems {
  if (otlpExport === null) return { failures: [], warnings: [] };
  const { fault, isRefused, failures: failed, oldestAt, queuedPushes, lastError } = otlpExport;
  const why = lastError === null ? "" : `: ${lastError}`;
  const failures: string[] = [];
  const warnings: string[] = [];
  if (fault !== null) failures.push(`totals cannot be pushed: ${fault}`);
  if (isRefused) failures.push(`the collector refuses what is pushed, and it is lost${why}`);
  if (failed > 0 && oldestAt !== null && at - oldestAt > BACKLOG_LIMIT_MS) {
    failures.push(
      `the collector takes nothing, ${queuedPushes} pushes wait, the oldest for ${at - oldestAt} ms${why}`,
    );
  } else if (!isRefused && lastError !== null) {
    warnings.push(`the last push was not taken and is tried again: ${lastError}`);
  }
  const { overflow, expired, refused } = otlpExport.droppedPushes;
  if (overflow + expired + refused > 0) {
    warnings.push(
      `pushes were given up: ${refused} refused, ${overflow} as too many waited, ${expired} a day old`,
    );
  }
  const { rejectedPoints, lastRejection } = otlpExport;
  // The count stays in the detail; who takes everything again is no problem any more.
  if (lastRejection !== null) {
    warnings.push(`the collector rejected ${rejectedPoints} points: ${lastRejection}`);
  }
  return { failures, warnings };
}

/** What is wrong with the way to D1. Whether D1 itself answers is asked apart from it. */
export function storageProblems(health: CoordinatorHealth): PartProblems {
  const { outbox, retention, archive, at } = health;
  const failures: string[] = [];
  if (outbox.lastError !== null) failures.push(`rollups cannot be written: ${outbox.lastError}`);
  if (outbox.behindSince !== null && at - outbox.behindSince > BACKLOG_LIMIT_MS) {
    failures.push(
      `rollups wait to be written for ${at - outbox.behindSince} ms: ${outbox.backlog} stretches`,
    );
  }
  if (archive.lastError !== null) {
    failures.push(`alerts and the audit trail cannot be written: ${archive.lastError}`);
  }
  const warnings: string[] = [];
  for (const [what, error] of [
    ["rollups", retention.lastError],
    ["alerts", archive.retention.lastError],
  ] as const) {
    if (error !== null) warnings.push(`${what} that are too old cannot be deleted: ${error}`);
  }
  if (outbox.dropped > 0) {
    warnings.push(`${outbox.dropped} stretches were given up: D1 was away for too long`);
  }
  const { notifications, records, unreadable } = archive.lost;
  if (notifications + records + unreadable > 0) {
    warnings.push(
      `lost of alerts: ${notifications} notifications, ${records} records, ${unreadable} unreadable rows`,
    );
  }
  return { failures, warnings };
}
