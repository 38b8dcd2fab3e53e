import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { handleRequest } from "../../src/api/router.ts";
import type { LimitView } from "../../src/wire/permits.ts";
import {
  call,
  coordinatorOf,
  evict,
  getJson,
  moveClock,
  shardOf,
  stopClock,
  until,
} from "./api.ts";

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());

interface ProblemBody extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly reason: string }[];
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function send(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = body === undefined ? { method } : { method, body: text };
  const response = await call(`/v1/limits${path}`, token, init);
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: answer === "" ? null : JSON.parse(answer),
  };
}

const post = (path: string, body?: unknown, tenant = "acme"): Promise<Answer> =>
  send("POST", path, `${tenant}-ingest`, body);

/** A target of this test's own, with a limit set at run time. */
async function limited(target: string, capacity: number, refillPerMinute: number): Promise<string> {
  const { status } = await send("PUT", `/${target}`, "acme-admin", { capacity, refillPerMinute });
  expect(status).toBe(200);
  return target;
}

const view = (target: string, tenant = "acme"): Promise<LimitView> =>
  getJson<LimitView>(`/v1/limits/${target}`, `${tenant}-read`);

/** What must be a problem of this status, with whole and consistent headers. */
function problem({ status, headers, body }: Answer, expected: number): ProblemBody {
  expect([status, body]).toEqual([expected, expect.anything()]);
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  const fields = body as ProblemBody;
  expect(fields.status).toBe(expected);
  expect(fields.detail.length).toBeGreaterThan(20);
  return fields;
}

const pointers = (answer: Answer): string[] =>
  (problem(answer, 400).errors ?? []).map(({ pointer }) => pointer);

function rateLimitHeaders({ headers }: Answer): Record<string, string | null> {
  const names = ["RateLimit-Policy", "RateLimit", "X-RateLimit-Limit"];
  names.push("X-RateLimit-Remaining", "X-RateLimit-Reset");
  return Object.fromEntries(names.map((name) => [name, headers.get(name)]));
}

describe("GET", () => {
  test("the defaults have limits before anybody asks for a permit", async () => {
    const { limits } = await getJson<{ limits: LimitView[] }>("/v1/limits", "globex-read");
    const rules = limits.map(({ target, capacity, refillPerMinute, available }) => [
      target,
      capacity,
      refillPerMinute,
      available,
    ]);
    expect(rules).toEqual([
      ["google", 1_000, 100, 1_000],
      ["meta", 200, 10, 200],
      ["pinterest", 5_000, 5_000, 5_000],
      ["reddit", 5_000, 5_000, 5_000],
      ["tiktok", 10, 1, 10],
    ]);
  });

  test("what was taken shows, in one target's view and in the list", async () => {
    expect((await post("/reddit/take", { permits: 7 })).status).toBe(200);
    const expected = { target: "reddit", capacity: 5_000, available: 4_993, granted: 7, denied: 0 };
    expect(await view("reddit")).toMatchObject({ ...expected, outstanding: 0, blockedUntil: null });
    const { limits } = await getJson<{ limits: LimitView[] }>("/v1/limits", "acme-read");
    expect(limits.find(({ target }) => target === "reddit")).toMatchObject(expected);
  });

  test("a target with a limit set at run time is in the list", async () => {
    await limited("shop-listed", 5, 1);
    await until("the coordinator knows it", async () => {
      moveClock(1_500);
      return (await coordinatorOf("acme").limitTargets()).includes("shop-listed");
    });
    const { limits } = await getJson<{ limits: LimitView[] }>("/v1/limits", "acme-read");
    const names = limits.map(({ target }) => target);
    expect(names).toEqual(names.toSorted());
    expect(limits).toContainEqual(await view("shop-listed"));
  });

  test("a target without a limit is not found, and told how to set one", async () => {
    const answers = [
      await send("GET", "/shop", "acme-read"),
      await post("/shop/take"),
      await post("/shop/lease", { holder: "edge-1", permits: 1 }),
      await post("/shop/feedback", { status: 429 }),
      await send("DELETE", "/shop", "acme-admin"),
    ];
    for (const answer of answers)
      expect(problem(answer, 404).detail).toContain("PUT /v1/limits/shop");
  });

  test("what is no name is refused, and a colon may be encoded", async () => {
    for (const target of ["Meta", "%E0%A4%A", "a%2Fb", "_x", "x".repeat(65)]) {
      problem(await send("GET", `/${target}`, "acme-read"), 400);
      problem(await post(`/${target}/take`), 400);
      problem(
        await send("PUT", `/${target}`, "acme-admin", { capacity: 1, refillPerMinute: 1 }),
        400,
      );
    }
    await limited("eu:shop", 3, 1);
    const { target } = await view("eu%3Ashop");
    expect(target).toBe("eu:shop");
  });

  test("a shard that does not answer is named; without the coordinator the configured remain", async () => {
    const get = async (bindings: object): Promise<Answer> => {
      const headers = { Authorization: "Bearer acme-read" };
      const request = new Request("http://tachograph.test/v1/limits", { headers });
      const answer = await handleRequest(
        request,
        { ...env, ...bindings },
        createExecutionContext(),
      );
      return { status: answer.status, headers: answer.headers, body: await answer.json() };
    };
    const error = vi.spyOn(console, "error").mockReturnValue();
    const dead = { getByName: () => ({ limitTargets: () => Promise.reject(new Error("gone")) }) };
    const { status, body } = await get({ COORDINATOR: dead });
    expect([status, (body as { limits: unknown[] }).limits]).toEqual([200, expect.any(Array)]);
    const shards = {
      getByName: (name: string) =>
        name === "acme/tiktok#0"
          ? { limit: () => Promise.reject(new Error("gone")) }
          : env.TIMING_SHARD.getByName(name),
    };
    const { status: partly, body: part } = await get({ TIMING_SHARD: shards });
    const { limits, missing } = part as { limits: LimitView[]; missing: string[] };
    expect([partly, missing]).toEqual([200, ["tiktok"]]);
    const names = limits.map(({ target }) => target);
    expect(names).toEqual(expect.arrayContaining(["google", "meta", "pinterest", "reddit"]));
    expect(names).not.toContain("tiktok");
    expect(error).toHaveBeenCalledTimes(2);
    const none = { getByName: () => ({ limit: () => Promise.reject(new Error("gone")) }) };
    const answer = await get({ TIMING_SHARD: none });
    expect(problem(answer, 503).detail).toMatch(/Shard 0 of .* did not answer/);
    expect(answer.headers.get("Retry-After")).toBe("1");
    error.mockRestore();
  });

  test("a target that nobody knows is not found without making its shard", async () => {
    const asked: string[] = [];
    const shards = {
      getByName: (name: string) => {
        asked.push(name);
        return env.TIMING_SHARD.getByName(name);
      },
    };
    const fetched = async (method: string, path: string, more: object, body?: object) => {
      const headers = { Authorization: "Bearer acme-admin" };
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const request = new Request(`http://tachograph.test/v1/limits/${path}`, init);
      const bindings = { ...env, TIMING_SHARD: shards, ...more } as unknown as Env;
      const answer = await handleRequest(request, bindings, createExecutionContext());
      return answer.status;
    };
    const calls = [
      ["GET", "", undefined],
      ["POST", "/take", {}],
      ["POST", "/lease", { holder: "edge-1", permits: 1 }],
      ["POST", "/feedback", { status: 429 }],
      ["DELETE", "", undefined],
    ] as const;
    for (const [method, path, body] of calls) {
      expect(await fetched(method, `never-heard-of${path}`, {}, body)).toBe(404);
    }
    expect(asked).toEqual([]);
    // Without the coordinator the shard is asked: permits must not depend on both.
    const error = vi.spyOn(console, "error").mockReturnValue();
    const dead = { getByName: () => ({ limitTargets: () => Promise.reject(new Error("gone")) }) };
    expect(await fetched("POST", "nearly-unheard/take", { COORDINATOR: dead }, {})).toBe(404);
    expect(asked).toEqual(["acme/nearly-unheard#0"]);
    error.mockRestore();
  });

  test("a limit that was set a moment ago is known to whoever asks next", async () => {
    await limited("just-now", 5, 1);
    expect(await coordinatorOf("acme").limitTargets()).toContain("just-now");
    expect((await post("/just-now/take")).status).toBe(200);
  });

  test("a limit whose target the coordinator does not take in is not said to work", async () => {
    const audited: unknown[] = [];
    const audit = (entry: unknown): Promise<void> => {
      audited.push(entry);
      return Promise.resolve();
    };
    const limitTargets = (): Promise<string[]> => Promise.resolve(["meta"]);
    const strange = { getByName: () => ({ limitTargets, audit }) };
    const request = new Request("http://tachograph.test/v1/limits/one-too-many", {
      method: "PUT",
      headers: { Authorization: "Bearer acme-admin" },
      body: JSON.stringify({ capacity: 5, refillPerMinute: 5 }),
    });
    const bindings = { ...env, COORDINATOR: strange } as unknown as Env;
    const answer = await handleRequest(request, bindings, createExecutionContext());
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("at most 64 targets");
    // It is stored all the same.
    expect(audited).toMatchObject([{ action: "limit.set", subject: "one-too-many" }]);
  });
});

describe("take", () => {
  test("a permit by default, and the headers of every answer", async () => {
    const target = await limited("take-one", 200, 10);
    const first = await post(`/${target}/take`);
    expect(first).toMatchObject({
      status: 200,
      body: { granted: 1, available: 199, resetMs: 6_000 },
    });
    expect(rateLimitHeaders(first)).toEqual({
      "RateLimit-Policy": '"take-one";q=200;w=1200',
      RateLimit: '"take-one";r=199;t=6',
      "X-RateLimit-Limit": "200",
      "X-RateLimit-Remaining": "199",
      "X-RateLimit-Reset": "6",
    });
    expect((await post(`/${target}/take`, {})).body).toMatchObject({ granted: 1, available: 198 });
    const several = await post(`/${target}/take`, { permits: 8, note: "ignored" });
    expect(several.body).toEqual({ granted: 8, available: 190, resetMs: 60_000 });
    expect(several.headers.get("X-RateLimit-Reset")).toBe("60");
    expect(several.headers.get("RateLimit")).toBe('"take-one";r=190;t=6');
  });

  test("an empty bucket denies with the time at which there will be a permit", async () => {
    const target = await limited("take-empty", 4, 8);
    expect((await post(`/${target}/take`, { permits: 4 })).status).toBe(200);
    moveClock(400);
    const denied = await post(`/${target}/take`);
    expect(problem(denied, 429)).toMatchObject({
      type: "urn:tachograph:problem:too-many-requests",
      target,
      reason: "empty",
      retryAfterMs: 7_100,
      blockedUntil: null,
      place: null,
      available: 0,
      resetMs: 29_600,
    });
    expect(denied.headers.get("Retry-After")).toBe("8");
    expect(rateLimitHeaders(denied)).toEqual({
      "RateLimit-Policy": `"${target}";q=4;w=30`,
      RateLimit: `"${target}";r=0;t=8`,
      "X-RateLimit-Limit": "4",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": "30",
    });
    moveClock(7_099);
    expect((await post(`/${target}/take`)).status).toBe(429);
    moveClock(1);
    expect((await post(`/${target}/take`)).body).toMatchObject({ granted: 1, available: 0 });
    expect(await view(target)).toMatchObject({ granted: 5, denied: 2 });
  });

  test("more than the bucket holds can never succeed", async () => {
    const target = await limited("take-never", 10, 1);
    const answer = await post(`/${target}/take`, { permits: 11 });
    const body = problem(answer, 422);
    expect(body).toMatchObject({ reason: "never", available: 10, target });
    expect(body.detail).toMatch(/never.*holds 10.*fewer/);
    expect(answer.headers.get("Retry-After")).toBeNull();
    expect(rateLimitHeaders(answer)["RateLimit"]).toBe(`"${target}";r=10`);
  });

  test("capacity 0 is closed", async () => {
    const target = await limited("take-closed", 0, 10);
    const answer = await post(`/${target}/take`);
    expect(problem(answer, 429)).toMatchObject({ reason: "closed", available: 0 });
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    expect(rateLimitHeaders(answer)).toMatchObject({
      "RateLimit-Policy": `"${target}";q=0`,
      RateLimit: `"${target}";r=0`,
      "X-RateLimit-Limit": "0",
    });
    problem(await post(`/${target}/lease`, { holder: "edge-1", permits: 1 }), 429);
  });

  test("who waits in line goes before newcomers, also for a batch", async () => {
    const target = await limited("take-line", 1, 1);
    expect((await post(`/${target}/take`)).status).toBe(200);
    const waiting = problem(await post(`/${target}/take`, { wait: true }), 429);
    expect(waiting.place).toEqual(expect.any(String));
    moveClock(Number(waiting.retryAfterMs));
    const newcomer = problem(await post(`/${target}/take`), 429);
    expect(newcomer).toMatchObject({ reason: "line" });
    moveClock(1_000);
    const { place } = waiting;
    expect((await post(`/${target}/take`, { place })).status).toBe(200);
    const shared = [
      problem(await post(`/${target}/take`, { wait: { sharedBy: 2 } }), 429),
      problem(await post(`/${target}/take`, { wait: { sharedBy: 2 } }), 429),
    ];
    moveClock(Math.max(...shared.map(({ retryAfterMs }) => Number(retryAfterMs))) + 1_000);
    expect((await post(`/${target}/take`, { places: shared.map((one) => one.place) })).status).toBe(
      200,
    );
    expect((await view(target)).waiting).toBe(0);
  });

  test.each([0, -1, 0.5, "1", 10_000_001, 1e300, null, true, [1]])(
    "permits %j are refused",
    async (permits) => {
      const answer = await post("/meta/take", { permits });
      expect(pointers(answer)).toEqual(["/permits"]);
      expect((answer.body as ProblemBody).errors?.[0]?.reason).toContain("1 to 10000000");
    },
  );

  test("every fault is named in one answer", async () => {
    const body = { permits: "x", wait: { sharedBy: 0 }, place: 7, places: ["a", 1] };
    expect(pointers(await post("/meta/take", body))).toEqual([
      "/permits",
      "/wait",
      "/place",
      "/places",
    ]);
  });

  test("a body must be a JSON object of at most 16 KiB", async () => {
    for (const body of ["[]", "null", "7", '"x"', "{", '{"permits":1e999}', "{}{}"]) {
      problem(await post("/meta/take", body), 400);
    }
    const long = (length: number): string => JSON.stringify({ note: "x".repeat(length - 11) });
    expect((await post("/google/take", long(16_384))).status).toBe(200);
    problem(await post("/google/take", long(16_385)), 413);
    for (const path of ["/meta/lease", "/meta/feedback"]) problem(await post(path), 400);
    problem(await send("PUT", "/meta", "acme-admin"), 400);
  });
});

describe("lease", () => {
  interface Lease {
    readonly leaseId: string;
    readonly permits: number;
    readonly expiresAt: number;
  }

  async function lease(target: string, body: object): Promise<Lease> {
    const { status, body: answer } = await post(`/${target}/lease`, body);
    expect(status).toBe(200);
    return answer as Lease;
  }

  test("what is spent settles the earlier lease, and the rest comes back", async () => {
    const target = await limited("lease-settle", 100, 0);
    const first = await post(`/${target}/lease`, { holder: "edge-1", permits: 50 });
    expect(first).toMatchObject({ status: 200, body: { permits: 50, available: 50 } });
    expect(first.body).toHaveProperty("expiresAt", Date.now() + 10_000);
    expect(first.body).toHaveProperty("lifeMs", 10_000);
    expect(rateLimitHeaders(first)).toMatchObject({
      "RateLimit-Policy": `"${target}";q=100`,
      RateLimit: `"${target}";r=50`,
      "X-RateLimit-Remaining": "50",
    });
    expect(await view(target)).toMatchObject({ outstanding: 50, available: 50, granted: 50 });
    const next = await lease(target, { holder: "edge-1", permits: 30, spent: 12 });
    expect(next.leaseId).toMatch(/^edge-1\../);
    expect(await view(target)).toMatchObject({ outstanding: 30, available: 58, returned: 38 });
    const { leaseId } = next;
    const settled = await post(`/${target}/lease`, {
      holder: "edge-1",
      permits: 0,
      spent: 30,
      leaseId,
    });
    expect(settled).toMatchObject({
      status: 200,
      body: { leaseId: null, permits: 0, expiresAt: null, available: 58 },
    });
    expect(await view(target)).toMatchObject({ outstanding: 0, available: 58 });
  });

  test("fewer than asked when that is all, and 429 when there is nothing", async () => {
    const target = await limited("lease-few", 10, 6);
    expect(await lease(target, { holder: "edge-1", permits: 7 })).toMatchObject({ permits: 7 });
    expect(await lease(target, { holder: "edge-2", permits: 7 })).toMatchObject({ permits: 3 });
    const denied = await post(`/${target}/lease`, { holder: "edge-3", permits: 7 });
    expect(problem(denied, 429)).toMatchObject({ reason: "empty", available: 0 });
    expect(Number(denied.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    expect(denied.headers.get("RateLimit")).toMatch(/^"lease-few";r=0/);
  });

  test("an unknown lease: of nobody, of another holder, expired, of another tenant", async () => {
    const target = await limited("lease-unknown", 100, 60);
    const ask = (holder: string, leaseId: string, tenant = "acme"): Promise<Answer> =>
      post(`/${target}/lease`, { holder, permits: 1, spent: 0, leaseId }, tenant);
    const { leaseId } = await lease(target, { holder: "edge-1", permits: 10 });
    for (const answer of [await ask("edge-1", "edge-1.nope"), await ask("edge-2", leaseId)]) {
      expect(problem(answer, 404).type).toBe("urn:tachograph:problem:unknown-lease");
      expect((answer.body as ProblemBody).detail).toContain("without leaseId");
      expect(answer.headers.get("RateLimit")).not.toBeNull();
    }
    const rule = { capacity: 100, refillPerMinute: 60 };
    await send("PUT", `/${target}`, "globex-admin", rule);
    problem(await ask("edge-1", leaseId, "globex"), 404);
    expect(await view(target)).toMatchObject({ outstanding: 10 });
    moveClock(15_001);
    problem(await ask("edge-1", leaseId), 404);
    expect(await view(target)).toMatchObject({ outstanding: 0, expired: 10 });
  });

  test("more spent than leased is refused, and changes nothing", async () => {
    const target = await limited("lease-above", 100, 0);
    await lease(target, { holder: "edge-1", permits: 10 });
    const before = await view(target);
    const answer = await post(`/${target}/lease`, { holder: "edge-1", permits: 5, spent: 11 });
    expect(problem(answer, 422).errors).toEqual([
      { pointer: "/spent", reason: "must be at most 10, the permits of the lease" },
    ]);
    expect(await view(target)).toEqual(before);
  });

  test.each([
    [{ permits: 1 }, ["/holder"]],
    [{ holder: "Edge", permits: 1 }, ["/holder"]],
    [{ holder: "edge-1" }, ["/permits"]],
    [{ holder: "edge-1", permits: 0 }, ["/permits"]],
    [{ holder: "edge-1", permits: -1, spent: 0 }, ["/permits"]],
    [{ holder: "edge-1", permits: 1.5 }, ["/permits"]],
    [{ holder: "edge-1", permits: 1, spent: -1 }, ["/spent"]],
    [{ holder: "edge-1", permits: 1, spent: 0.5 }, ["/spent"]],
    [{ holder: "edge-1", permits: 1, leaseId: "a" }, ["/leaseId"]],
    [{ holder: "edge-1", permits: 1, spent: 1, leaseId: "" }, ["/leaseId"]],
    [{ permits: "1", spent: "1", leaseId: 1 }, ["/holder", "/permits", "/spent", "/leaseId"]],
  ])("%j is refused at %j", async (body, expected) => {
    expect(pointers(await post("/meta/lease", body))).toEqual(expected);
  });
});

describe("feedback", () => {
  test("closes the bucket for everybody until then", async () => {
    const target = await limited("feedback-429", 100, 60);
    const answer = await post(`/${target}/feedback`, { status: 429, retryAfterMs: 30_000 });
    const blockedUntil = Date.now() + 30_000;
    expect(answer).toMatchObject({ status: 200, body: { target, blockedUntil, available: 0 } });
    expect((answer.body as LimitView).blockedReason).toContain("30 s");
    const denied = await post(`/${target}/take`);
    expect(problem(denied, 429)).toMatchObject({ reason: "closed", blockedUntil, available: 0 });
    expect(denied.headers.get("Retry-After")).toBe("30");
    expect(denied.headers.get("RateLimit")).toBe(`"${target}";r=0;t=30`);
    await evict(shardOf("acme", target));
    expect(await view(target)).toMatchObject({ blockedUntil });
    moveClock(31_000);
    expect((await post(`/${target}/take`)).status).toBe(200);
  });

  test("is taken back by an admin, and by nobody else", async () => {
    const target = await limited("feedback-undone", 100, 60);
    await post(`/${target}/feedback`, { status: 429, retryAfterMs: 86_400_000 });
    problem(await send("DELETE", `/${target}/feedback`, "acme-ingest"), 403);
    expect((await view(target)).blockedUntil).not.toBeNull();
    const opened = await send("DELETE", `/${target}/feedback`, "acme-admin");
    expect(opened).toMatchObject({ status: 200, body: { blockedUntil: null, refillRate: 1 } });
    expect((await post(`/${target}/take`)).status).toBe(200);
    // What it held when it was closed is not there again.
    problem(await post(`/${target}/take`), 429);
  });

  test("Retry-After as the platform wrote it: seconds, a date, a date that is over", async () => {
    const closedMs = async (target: string, retryAfter: string): Promise<number> => {
      await limited(target, 100, 60);
      const { body } = await post(`/${target}/feedback`, { status: 429, retryAfter });
      return Number((body as LimitView).blockedUntil) - Date.now();
    };
    expect(await closedMs("feedback-seconds", "120")).toBe(120_000);
    const date = (inMs: number): string => new Date(Date.now() + inMs).toUTCString();
    const untilDate = await closedMs("feedback-date", date(90_000));
    expect(untilDate).toBeGreaterThan(89_000);
    expect(untilDate).toBeLessThanOrEqual(90_000);
    for (const useless of [date(-90_000), "soon", "-5", ""]) {
      // Without a time the bucket guesses one: a second at first.
      expect(await closedMs(`feedback-${useless.length}`, useless)).toBe(1_000);
    }
  });

  test("a year is capped at a day, and the answer says so", async () => {
    for (const [target, body] of [
      ["feedback-year", { status: 429, retryAfterMs: 31_536_000_000 }],
      ["feedback-year-text", { status: 429, retryAfter: "31536000" }],
    ] as const) {
      await limited(target, 100, 60);
      const answer = await post(`/${target}/feedback`, body);
      expect(answer.body).toMatchObject({ blockedUntil: Date.now() + 86_400_000 });
      expect((answer.body as LimitView).blockedReason).toMatch(/31536000 s, of which 86400 s/);
    }
  });

  test("what is no refusal closes nothing, but a high usage slows the refill", async () => {
    const target = await limited("feedback-slow", 100, 60);
    const fine = await post(`/${target}/feedback`, { status: 200, usedPercent: 40 });
    expect(fine.body).toMatchObject({ blockedUntil: null, refillRate: 1, blockedReason: null });
    const slow = await post(`/${target}/feedback`, { status: 200, usedPercent: 90 });
    expect(slow.body).toMatchObject({ blockedUntil: null, refillRate: 0.5 });
    expect((slow.body as LimitView).blockedReason).toContain("90 %");
    const code = await post(`/${target}/feedback`, { status: 400, isLimited: true, code: 613 });
    expect((code.body as LimitView).blockedReason).toContain("code 613");
  });

  test.each([
    [{}, ["/status"]],
    [{ status: "429" }, ["/status"]],
    [{ status: 99 }, ["/status"]],
    [{ status: 600 }, ["/status"]],
    [{ status: 429, retryAfterMs: -1 }, ["/retryAfterMs"]],
    [{ status: 429, retryAfterMs: "30" }, ["/retryAfterMs"]],
    [{ status: 429, retryAfter: 30 }, ["/retryAfter"]],
    [{ status: 429, retryAfter: "30", retryAfterMs: 1 }, ["/retryAfter"]],
    [
      { status: 429, usedPercent: -1, code: 1.5, isLimited: 1 },
      ["/usedPercent", "/code", "/isLimited"],
    ],
  ])("%j is refused at %j", async (body, expected) => {
    expect(pointers(await post("/meta/feedback", body))).toEqual(expected);
    expect((await view("meta")).blockedUntil).toBeNull();
  });
});

describe("PUT and DELETE", () => {
  test("an override replaces the configuration, survives an eviction, and goes again", async () => {
    const rule = { capacity: 42, refillPerMinute: 1.666 };
    const set = await send("PUT", "/tiktok", "acme-admin", { ...rule, note: "ignored" });
    expect(set).toMatchObject({ status: 200, body: { ...rule, isOverridden: true } });
    await evict(shardOf("acme", "tiktok"));
    expect(await view("tiktok")).toMatchObject({ ...rule, available: 42, isOverridden: true });
    expect(await view("tiktok", "globex")).toMatchObject({ capacity: 10, isOverridden: false });
    const back = await send("DELETE", "/tiktok", "acme-admin");
    const configured = { capacity: 10, refillPerMinute: 1, available: 10, isOverridden: false };
    expect(back).toMatchObject({ status: 200, body: configured });
    await evict(shardOf("acme", "tiktok"));
    expect(await view("tiktok")).toMatchObject(configured);
  });

  test("without a configured limit nothing remains", async () => {
    await limited("gone", 5, 5);
    expect(await send("DELETE", "/gone", "acme-admin")).toMatchObject({ status: 204, body: null });
    problem(await send("GET", "/gone", "acme-read"), 404);
    problem(await send("DELETE", "/gone", "acme-admin"), 404);
  });

  test.each([
    [{}, ["/capacity", "/refillPerMinute"]],
    [{ capacity: -1, refillPerMinute: 1 }, ["/capacity"]],
    [{ capacity: 1.5, refillPerMinute: 1 }, ["/capacity"]],
    [{ capacity: 100_000_001, refillPerMinute: 1 }, ["/capacity"]],
    [{ capacity: 1, refillPerMinute: -1 }, ["/refillPerMinute"]],
    [{ capacity: 1, refillPerMinute: 0.0001 }, ["/refillPerMinute"]],
    [{ capacity: "1", refillPerMinute: 1e300 }, ["/capacity", "/refillPerMinute"]],
  ])("%j is refused at %j", async (body, expected) => {
    expect(pointers(await send("PUT", "/meta", "acme-admin", body))).toEqual(expected);
  });
});

describe("who may", () => {
  test("two tenants share no bucket", async () => {
    expect((await post("/pinterest/take", { permits: 4_000 }, "globex")).status).toBe(200);
    expect((await view("pinterest", "globex")).available).toBe(1_000);
    expect((await view("pinterest")).available).toBe(5_000);
    await post("/pinterest/feedback", { status: 429, retryAfterMs: 60_000 }, "globex");
    expect((await post("/pinterest/take")).status).toBe(200);
    expect((await post("/pinterest/take", {}, "globex")).status).toBe(429);
  });

  test("each call needs its scope", async () => {
    const rule = { capacity: 1, refillPerMinute: 1 };
    const refused = [
      await send("GET", "", "acme-ingest"),
      await send("GET", "/meta", "acme-ingest"),
      await send("POST", "/meta/take", "acme-read", {}),
      await send("POST", "/meta/lease", "acme-read", { holder: "edge-1", permits: 1 }),
      await send("POST", "/meta/feedback", "acme-read", { status: 429 }),
      await send("PUT", "/meta", "acme-ingest", rule),
      await send("DELETE", "/meta", "acme-read"),
    ];
    for (const answer of refused) problem(answer, 403);
    problem(await send("PUT", "/meta", "nobody", rule), 401);
    expect((await send("POST", "/meta/take", "acme-admin")).status).toBe(200);
  });

  test("another method is told which there are", async () => {
    const allowed = async (method: string, path: string): Promise<string | null> => {
      const answer = await send(method, path, "acme-admin");
      problem(answer, 405);
      return answer.headers.get("Allow");
    };
    expect(await allowed("POST", "")).toBe("GET, HEAD");
    expect(await allowed("POST", "/meta")).toBe("GET, HEAD, PUT, DELETE");
    expect(await allowed("GET", "/meta/take")).toBe("POST");
    problem(await send("POST", "/meta/other", "acme-admin"), 404);
  });

  test("the buckets that guard this API are only to be read", async () => {
    const rule = { capacity: 1_000_000, refillPerMinute: 1_000_000 };
    const refused = [
      await send("PUT", "/api.free", "acme-admin", rule),
      await send("DELETE", "/api.free", "acme-admin"),
      await post("/api.free/take"),
      await post("/api.free/lease", { holder: "edge-1", permits: 1 }),
      await post("/api.free/feedback", { status: 429 }),
    ];
    for (const answer of refused) expect(problem(answer, 403).detail).toContain("plan");
    expect(await view("api.free")).toMatchObject({ capacity: 100, refillPerMinute: 100 });
  });
});
