import type { RetentionConfig } from "../config.ts";
import { withDeadline } from "../deadline.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, STEPS_MS } from "../merge/slot-time.ts";
import type { StepMs } from "../merge/tenant-store.ts";
import { type RollupSink, SINK_DEADLINE_MS } from "./ports.ts";

/** How often old rollups are looked for. */
const EVERY_MS = HOUR_MS;

/** Series whose old rows are deleted in one call. */
const SERIES_PER_CALL = 20;

export interface RetentionHealth {
  readonly lastRunAt: number | null;
  readonly deleted: number;
  readonly lastError: string | null;
}

/** Per length of rollup, the time before which rollups are deleted. */
export function keptFrom(
  retention: RetentionConfig,
  nowMs: number,
): Readonly<Record<StepMs, number>> {
  return {
    [MINUTE_MS]: nowMs - retention.minutesDays * DAY_MS,
    [HOUR_MS]: nowMs - retention.hoursDays * DAY_MS,
    [DAY_MS]: nowMs - retention.daysDays * DAY_MS,
  };
}

/** Deletes rollups that are older than the configuration keeps them, a few at a time. */
export class Retention {
  readonly #rollups: RollupSink;
  readonly #config: RetentionConfig;
  #lastRunAt: number | null = null;
  #deleted = 0;
  #lastError: string | null = null;

  constructor(rollups: RollupSink, config: RetentionConfig) {
    this.#rollups = rollups;
    this.#config = config;
  }

  /** Runs if an hour has passed. A failure is kept for the health page and tried again in an hour. */
  async run(nowMs: number): Promise<void> {
    if (this.#lastRunAt !== null && Math.abs(nowMs - this.#lastRunAt) < EVERY_MS) return;
    this.#lastRunAt = nowMs;
    try {
      const limits = keptFrom(this.#config, nowMs);
      for (const stepMs of STEPS_MS) {
        await this.#deleteBefore(stepMs, limits[stepMs]);
      }
      this.#lastError = null;
    } catch (cause) {
      this.#lastError = cause instanceof Error ? cause.message : String(cause);
      console.warn("old history could not be deleted; it is tried again in an hour", cause);
    }
  }

  health(): RetentionHealth {
    return { lastRunAt: this.#lastRunAt, deleted: this.#deleted, lastError: this.#lastError };
  }

  async #deleteBefore(stepMs: StepMs, before: number): Promise<void> {
    const series = await inTime(this.#rollups.listSeries(stepMs));
    for (let i = 0; i < series.length; i += SERIES_PER_CALL) {
      const some = series.slice(i, i + SERIES_PER_CALL);
      // A call deletes a bounded number, so it is repeated until there is nothing left.
      for (;;) {
        const deleted = await inTime(this.#rollups.deleteBefore(stepMs, before, some));
        // What does not say how many it deleted has an end, too.
        if (!(deleted > 0)) break;
        this.#deleted += deleted;
      }
    }
  }
}

/** The outbox runs after it, so a call that never ends must not hold up all history. */
function inTime<Result>(call: Promise<Result>): Promise<Result> {
  return withDeadline(call, SINK_DEADLINE_MS, "D1's answer");
}
