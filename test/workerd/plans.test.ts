import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { PlanGuard, type PlanBucket } from "../../src/api/plan-guard.ts";
import { handleRequest } from "../../src/api/router.ts";
import { moveClock, shardOf, stopClock } from "./api.ts";

/** A route that answers without an object's help: what is counted is the guard's calls alone. */
const CHEAP = "/v1/live?window=never";

const PLANS = ["free", "pro", "enterprise", "unlimited"] as const;

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());

let tenant = "";
let tenants = 0;
beforeEach(() => {
  tenants += 1;
  tenant = `payer-${tenants}`;
});
afterEach(() => vi.restoreAllMocks());

/** Tokens `TENANT.PLAN` of this test's tenant and of its neighbour. */
function tokens(): string {
  const entries = [tenant, `${tenant}-next`].flatMap((name) =>
    PLANS.map((plan) => [`${name}.${plan}`, { tenant: name, scopes: ["admin"], plan }]),
  );
  return JSON.stringify(Object.fromEntries(entries));
}

interface Sending {
  readonly path?: string;
  readonly of?: string;
  readonly bindings?: Partial<Env>;
  readonly init?: RequestInit<RequestInitCfProperties>;
}

/** A request of this test's tenant, and what rides behind it. */
async function send(plan: string, sending: Sending = {}): Promise<Response> {
  const { path = CHEAP, of = tenant, bindings, init } = sending;
  const headers = new Headers(init?.headers);
  headers.set("Authorization", `Bearer ${of}.${plan}`);
  const request = new Request(`http://tachograph.test${path}`, { ...init, headers });
  const ctx = createExecutionContext();
  const response = await handleRequest(request, { ...env, TOKENS: tokens(), ...bindings }, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

/** Sends until the answer is 429, and returns how many were let through. */
async function exhaust(plan: string, most: number, sending?: Sending): Promise<number> {
  for (let sent = 0; sent <= most; sent++) {
    const { status } = await send(plan, sending);
    if (status === 429) return sent;
  }
  return most + 1;
}

/** Shards that count what is asked of them, or fail. */
function shards(behave: "count" | "fail" | "hang") {
  const asked = { permits: 0, views: 0 };
  const namespace = {
    getByName: (name: string): PlanBucket => {
      const shard = env.TIMING_SHARD.getByName(name);
      const run = <Answer>(call: () => PromiseLike<Answer>): Promise<Answer> => {
        if (behave === "fail") return Promise.reject(new Error("no such shard"));
        if (behave === "hang") return new Promise(() => {});
        return Promise.resolve(call());
      };
      return {
        permit: (request) => {
          asked.permits += 1;
          return run(() => shard.permit(request));
        },
        limit: () => {
          asked.views += 1;
          return run(() => shard.limit());
        },
      };
    },
  };
  return { asked, bindings: { TIMING_SHARD: namespace as unknown as Env["TIMING_SHARD"] } };
}

describe("a plan's limit", () => {
  test("a tenant has the requests of its plan, and then a 429 that says when to come back", async () => {
    expect(await exhaust("free", 110)).toBe(100);
    const denied = await send("free");
    expect(denied.status).toBe(429);
    expect(denied.headers.get("Content-Type")).toBe("application/problem+json");
    expect(Number(denied.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    expect(denied.headers.get("RateLimit-Policy")).toBe('"api";q=100;w=60');
    expect(denied.headers.get("RateLimit")).toBe('"api";r=0;t=1');
    expect(denied.headers.get("X-RateLimit-Limit")).toBe("100");
    expect(denied.headers.get("X-RateLimit-Remaining")).toBe("0");
    expect(denied.headers.get("X-RateLimit-Reset")).toBe("60");
    const body = await denied.json<Record<string, unknown>>();
    expect(body).toMatchObject({ status: 429, policy: "api", plan: "free" });
    expect(body.detail).toMatch(/plan free allows 100 requests a minute/);
    moveClock(1_000 * Number(denied.headers.get("Retry-After")) + 200);
    expect((await send("free")).status).not.toBe(429);
    moveClock(60_000);
    expect(await exhaust("free", 110)).toBe(100);
  });

  test("requests that come all at once have no fewer than those that come in turn", async () => {
    const burst = async (): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: 150 }, () => send("free")));
      return answers.filter(({ status }) => status !== 429).length;
    };
    expect(await burst()).toBe(100);
    moveClock(75_000);
    // Used a moment ago, so that it is leased in advance now; what is out then is told with it.
    await send("free");
    moveClock(5_000);
    expect([99, 100]).toContain(await burst());
  });

  test("one tenant's burst touches neither its neighbour nor its own other plan", async () => {
    await exhaust("free", 110);
    expect((await send("free", { of: `${tenant}-next` })).status).not.toBe(429);
    expect((await send("pro")).headers.get("RateLimit-Policy")).toBe('"api";q=500;w=60');
    const enterprise = await send("enterprise");
    expect(enterprise.headers.get("RateLimit-Policy")).toBe('"api";q=2000;w=60');
    expect((await send("free")).status).toBe(429);
    const neighbour = await shardOf(`${tenant}-next`, "api.free").limit();
    expect(neighbour).toMatchObject({ denied: 0 });
  });

  test("every answer carries it: found, not found, forbidden, empty and streamed", async () => {
    const seen = async (path: string, init?: RequestInit<RequestInitCfProperties>) => {
      const response = await send("free", init === undefined ? { path } : { path, init });
      expect(response.headers.get("RateLimit-Policy")).toContain('"api";q=100;w=60');
      await response.body?.cancel();
      return [response.status, response.headers.get("X-RateLimit-Remaining")];
    };
    expect(await seen("/v1/limits/api.free")).toEqual([200, "99"]);
    expect(await seen("/v1/limits/nothing")).toEqual([404, "98"]);
    expect(await seen("/v1/live?window=never")).toEqual([400, "97"]);
    expect(await seen("/v1/limits/api.free", { method: "DELETE" })).toEqual([403, "96"]);
    expect(await seen("/v1/live", { method: "HEAD" })).toEqual([200, "95"]);
    const stream = { headers: { Accept: "text/event-stream" } };
    expect(await seen("/v1/stream", stream)).toEqual([200, "94"]);
  });

  test("the target's own limit comes first where an answer has two", async () => {
    const rule = JSON.stringify({ capacity: 7, refillPerMinute: 60 });
    await send("free", { path: "/v1/limits/shop", init: { method: "PUT", body: rule } });
    const took = await send("free", { path: "/v1/limits/shop/take", init: { method: "POST" } });
    expect(took.headers.get("RateLimit-Policy")).toBe('"shop";q=7;w=7, "api";q=100;w=60');
    expect(took.headers.get("RateLimit")).toBe('"shop";r=6;t=1, "api";r=98;t=1');
    expect(took.headers.get("X-RateLimit-Limit")).toBe("7");
  });

  test("an upgrade is one request, and the socket works", async () => {
    const init = { headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": "tachograph.v1" } };
    const response = await send("free", { path: "/v1/stream", init });
    expect(response.status).toBe(101);
    expect(response.headers.get("Sec-WebSocket-Protocol")).toBe("tachograph.v1");
    expect(response.headers.get("RateLimit")).toBe('"api";r=99;t=1');
    const socket = response.webSocket;
    const first = new Promise<string>((resolve) => {
      socket?.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
    });
    socket?.accept();
    expect(JSON.parse(await first)).toMatchObject({ type: "hello" });
    socket?.close(1000);
    expect((await send("free")).headers.get("X-RateLimit-Remaining")).toBe("98");
  });

  test("an unlimited plan has no limit, no headers, and asks nobody", async () => {
    const { asked, bindings } = shards("count");
    expect(await exhaust("unlimited", 120, { bindings })).toBe(121);
    expect(asked).toEqual({ permits: 0, views: 0 });
    expect((await send("unlimited")).headers.get("RateLimit")).toBeNull();
  });

  test("who has no token takes no permit", async () => {
    const response = await send("nothing");
    expect(response.status).toBe(401);
    expect(response.headers.get("RateLimit")).toBeNull();
  });
});

describe("the lease", () => {
  test("steady use is mostly answered without asking, and every request is counted", async () => {
    const { asked, bindings } = shards("count");
    const requests = 400;
    for (let sent = 0; sent < requests; sent++) {
      expect((await send("enterprise", { bindings })).status).toBe(400);
      moveClock(20);
    }
    // 50 a second for 8 s: the guard leases about a second's worth ahead.
    expect(asked.permits).toBeLessThan(requests / 8);
    moveClock(15_100);
    const view = await shardOf(tenant, "api.enterprise").limit();
    // All that was used was told in time; only what was left at the end has expired.
    expect(view).toMatchObject({ outstanding: 0 });
    expect(view?.expired).toBeLessThan(120);
    expect(Number(view?.granted) - Number(view?.returned)).toBeGreaterThanOrEqual(requests);
  });

  test("two isolates together stay within the plan", async () => {
    const rule = { capacity: 100, refillPerMinute: 100 };
    const guards = ["entry-a", "entry-b", "entry-c"].map(
      (holder) => new PlanGuard("api.free", rule, holder, Date.now()),
    );
    const startedAt = Date.now();
    const behind: Promise<void>[] = [];
    let admitted = 0;
    for (let round = 0; round < 200; round++) {
      const decisions = await Promise.all(
        guards.map((guard) =>
          guard.admit({
            bucket: () => shardOf(tenant, "api.free"),
            now: () => Date.now(),
            keepAlive: (promise) => behind.push(promise),
          }),
        ),
      );
      admitted += decisions.filter(({ kind }) => kind === "admitted").length;
      expect(decisions.every(({ kind }) => kind !== "unreached")).toBe(true);
      moveClock(50);
    }
    await Promise.all(behind);
    const most = 100 + ((Date.now() - startedAt) * 100) / 60_000;
    expect(admitted).toBeLessThanOrEqual(most);
    // What one of them has leased and does not use is missing to the others for a while.
    expect(admitted).toBeGreaterThan(0.85 * most);
  });
});

describe("a bucket that cannot be reached", () => {
  test("lets requests through, is left alone for a second, and is logged once a minute", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    // Whatever an earlier test let through was logged more than a minute ago.
    moveClock(120_000);
    const { asked, bindings } = shards("fail");
    for (let sent = 0; sent < 150; sent++) {
      const response = await send("free", { bindings });
      expect(response.status).toBe(400);
      expect(response.headers.get("RateLimit-Policy")).toBe('"api";q=100;w=60');
    }
    expect(asked.permits).toBe(1);
    expect(error).toHaveBeenCalledTimes(1);
    expect(error.mock.calls[0]?.[0]).toMatch(/1 requests were let through.*payer/);
    moveClock(61_000);
    await send("free", { bindings });
    expect(asked.permits).toBe(2);
    expect(error).toHaveBeenCalledTimes(2);
    expect(error.mock.calls[1]?.[0]).toMatch(/150 requests were let through/);
    moveClock(1_001);
    expect(await exhaust("free", 110)).toBe(100);
  });

  test("one that does not answer costs a request two seconds at most", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { bindings } = shards("hang");
    // How long is waited shows in what is waited for, however busy the machine is.
    const waits: unknown[] = [];
    const start = globalThis.setTimeout;
    vi.spyOn(globalThis, "setTimeout").mockImplementation((run, delayMs) => {
      waits.push(delayMs);
      return start(run, 0);
    });
    const answers = await Promise.all([send("free", { bindings }), send("free", { bindings })]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    expect(waits).toEqual([2_000, 2_000]);
  });
});
