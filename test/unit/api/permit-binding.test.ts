import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takePermits } from "../../../src/api/permit-binding.ts";
import { takeReports } from "../../../src/api/report-binding.ts";
import { RIDING_PERMITS_DEADLINE_MS } from "../../../src/wire/deadlines.ts";
import type { PermitRequest } from "../../../src/wire/permits.ts";
import { encodeShardAnswer } from "../../../src/wire/shard-message.ts";
import { columnsOf } from "../../support/columns.ts";

vi.mock("../../../src/configured.ts", async () => {
  const actual = await import("../../../src/config.ts");
  return { config: actual.parseConfig({}) };
});

const REPORT_TIMEOUT_MS = 5_000;

let logged: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  vi.useFakeTimers();
  logged = vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const request = (target: string): PermitRequest => ({
  target,
  holder: "edge",
  leaseId: "edge.1",
  need: 1,
  want: 0,
  settlements: [],
  signals: [],
});

/** Shards that take every report at once, of which some never answer about permits. */
function shards(isSilent: (target: string) => boolean): { readonly env: Env; asked: string[] } {
  const asked: string[] = [];
  const namespace = {
    getByName: (name: string) => ({
      permit: (text: string): Promise<string> => {
        const { target }: PermitRequest = JSON.parse(text);
        asked.push(target);
        if (isSilent(target)) return new Promise(() => {});
        const answer = { kind: "granted", target, permits: 1, lifeMs: 10_000 };
        return Promise.resolve(JSON.stringify(answer));
      },
      report: () => {
        expect(name).toMatch(/^acme\//);
        const counted = { accepted: 1, duplicate: false, rejected: {}, rejectedAt: [] };
        return Promise.resolve(encodeShardAnswer({ ok: true, ...counted, flushMs: 2_000 }));
      },
    }),
  };
  return { env: { TIMING_SHARD: namespace } as unknown as Env, asked };
}

/** Whether a promise is settled so far. */
function settled(promise: Promise<unknown>): () => boolean {
  let isSettled = false;
  void promise.finally(() => (isSettled = true));
  return () => isSettled;
}

describe("permits that ride along with a report", () => {
  it("are late after two seconds, and the timings are acknowledged", async () => {
    const { env } = shards((target) => target === "meta");
    const at = Date.now();
    const columns = columnsOf([{ operation: "events", at, durationUs: 5_000, outcome: 0 }], at);
    const answering = takeReports(env, "acme", {
      reporter: "edge",
      reports: [{ target: "meta", sequence: 1, columns, givenUp: 0 }],
      permits: [request("meta"), request("google")],
    });
    const isSettled = settled(answering);
    await vi.advanceTimersByTimeAsync(RIDING_PERMITS_DEADLINE_MS - 1);
    expect(isSettled()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isSettled()).toBe(true);
    expect(await answering).toMatchObject({
      ok: true,
      results: [{ ok: true, target: "meta", accepted: 1 }],
      permits: [
        { kind: "failed", target: "meta", reason: "unavailable" },
        { kind: "granted", target: "google", permits: 1 },
      ],
    });
    expect(logged).toHaveBeenCalled();
    expect(RIDING_PERMITS_DEADLINE_MS).toBeLessThan(REPORT_TIMEOUT_MS / 2);
  });

  it("have one deadline for all: whose turn has not come by then is not asked any more", async () => {
    const { env, asked } = shards((target) => target !== "last");
    const names = [...Array.from({ length: 63 }, (_, i) => `silent-${i}`), "last"];
    const answering = takePermits(env, "acme", names.map(request));
    const isSettled = settled(answering);
    await vi.advanceTimersByTimeAsync(RIDING_PERMITS_DEADLINE_MS);
    expect(isSettled()).toBe(true);
    const answers = await answering;
    expect(answers.map(({ target }) => target)).toEqual(names);
    for (const answer of answers) {
      expect(answer).toMatchObject({ kind: "failed", reason: "unavailable" });
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(names.slice(0, 16));
  });

  it("are answered at once when all shards do", async () => {
    const { env, asked } = shards(() => false);
    const names = Array.from({ length: 40 }, (_, i) => `quick-${i}`);
    const answers = await takePermits(env, "acme", names.map(request));
    expect(answers).toEqual(
      names.map((target) => ({ kind: "granted", target, permits: 1, lifeMs: 10_000 })),
    );
    expect(asked).toHaveLength(40);
    expect(vi.getTimerCount()).toBe(0);
    expect(logged).not.toHaveBeenCalled();
  });

  it("are refused with the whole report if a target is asked for twice", async () => {
    const { env, asked } = shards(() => false);
    const permits = [request("meta"), request("google"), request("meta")];
    expect(await takeReports(env, "acme", { reporter: "edge", reports: [], permits })).toEqual({
      ok: false,
      reason: "invalid",
      detail: "permits of a target may be asked for once in a request",
    });
    expect(asked).toEqual([]);
  });
});
