import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { invalidateCache, readCacheLog } from "../../../src/api/cache-binding.ts";
import { takeReports } from "../../../src/api/report-binding.ts";
import { CACHE_FEED_DEADLINE_MS } from "../../../src/wire/deadlines.ts";
import { encodeShardAnswer } from "../../../src/wire/shard-message.ts";
import { columnsOf } from "../../support/columns.ts";

vi.mock("../../../src/configured.ts", async () => {
  const actual = await import("../../../src/config.ts");
  return { config: actual.parseConfig({}) };
});

let logged: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  vi.useFakeTimers();
  logged = vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const SCOPES = [{ kind: "key" as const, key: "k:a" }];

/** A coordinator that answers everything with `answer`. */
function coordinator(answer: () => Promise<unknown>): Env {
  const stub = { cacheLog: answer, invalidateCache: answer };
  return { COORDINATOR: { getByName: () => stub } } as unknown as Env;
}

it("a coordinator that does not answer is unavailable after two seconds", async () => {
  const env = coordinator(() => new Promise(() => {}));
  const asked = [
    readCacheLog(env, "acme", 0),
    invalidateCache(env, "acme", { cache: "cache", scopes: SCOPES, since: 0 }),
  ];
  await vi.advanceTimersByTimeAsync(CACHE_FEED_DEADLINE_MS);
  const late = "the coordinator's answer did not come within 2000 ms";
  expect(await Promise.all(asked)).toEqual([
    { ok: false, reason: "unavailable", detail: late },
    { ok: false, reason: "unavailable", detail: expect.stringContaining("send it again") },
  ]);
  expect(logged).toHaveBeenCalledTimes(2);
});

it("one that fails, at once or later, is unavailable, and the reason is told", async () => {
  for (const env of [
    coordinator(() => Promise.reject(new Error("overloaded"))),
    coordinator(() => {
      throw new Error("overloaded");
    }),
  ]) {
    expect(await readCacheLog(env, "acme", 0)).toEqual({
      ok: false,
      reason: "unavailable",
      detail: "overloaded",
    });
  }
});

/** Reports on a target each; the shards have heard of these versions. */
async function reportTo(heads: readonly (number | undefined)[]): Promise<unknown> {
  const counted = { accepted: 1, duplicate: false, rejected: {}, rejectedAt: [], flushMs: 2_000 };
  const env = {
    TIMING_SHARD: {
      getByName: (name: string) => ({
        report: () => {
          const cacheHead = heads[Number(/t(\d+)/.exec(name)?.[1])];
          if (cacheHead === -1) return Promise.reject(new Error("gone"));
          return Promise.resolve(encodeShardAnswer({ ok: true, ...counted, cacheHead }));
        },
      }),
    },
  } as unknown as Env;
  const at = Date.now();
  const columns = columnsOf([{ operation: "events", at, durationUs: 1, outcome: 0 }], at);
  const reports = heads.map((_, i) => ({ target: `t${i}`, sequence: 1, columns, givenUp: 0 }));
  return takeReports(env, "acme", { reporter: "edge", reports });
}

it("a report is answered with the newest invalidation that any of its shards knows", async () => {
  expect(await reportTo([3, 7, undefined, 5, -1])).toMatchObject({ ok: true, cacheHead: 7 });
  expect(await reportTo([undefined, undefined])).not.toHaveProperty("cacheHead");
  expect(await reportTo([])).not.toHaveProperty("cacheHead");
});
