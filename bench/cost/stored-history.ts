import { config } from "../../src/configured.ts";
import { rollupJson } from "../../durable-objects/storage/d1-rollups.ts";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { DISTRIBUTIONS } from "../lib/distributions.ts";

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** Beyond so many hardly a bucket is added: the rest is counted with them. */
const MAX_DRAWN = 200_000;
const SEED = 8;
const AT = Date.UTC(2026, 10, 20);

/** Bytes that a series has in D1 once as much is deleted as comes in: its rows as they are sent there. */
export function historyBytes(timingsPerSecond: number): number {
  const { minutesDays, hoursDays, daysDays } = config.retention;
  const bytes = (seconds: number): number => rowBytes(timingsPerSecond * seconds);
  return (
    minutesDays * 1_440 * bytes(MINUTE_SECONDS) +
    hoursDays * 24 * bytes(HOUR_SECONDS) +
    daysDays * bytes(DAY_SECONDS)
  );
}

function rowBytes(timings: number): number {
  const random = seededRandom(SEED);
  const builder = new AggregateBuilder();
  const drawn = Math.max(Math.min(Math.round(timings), MAX_DRAWN), 1);
  const draw = DISTRIBUTIONS["log-normal"];
  if (draw === undefined) throw new Error("there is no log-normal distribution");
  for (let i = 0; i < drawn; i++) builder.record(Math.round(draw(random)), 0);
  const key = { stepMs: 60_000, target: "meta", operation: "events", at: AT, part: 0 } as const;
  return rollupJson(key, builder.finish()).length;
}
