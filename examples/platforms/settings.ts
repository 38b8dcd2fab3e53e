import * as v from "valibot";
import type { Platform } from "./platform.ts";

/** The shortest and longest median and p99 that may be asked for. */
export const MIN_LATENCY_MS = 1;
export const MAX_LATENCY_MS = 30_000;

/** Far above every published rate: a guard against slips of the finger. */
export const MAX_LIMIT_PER_MINUTE = 10_000_000;

const latencyMs = v.pipe(v.number(), v.minValue(MIN_LATENCY_MS), v.maxValue(MAX_LATENCY_MS));
const rate = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const entries = {
  /** Half of the answers take no longer. */
  medianMs: latencyMs,
  /** 99 of 100 answers take no longer. At least `medianMs`. */
  p99Ms: latencyMs,
  /** The share of calls that the platform fails, 0–1. */
  errorRate: rate,
  /** The share of calls that get no answer within 30 s, 0–1. */
  timeoutRate: rate,
  /** Calls that are let through in a minute; a window of 0 refuses all. */
  limitPerMinute: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_LIMIT_PER_MINUTE)),
  /**
   * Makes the limit a strict token bucket: so many calls are let through at once, and they come
   * back continuously at `limitPerMinute`. Null for a fixed window: the limit in each calendar
   * minute.
   */
  burst: v.nullable(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LIMIT_PER_MINUTE)),
  ),
  /** Whether the id of every event in an accepted call is kept, for `/control/{platform}/events`. */
  logEvents: v.boolean(),
  /** Whether the platform is down: every call gets a 503 from its edge. */
  outage: v.boolean(),
};

/** How a simulated platform behaves. Settings that were kept before a field existed lack it. */
export const settingsSchema = v.object({
  ...entries,
  burst: v.optional(entries.burst, null),
  logEvents: v.optional(entries.logEvents, false),
});

/** What `PATCH /control/{platform}` takes: any of the settings, and nothing else. */
export const settingsPatchSchema = v.partial(v.strictObject(entries));

export type Settings = v.InferOutput<typeof settingsSchema>;
export type SettingsPatch = v.InferOutput<typeof settingsPatchSchema>;

/**
 * How the platforms behave until told otherwise. The rates are the published ones where there are
 * any (Pinterest and Reddit 5000 a minute, TikTok 600,000); Meta and Google publish none for these
 * endpoints and get 200 a second. The latencies are plausible, not measured; of Meta it is
 * published that most answers take less than 600 ms. They are such that an event which goes to all
 * five, and so waits for the slowest, takes less than 370 ms in 95 of 100 cases.
 */
export const DEFAULT_SETTINGS: Readonly<Record<Platform, Settings>> = {
  meta: behaviour(80, 350, 0.01, 12_000),
  google: behaviour(45, 250, 0, 12_000),
  tiktok: behaviour(100, 400, 0.01, 600_000),
  pinterest: behaviour(90, 350, 0.005, 5_000),
  reddit: behaviour(100, 400, 0.01, 5_000),
};

function behaviour(
  medianMs: number,
  p99Ms: number,
  errorRate: number,
  limitPerMinute: number,
): Settings {
  const limit = { limitPerMinute, burst: null };
  const rates = { errorRate, timeoutRate: 0.0005 };
  return { medianMs, p99Ms, ...rates, ...limit, logEvents: false, outage: false };
}
