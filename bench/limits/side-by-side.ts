import type { BenchTable } from "../lib/bench-table.ts";
import { figure, spread } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import { CONTENDED_RULE, SMALL_RULE } from "./bucket-rule.ts";
import { windowOf } from "./contender.ts";
import { CALLERS } from "./decision-rate.ts";
import type { Entrant } from "./entrant.ts";
import type { Trial } from "./storm.ts";

/** All who keep a limit, in one table. */
export function sideBySide(entrants: readonly Entrant[]): BenchTable {
  const { points, durationS } = windowOf(CONTENDED_RULE);
  return {
    title: `One limit for everybody: ${CALLERS} callers in one Node process; then permits used beyond ${figure(CONTENDED_RULE.capacity)} at once and ${figure(CONTENDED_RULE.refillPerMinute)} a minute while the limit is killed; then emptied, killed, and asked again`,
    columns: [
      "Limit kept by",
      "Decisions/s",
      "Spread",
      "Permits over the limit in storms",
      `Of ${SMALL_RULE.capacity} granted, again after a kill -9`,
    ],
    rows: entrants.map((entrant) => [
      entrant.name,
      figure(median(measured(entrant.rates))),
      entrant.rates.length > 0 ? spread(measured(entrant.rates)) : "–",
      entrant.trial === undefined ? "–" : overOf(entrant.trial),
      entrant.again === undefined ? "–" : forgottenOf(entrant.again),
    ]),
    notes: [
      `Over the limit: of all windows of time the one that exceeds capacity + refill × time the most. rate-limiter-flexible counts points in fixed windows: ${figure(points)} each ${durationS} s is as much at once and in the long run, and twice as much around the end of a window is what it promises`,
      ...entrants.flatMap(({ contender }) => contender?.note ?? []),
      ...entrants.flatMap(({ name, why }) => (why === undefined ? [] : `${name}: ${why}`)),
    ],
    data: Object.fromEntries(entrants.flatMap(dataOf)),
  };
}

function overOf({ worstExcess, worstUsed, worstAllowed, crashes }: Trial): string {
  const over = Math.max(0, worstExcess);
  const share = Math.max(0, (worstUsed / worstAllowed - 1) * 100);
  return `${figure(over)} (+${figure(share)} %), ${crashes} × kill -9`;
}

function forgottenOf(again: number): string {
  return again === 0 ? "0: it remembers" : `${figure(again)}: it forgets`;
}

/** Without the repetitions in which it had broken. */
function measured(rates: readonly number[]): number[] {
  return rates.filter((rate) => Number.isFinite(rate));
}

function dataOf({ name, rates, trial, again }: Entrant): [string, number | readonly number[]][] {
  return [
    [`${name}: decisions/s`, measured(rates)],
    ...(trial === undefined
      ? []
      : Object.entries(trial).map(([key, value]): [string, number] => [`${name}: ${key}`, value])),
    ...(again === undefined ? [] : [[`${name}: granted again`, again] as [string, number]]),
  ];
}
