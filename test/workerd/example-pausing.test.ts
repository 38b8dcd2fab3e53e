import { applyD1Migrations, createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../../examples/tracking-worker/env.ts";
import { PausedPlatforms } from "../../examples/tracking-worker/pausing/paused-platforms.ts";
import { answerPlatforms } from "../../examples/tracking-worker/pausing/platforms-api.ts";
import { track } from "../../examples/tracking-worker/track.ts";
import { tachograph } from "../../src/client/index.ts";
import { ownNamespace, ownTracker } from "./own-bindings.ts";

const TRACKER = ownTracker();
const CACHE = ownNamespace(env.CLIENT_KV);
const CACHE_TWIN = ownNamespace(env.CLIENT_KV_TWIN);

const bindings = { DB: env.CLIENT_DB, CACHE };

/** What the platforms were sent. */
let called: string[];
const PLATFORMS = {
  fetch: (request: Request) => {
    called.push(new URL(request.url).hostname);
    return Promise.resolve(Response.json({}));
  },
};
const exampleEnv = { ...bindings, TACHOGRAPH: TRACKER, PLATFORMS } as unknown as Env;

beforeAll(() => applyD1Migrations(env.CLIENT_DB, env.EXAMPLE_MIGRATIONS));
beforeEach(async () => {
  called = [];
  await ask("/meta/resume", "POST");
});
afterEach(() => vi.restoreAllMocks());

function paused(over: Pick<Env, "DB" | "CACHE"> = bindings): PausedPlatforms {
  return new PausedPlatforms(over, tachograph(TRACKER, createExecutionContext()));
}

async function ask(path: string, method = "GET"): Promise<[status: number, body: unknown]> {
  const request = new Request(`https://example.com/api/platforms${path}`, { method });
  const response = await answerPlatforms(request, paused());
  return [response.status, await response.json()];
}

async function post(platforms: readonly string[]): Promise<unknown> {
  const body = JSON.stringify({ event: "Lead", platforms });
  const context = createExecutionContext();
  const request = new Request("https://example.com/track", { method: "POST", body });
  const response = await track(request, exampleEnv, context);
  await waitOnExecutionContext(context);
  return response.json();
}

describe("a platform that is paused", () => {
  it("gets no events until it goes on, and the others do", async () => {
    expect(await post(["meta", "google"])).toMatchObject({
      platforms: { meta: { outcome: "ok" }, google: { outcome: "ok" } },
    });
    expect(await ask("/meta/pause", "POST")).toEqual([200, { paused: ["meta"] }]);
    called = [];
    expect(await post(["meta", "google"])).toMatchObject({
      platforms: { meta: { outcome: "paused" }, google: { outcome: "ok" } },
    });
    expect(called).toHaveLength(1);
    expect(await ask("/meta/resume", "POST")).toEqual([200, { paused: [] }]);
    expect(await post(["meta"])).toMatchObject({ platforms: { meta: { outcome: "ok" } } });
  });

  it("is neither delivered nor failed", async () => {
    await ask("/meta/pause", "POST");
    await env.CLIENT_DB.exec("DELETE FROM deliveries");
    await post(["meta", "google"]);
    const counts = "SELECT platform, delivered, failed FROM deliveries";
    expect((await env.CLIENT_DB.prepare(counts).all()).results).toEqual([
      { platform: "google", delivered: 1, failed: 0 },
    ]);
  });

  it("is known without the database, once it was read", async () => {
    await ask("/meta/pause", "POST");
    expect(await paused().list()).toEqual(["meta"]);
    // Behind the cache's back.
    await env.CLIENT_DB.exec("DELETE FROM paused_platforms");
    expect(await paused().list()).toEqual(["meta"]);
  });

  it("is none when the database does not answer", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    // It has no tables, and nothing was cached of it.
    const down = { DB: env.CLIENT_DB_TWIN, CACHE: CACHE_TWIN };
    expect(await paused(down).known()).toEqual(new Set());
    await expect(paused(down).list()).rejects.toThrow("no such table");
  });
});

describe("/api/platforms", () => {
  it("pauses twice as once", async () => {
    await ask("/meta/pause", "POST");
    expect(await ask("/meta/pause", "POST")).toEqual([200, { paused: ["meta"] }]);
    expect(await ask("")).toEqual([200, { paused: ["meta"] }]);
  });

  it.each([
    ["/nobody/pause", "POST", 404],
    ["/meta/stop", "POST", 404],
    ["/meta/pause/now", "POST", 404],
    ["/meta", "GET", 404],
    ["/meta/pause", "GET", 405],
    ["", "POST", 405],
  ])("answers %s %s with %i", async (path, method, status) => {
    expect((await ask(path, method))[0]).toBe(status);
    expect(await ask("")).toEqual([200, { paused: [] }]);
  });
});
