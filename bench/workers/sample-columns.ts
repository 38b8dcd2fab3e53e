import type { TimingColumns } from "../../src/wire/timing-columns.ts";
import { logNormal } from "../lib/random.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

const OPERATIONS = ["events", "events.batch", "debug"] as const;
const MEDIAN_US = [120_000, 260_000, 45_000] as const;
const SIGMA = 0.45;

/** Outcomes as positions in `OUTCOMES`: mostly ok, some error, timeout, rate_limited. */
function outcomeFor(at: number): number {
  if (at < 0.97) return 0;
  return at < 0.985 ? 1 : at < 0.99 ? 2 : 3;
}

/**
 * Timings as a client reports them: three operations, log-normal durations, ended over the last
 * quarter of a second.
 */
export function sampleColumns(count: number, seed: number, baseAt: number): TimingColumns {
  const random = seededRandom(seed);
  const durationUs = new Int32Array(count);
  const atOffsetMs = new Int32Array(count);
  const operationIndex = new Uint8Array(count);
  const outcome = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const operation = count === 1 || random() < 0.7 ? 0 : random() < 0.8 ? 1 : 2;
    operationIndex[i] = operation;
    durationUs[i] = Math.round(logNormal(random, MEDIAN_US[operation], SIGMA));
    atOffsetMs[i] = Math.floor((i / count) * 250);
    outcome[i] = outcomeFor(random());
  }
  // Like the client, name only what occurs.
  const operations = OPERATIONS.slice(0, Math.max(...operationIndex) + 1);
  return { operations, baseAt, durationUs, atOffsetMs, operationIndex, outcome };
}
