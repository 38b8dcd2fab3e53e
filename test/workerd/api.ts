import { evictDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import type { Coordinator, TimingShard } from "../../src/worker.ts";

/** How far the tests' clock is ahead of the real one, so that no alarm goes off by itself. */
const AHEAD_MS = 24 * 3_600_000;

/**
 * Puts the clock of all objects under the test's control. Alarms are kept by workerd's own clock,
 * which is a day behind: they go off when a test runs them and not before.
 */
export function stopClock(at = Date.now() + AHEAD_MS): void {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
}

/** The same, but between the test's own moves the clock goes on as the real one does. */
export function setClockAhead(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + AHEAD_MS, shouldAdvanceTime: true });
}

/** Moves the clock and returns the time that it then shows. */
export function moveClock(durationMs: number): number {
  const at = Date.now() + durationMs;
  vi.setSystemTime(at);
  return at;
}

/**
 * Waits until something has come true. It takes real time, and the stopped clock stays where it is
 * (`vi.waitUntil` would move it).
 */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`it never came true that ${what}`);
}

export function coordinatorOf(tenant: string): DurableObjectStub<Coordinator> {
  return env.COORDINATOR.getByName(tenant);
}

export function shardOf(tenant: string, target: string, k = 0): DurableObjectStub<TimingShard> {
  return env.TIMING_SHARD.getByName(`${tenant}/${target}#${k}`);
}

/** Takes an object's memory away, if it has any. */
export async function evict(stub: DurableObjectStub): Promise<void> {
  try {
    await evictDurableObject(stub);
  } catch (cause) {
    if (!String(cause).includes("not currently running")) throw cause;
  }
}

/** A request with the token `TENANT-SCOPE`. */
export function call(
  path: string,
  token: string,
  init: RequestInit<RequestInitCfProperties> = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return exports.default.fetch(`http://tachograph.test${path}`, { ...init, headers });
}

export async function getJson<Body>(path: string, token: string): Promise<Body> {
  const response = await call(path, token);
  if (response.status !== 200)
    throw new Error(`${path}: ${response.status}, ${await response.text()}`);
  return response.json<Body>();
}

/** One timing as `POST /v1/timings` takes it. */
export interface ApiTiming {
  readonly target: string;
  readonly operation?: string;
  readonly durationMs: number;
  readonly outcome?: string;
  readonly at?: number;
  readonly measures?: Readonly<Record<string, number>>;
  readonly traceId?: string;
  readonly spanId?: string;
}

export interface IntakeAnswer {
  readonly accepted: number;
  readonly duplicate: boolean;
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

export function postTimings(
  tenant: string,
  timings: readonly ApiTiming[],
  numbered?: { readonly reporter: string; readonly sequence: number },
): Promise<Response> {
  return call("/v1/timings", `${tenant}-ingest`, {
    method: "POST",
    body: JSON.stringify({ ...numbered, timings }),
  });
}

/** Posts timings, all of which must be taken. */
export async function take(
  tenant: string,
  timings: readonly ApiTiming[],
  numbered?: { readonly reporter: string; readonly sequence: number },
): Promise<IntakeAnswer> {
  const response = await postTimings(tenant, timings, numbered);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<IntakeAnswer>();
}

export interface ApiWindow {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  readonly histogram?: string;
}

export interface ApiSeries {
  readonly target: string;
  readonly operation: string;
  readonly windows: Readonly<Record<string, ApiWindow>>;
}

export interface ApiLedger {
  readonly offered: number;
  readonly accepted: number;
  readonly merged: number;
  readonly pending: number;
  readonly duplicates: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly isBalanced: boolean;
}

export interface ApiLive {
  readonly tenant: string;
  readonly epoch: string;
  readonly seq: number;
  readonly at: number;
  readonly coverage: { readonly missing: readonly string[] };
  readonly series: readonly ApiSeries[];
  readonly ledger: ApiLedger;
}

export interface ApiPoint extends ApiWindow {
  readonly at: number;
  readonly stepMs: number;
}

export function live(tenant: string): Promise<ApiLive> {
  return getJson(`/v1/live`, `${tenant}-read`);
}

export async function history(
  tenant: string,
  query: Readonly<Record<string, string | number>>,
): Promise<readonly ApiPoint[]> {
  const text = new URLSearchParams(
    Object.entries(query).map(([key, value]) => [key, String(value)]),
  );
  const body = await getJson<{ points: readonly ApiPoint[] }>(
    `/v1/history?${text.toString()}`,
    `${tenant}-read`,
  );
  return body.points;
}
