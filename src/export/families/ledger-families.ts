import { addLedger, emptyLedger, type IntakeLedger } from "../../merge/intake-ledger.ts";
import { REJECTION_REASONS } from "../../wire/report.ts";
import type { MetricFamily, NumberFamily, NumberSample } from "../metric-family.ts";
import type { MetricsSource, ShardBooks } from "../metrics-source.ts";

/** A target's books. */
interface TargetBooks {
  /** Empty for what was refused before any shard saw it. */
  readonly target: string;
  readonly ledger: IntakeLedger;
  merged: number;
  pending: number;
}

interface BooksFamily extends Pick<NumberFamily, "name" | "help"> {
  readonly valueOf: (books: TargetBooks) => number;
}

const OFFERED: BooksFamily = {
  name: "tachograph_timings_offered",
  help: "Timings that came in: accepted, repeated or rejected.",
  valueOf: ({ ledger }) => ledger.offered,
};

/** Counters that only shards have. */
const SHARD_FAMILIES: readonly BooksFamily[] = [
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

type Books = Pick<MetricsSource, "shards" | "refused" | "untoldTargets" | "snapshot">;

/**
 * What became of the timings that were offered.
 * @param isWanted also asked of the target "", which has what was refused before any shard saw it.
 */
export function* ledgerFamilies(
  { shards, refused, untoldTargets, snapshot }: Books,
  isWanted: (target: string) => boolean,
): Generator<MetricFamily> {
  const all = booksOf(shards).filter(({ target }) => isWanted(target));
  const told = all.filter(({ target }) => !untoldTargets.has(target));
  const refusedBooks = { target: "", ledger: refused, merged: 0, pending: 0 };
  const counted = isWanted("") ? [refusedBooks, ...told] : told;
  yield counter(OFFERED, counted);
  yield {
    name: "tachograph_timings_rejected",
    help: "Timings that were rejected, by the reason.",
    type: "counter",
    samples: rejectedSamples(counted),
  };
  for (const family of SHARD_FAMILIES) yield counter(family, told);
  yield {
    name: "tachograph_timings_pending",
    help: "Timings that are accepted and not merged yet.",
    type: "gauge",
    samples: samplesOf(all, ({ pending }) => pending),
  };
  yield {
    name: "tachograph_ledger_balanced",
    help: "1 if the books add up, else 0.",
    type: "gauge",
    samples: [{ labels: [], value: Number(snapshot.ledger.isBalanced) }],
  };
}

/** By target, in the order of their names. */
function booksOf(shards: readonly ShardBooks[]): TargetBooks[] {
  const books = new Map<string, TargetBooks>();
  for (const { target, ledger, merged, pending } of shards) {
    let sum = books.get(target);
    if (sum === undefined) {
      sum = { target, ledger: emptyLedger(), merged: 0, pending: 0 };
      books.set(target, sum);
    }
    addLedger(sum.ledger, ledger);
    sum.merged += merged;
    sum.pending += pending;
  }
  return [...books.values()].toSorted((one, other) => (one.target < other.target ? -1 : 1));
}

function counter({ name, help, valueOf }: BooksFamily, all: readonly TargetBooks[]): NumberFamily {
  return { name, help, type: "counter", samples: samplesOf(all, valueOf) };
}

function samplesOf(all: readonly TargetBooks[], valueOf: BooksFamily["valueOf"]): NumberSample[] {
  return all.map((books) => ({ labels: [["target", books.target]], value: valueOf(books) }));
}

/** Every reason from the beginning, so that the first one of its kind is an increase. */
function* rejectedSamples(all: readonly TargetBooks[]): Generator<NumberSample> {
  for (const { target, ledger } of all) {
    for (const reason of REJECTION_REASONS) {
      const labels = [["target", target] as const, ["reason", reason] as const];
      yield { labels, value: ledger.rejected[reason] ?? 0 };
    }
  }
}
