import type { BenchTable } from "../lib/bench-table.ts";
import { figure, spread } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import { CONTENDED_RULE, SMALL_RULE } from "./bucket-rule.ts";
import { windowOf } from "./contender.ts";
import { CALLERS } from "./decision-rate.ts";
import type { Entrant } from "./entrant.ts";
import type { Trial } from "./storm.ts";

/** From so many processors on, who asks holds back who is measured. */
const BUSY_CLIENT_CPUS = 0.8;

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
      "Decisions/s are those of a client and a limit together, on the same processors: Redis is asked over one connection that pipelines, all others over HTTP, a keep-alive connection for each caller",
      ...busyClients(entrants),
      ...entrants.flatMap(({ contender }) => contender?.note ?? []),
      ...entrants.flatMap(({ name, why }) => (why === undefined ? [] : `${name}: ${why}`)),
    ],
    data: Object.fromEntries(entrants.flatMap(dataOf)),
  };
}

function busyClients(entrants: readonly Entrant[]): string[] {
  const busy = entrants.flatMap(({ name, clientCpus }) =>
    median(clientCpus) < BUSY_CLIENT_CPUS || clientCpus.length === 0
      ? []
      : `${name} (${figure(median(clientCpus))})`,
  );
  return busy.length === 0
    ? []
    : [`The client is what bounds decisions/s (its processors): ${busy.join(", ")}`];
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

function dataOf({
  name,
  rates,
  clientCpus,
  trial,
  again,
}: Entrant): [string, number | readonly number[]][] {
  return [
    [`${name}: decisions/s`, measured(rates)],
    [`${name}: processors of the client`, clientCpus],
    ...(trial === undefined
      ? []
      : Object.entries(trial).map(([key, value]): [string, number] => [`${name}: ${key}`, value])),
    ...(again === undefined ? [] : [[`${name}: granted again`, again] as [string, number]]),
  ];
}
