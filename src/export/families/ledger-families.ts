import { addLedger, emptyLedger, type IntakeLedger } from "../../merge/intake-ledger.ts";
import { REJECTION_REASONS } from "../../wire/report.ts";
import type { MetricFamily, NumberFamily, NumberSample } from "../metric-family.ts";
import type { MetricsSource, ShardBooks } from "../metrics-source.ts";

/** A target's books. */
interface TargetBooks {
  readonly target: string;
  readonly ledger: IntakeLedger;
  merged: number;
  pending: number;
  /** Since when they count, epoch milliseconds; not a number if that is not known of each shard. */
  createdAt: number;
}

interface BooksFamily extends Pick<NumberFamily, "name" | "help"> {
  readonly valueOf: (books: TargetBooks) => number;
}

/** Counters by target. */
const TARGET_FAMILIES: readonly BooksFamily[] = [
  {
    name: "tachograph_timings_accepted",
    help: "Timings that were accepted, durably.",
    valueOf: ({ ledger }) => ledger.accepted,
  },
  {
    name: "tachograph_timings_duplicates",
    help: "Timings that came again and were not counted again.",
    valueOf: ({ ledger }) => ledger.duplicates,
  },
  {
    name: "tachograph_timings_given_up",
    help: "Timings that reporters say they gave up before anybody accepted them.",
    valueOf: ({ ledger }) => ledger.givenUp,
  },
  {
    name: "tachograph_timings_capped",
    help: "Accepted timings that were counted under the operation other, for there were too many operations.",
    valueOf: ({ ledger }) => ledger.capped,
  },
  {
    name: "tachograph_timings_merged",
    help: "Timings that are merged into histograms.",
    valueOf: ({ merged }) => merged,
  },
];

type Books = Pick<
  MetricsSource,
  "shards" | "refused" | "countsSince" | "untoldTargets" | "snapshot"
>;

/**
 * What became of the timings that were offered. What was refused before any shard saw it may be of
 * any target, or of one that nobody knows, so what was offered and rejected is told of the whole.
 */
export function* ledgerFamilies(
  source: Books,
  isWanted: (target: string) => boolean,
): Generator<MetricFamily> {
  const { shards, untoldTargets, snapshot } = source;
  const all = booksOf(shards).filter(({ target }) => isWanted(target));
  const told = all.filter(({ target }) => !untoldTargets.has(target));
  yield* wholeFamilies(source);
  for (const family of TARGET_FAMILIES) yield counter(family, told);
  yield {
    name: "tachograph_timings_pending",
    help: "Timings that are accepted and not merged yet.",
    type: "gauge",
    samples: all.map(({ target, pending }) => ({ labels: [["target", target]], value: pending })),
  };
  yield {
    name: "tachograph_ledger_balanced",
    help: "1 if the books add up, else 0.",
    type: "gauge",
    samples: [{ labels: [], value: Number(snapshot.ledger.isBalanced) }],
  };
}

/** Without samples while a part is missing that was shown before. */
function* wholeFamilies(source: Books): Generator<MetricFamily> {
  const { shards, refused, countsSince: createdAt, untoldTargets } = source;
  const isTold = untoldTargets.size === 0;
  const sum = emptyLedger();
  for (const { ledger } of shards) addLedger(sum, ledger);
  addLedger(sum, refused);
  yield {
    name: "tachograph_timings_offered",
    help: "Timings that came in, of all targets: accepted, repeated or rejected.",
    type: "counter",
    samples: isTold ? [{ labels: [], value: sum.offered, createdAt }] : [],
  };
  // Every reason from the beginning, so that the first one of its kind is an increase.
  const rejected = REJECTION_REASONS.map((reason): NumberSample => {
    return { labels: [["reason", reason]], value: sum.rejected[reason] ?? 0, createdAt };
  });
  yield {
    name: "tachograph_timings_rejected",
    help: "Timings that were rejected, of all targets, by the reason.",
    type: "counter",
    samples: isTold ? rejected : [],
  };
}

/** By target, in the order of their names. */
function booksOf(shards: readonly ShardBooks[]): TargetBooks[] {
  const books = new Map<string, TargetBooks>();
  for (const { target, ledger, merged, pending, addedAt } of shards) {
    let sum = books.get(target);
    if (sum === undefined) {
      sum = { target, ledger: emptyLedger(), merged: 0, pending: 0, createdAt: Infinity };
      books.set(target, sum);
    }
    addLedger(sum.ledger, ledger);
    sum.merged += merged;
    sum.pending += pending;
    sum.createdAt = Math.min(sum.createdAt, addedAt ?? Number.NaN);
  }
  return [...books.values()].toSorted((one, other) => (one.target < other.target ? -1 : 1));
}

function counter({ name, help, valueOf }: BooksFamily, all: readonly TargetBooks[]): NumberFamily {
  const samples = all.map((books): NumberSample => {
    const { target, createdAt } = books;
    return {
      labels: [["target", target]],
      value: valueOf(books),
      createdAt: Number.isFinite(createdAt) ? createdAt : undefined,
    };
  });
  return { name, help, type: "counter", samples };
}
