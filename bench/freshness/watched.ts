import { openStream } from "../lib/stream-client.ts";
import type { System } from "../lib/workerd.ts";
import { Arrivals } from "./arrivals.ts";
import { callAtRandom, type Pace } from "./at-random.ts";
import { countIn } from "./count-in.ts";
import { trackedCall } from "./tracked-call.ts";

const TARGET = "meta";
const WARM_UP_CALLS = 5;

/**
 * From the end of a call in the tracking Worker to the frame that has it, for somebody who watches.
 * The Worker answers with the time at which the call ended, and this machine has one clock.
 */
export async function measureWatched(system: System, pace: Pace): Promise<number[]> {
  const arrivals = new Arrivals();
  const note = (text: string): void => {
    const count = countIn(text, TARGET);
    if (count !== undefined) arrivals.note(count, Date.now());
  };
  const stream = `${system.tachograph.replace("http", "ws")}/v1/stream?targets=${TARGET}&windows=5m`;
  const client = await openStream(stream, "bench-fresh", note);
  try {
    const call = (): Promise<number> => trackedCall(system, TARGET);
    for (let i = 0; i < WARM_UP_CALLS; i++) await call();
    await arrivals.untilCounted(WARM_UP_CALLS);
    const endedAt = await callAtRandom(call, pace, 11);
    await arrivals.untilCounted(WARM_UP_CALLS + endedAt.length);
    return arrivals.delaysMs(endedAt, WARM_UP_CALLS);
  } finally {
    client.close();
  }
}
