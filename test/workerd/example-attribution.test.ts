import { applyD1Migrations, createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { MODELS } from "../../examples/tracking-worker/attribution/attribute.ts";
import { attributionParts } from "../../examples/tracking-worker/attribution/attribution-parts.ts";
import { answerAttribution } from "../../examples/tracking-worker/attribution/attribution-api.ts";
import { CreditStore } from "../../examples/tracking-worker/attribution/credit-store.ts";
import { countDeliveries } from "../../examples/tracking-worker/attribution/delivery-counts.ts";
import {
  type JourneyEvent,
  JourneyStore,
  RETENTION_MS,
} from "../../examples/tracking-worker/attribution/journey-store.ts";
import { Journeys } from "../../examples/tracking-worker/attribution/journeys.ts";
import {
  type Queries,
  runQueries,
} from "../../examples/tracking-worker/attribution/run-queries.ts";
import { recordEvent } from "../../examples/tracking-worker/attribution/record-event.ts";
import {
  DEFAULT_RUN_LIMITS,
  runAttribution,
} from "../../examples/tracking-worker/attribution/run-attribution.ts";
import { WHOLE_MILLIONTHS } from "../../examples/tracking-worker/attribution/share-out.ts";
import { SESSION_IDLE_MS, upkeep } from "../../examples/tracking-worker/attribution/upkeep.ts";
import { tachograph } from "../../src/client/index.ts";
import { FakeJourneyCache } from "./fake-journey-cache.ts";
import { FakeRecorder } from "./fake-recorder.ts";
import { ownNamespace, ownTracker } from "./own-bindings.ts";

const TRACKER = ownTracker();
const CACHE = ownNamespace(env.CLIENT_KV);

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;
const TABLES = [
  "touchpoints",
  "conversions",
  "credits",
  "leads",
  "sessions",
  "deliveries",
  "cached_journeys",
];

let events = 0;
let cache: FakeJourneyCache;
let recorder: FakeRecorder;
/** What the queries record. */
let timings: FakeRecorder;
let queries: Queries;
let store: JourneyStore;
let credits: CreditStore;
let journeys: Journeys;

beforeAll(() => applyD1Migrations(env.CLIENT_DB, env.EXAMPLE_MIGRATIONS));

// Of what fails on purpose.
beforeEach(() => vi.spyOn(console, "error").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

beforeEach(async () => {
  await env.CLIENT_DB.batch(TABLES.map((table) => env.CLIENT_DB.prepare(`DELETE FROM ${table}`)));
  cache = new FakeJourneyCache();
  recorder = new FakeRecorder(NOW);
  timings = new FakeRecorder(NOW);
  queries = runQueries(env.CLIENT_DB, timings, cache);
  store = new JourneyStore(queries);
  credits = new CreditStore(queries);
  journeys = new Journeys(store, cache);
});

const parts = () => ({ journeys, credits, cache, recorder });

async function touch(
  visitor: string,
  channel: string | undefined,
  at: number,
  more: Partial<JourneyEvent> = {},
): Promise<void> {
  events += 1;
  const event = { event: "PageView", id: `event-${events}`, value: 0, visitor, channel, ...more };
  await journeys.record(event, at);
}

async function get(path: string, method = "GET"): Promise<{ status: number; body: unknown }> {
  const request = new Request(`https://example.com/api/attribution${path}`, { method });
  const response = await answerAttribution(request, parts());
  return { status: response.status, body: await response.json() };
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await env.CLIENT_DB.prepare(sql).all()).results;
}

/** A sale of 100 after search, e-mail and social. */
async function sell(visitor: string, id: string, at: number): Promise<void> {
  await touch(visitor, "search", at - 3 * DAY_MS);
  await touch(visitor, "email", at - 2 * DAY_MS, { event: "Lead" });
  await touch(visitor, "social", at, { event: "Purchase", id, value: 100 });
}

describe("recording an event", () => {
  it("stores it once, however often it is posted", async () => {
    const purchase = { event: "Purchase", id: "order-1", value: 49.9 };
    await touch("v1", "email", NOW, purchase);
    await touch("v1", "email", NOW + 5_000, purchase);
    expect(await rows("SELECT visitor, at, channel, is_lead FROM touchpoints")).toEqual([
      { visitor: "v1", at: NOW, channel: "email", is_lead: 0 },
    ]);
    expect(await rows("SELECT id, visitor, at, value, attributed_at FROM conversions")).toEqual([
      { id: "order-1", visitor: "v1", at: NOW, value: 49.9, attributed_at: null },
    ]);
  });

  it("keeps one session open, whatever comes first, and a new one after that has ended", async () => {
    await touch("v1", "email", NOW);
    await touch("v1", undefined, NOW + 1_000);
    await touch("v1", "email", NOW - 1_000);
    expect(await rows("SELECT state, started_at, touched_at FROM sessions")).toEqual([
      { state: "active", started_at: NOW, touched_at: NOW + 1_000 },
    ]);
    const later = NOW + SESSION_IDLE_MS + 1_001;
    expect(await upkeep(queries, later)).toMatchObject({ sessions: 1 });
    await touch("v1", "email", later);
    const sessions = await rows("SELECT state, touched_at FROM sessions ORDER BY id");
    expect(sessions.map(({ state }) => state)).toEqual(["ended", "active"]);
  });

  it("makes a lead of a Lead, and its touchpoint says so", async () => {
    await touch("v1", "ads", NOW, { event: "Lead", id: "lead-1" });
    expect(await rows("SELECT id, created_at, processed_at FROM leads")).toEqual([
      { id: "lead-1", created_at: NOW, processed_at: null },
    ]);
    expect(await rows("SELECT is_lead FROM touchpoints")).toEqual([{ is_lead: 1 }]);
    expect(await upkeep(queries, NOW + 60_000)).toMatchObject({ leads: 1 });
    expect(await rows("SELECT processed_at FROM leads")).toEqual([{ processed_at: NOW + 60_000 }]);
  });

  it("has the caches forget a journey once, and only one that they have", async () => {
    await touch("v1", "ads", NOW);
    expect(cache.invalidated).toEqual([]);
    expect((await journeys.of("v1", NOW))[0]?.touchpoints).toHaveLength(1);
    await touch("v1", "email", NOW + 1);
    await touch("v1", "email", NOW + 2);
    expect(cache.invalidated).toEqual([{ kind: "tag", tag: "visitor:v1" }]);
    expect((await journeys.of("v1", NOW))[0]?.touchpoints).toHaveLength(3);
  });

  it("has the caches forget it again with the next event, if they did not hear of it", async () => {
    await touch("v1", "ads", NOW);
    await journeys.of("v1", NOW);
    cache.isPublishing = false;
    await touch("v1", "email", NOW + 1);
    cache.isPublishing = true;
    await touch("v1", "email", NOW + 2);
    await touch("v1", "email", NOW + 3);
    const tag = { kind: "tag", tag: "visitor:v1" };
    expect(cache.invalidated).toEqual([tag, tag]);
  });
});

describe("runAttribution", () => {
  it("credits every due conversion under every model, each adding up to a whole", async () => {
    for (let sale = 0; sale < 7; sale += 1)
      await sell(`v${sale % 3}`, `s${sale}`, NOW - sale * 60_000 - 5_000);
    await touch("v9", undefined, NOW - 5_000, { event: "Purchase", id: "direct", value: 1 });
    await touch("v9", "email", NOW - 500, { event: "Purchase", id: "too-new" });
    const limits = { ...DEFAULT_RUN_LIMITS, batchSize: 3 };
    const report = { batches: 3, attributed: 8, failed: 0, hasMore: false };
    expect(await runAttribution(parts(), limits)).toEqual(report);
    const sums = await rows(
      "SELECT conversion, model, sum(millionths) AS total FROM credits GROUP BY conversion, model",
    );
    expect(sums).toHaveLength(8 * MODELS.length);
    expect(new Set(sums.map(({ total }) => total))).toEqual(new Set([WHOLE_MILLIONTHS]));
    expect(await rows("SELECT channel FROM credits WHERE conversion = 'direct'")).toEqual(
      MODELS.map(() => ({ channel: "direct" })),
    );
    expect(await rows("SELECT id FROM conversions WHERE attributed_at IS NULL")).toEqual([
      { id: "too-new" },
    ]);
    expect(recorder.recorded).toEqual(Array(3).fill("attribution batch ok"));
  });

  it("changes nothing when it runs again, and finishes what died half-way", async () => {
    await sell("v1", "s1", NOW - 5_000);
    await runAttribution(parts());
    const before = await rows("SELECT * FROM credits");
    expect(await runAttribution(parts())).toMatchObject({ batches: 0, attributed: 0 });
    await env.CLIENT_DB.exec("UPDATE conversions SET attributed_at = NULL");
    expect(await runAttribution(parts())).toMatchObject({ batches: 1, attributed: 1 });
    expect(await rows("SELECT * FROM credits")).toEqual(before);
  });

  it("reads at most so many journeys at a time, each visitor's once", async () => {
    for (let visitor = 0; visitor < 12; visitor += 1)
      await sell(`v${visitor}`, `s${visitor}`, NOW - 5_000);
    await runAttribution(parts());
    expect(cache.mostAtOnce).toBe(DEFAULT_RUN_LIMITS.parallel);
    expect(cache.loads.filter((key) => key.startsWith("user-journeys:"))).toHaveLength(12);
  });

  it("reads a journey anew when the cache does not know of its conversion yet", async () => {
    await touch("v1", "ads", NOW - 60_000);
    await journeys.of("v1", NOW);
    // As in another isolate, which this one's cache has not heard of.
    await store.record(
      { event: "Purchase", id: "s1", value: 5, visitor: "v1", channel: "email" },
      NOW - 5_000,
    );
    await runAttribution(parts());
    expect(
      await rows("SELECT channel, millionths FROM credits WHERE model = 'linear' ORDER BY channel"),
    ).toEqual([
      { channel: "ads", millionths: 500_000 },
      { channel: "email", millionths: 500_000 },
    ]);
  });

  it("does what it can when some journeys cannot be read, and the rest next time", async () => {
    for (let sale = 0; sale < 4; sale += 1) await sell(`v${sale}`, `s${sale}`, NOW - 9_000 + sale);
    cache.failing.add("user-journeys:v0");
    const limits = { ...DEFAULT_RUN_LIMITS, batchSize: 2 };
    // The one that failed is not tried again in the same run.
    expect(await runAttribution(parts(), limits)).toMatchObject({ attributed: 3, failed: 1 });
    expect(recorder.recorded).toEqual(["attribution batch error", "attribution batch ok"]);
    expect(recorder.failures).toEqual(["attribution"]);
    cache.failing.clear();
    expect(await runAttribution(parts(), limits)).toMatchObject({ attributed: 1, failed: 0 });
  });

  it("ends when a whole batch fails", async () => {
    for (let sale = 0; sale < 4; sale += 1) await sell(`v${sale}`, `s${sale}`, NOW - 5_000);
    cache.failing.add("attribution:removal-effects");
    const limits = { ...DEFAULT_RUN_LIMITS, batchSize: 2 };
    expect(await runAttribution(parts(), limits)).toMatchObject({ batches: 1, failed: 2 });
  });

  it("takes a journey of 10,000 touchpoints over a thousand channels", async () => {
    await env.CLIENT_DB.prepare(
      `INSERT INTO touchpoints (event_id, visitor, at, channel)
       SELECT 'long-' || value, 'long', ?1 - value, 'c' || (value % 1000)
       FROM (WITH RECURSIVE n(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM n LIMIT 10000) SELECT value FROM n)`,
    )
      .bind(NOW - 10_000)
      .run();
    await touch("long", "email", NOW - 5_000, { event: "Purchase", id: "s", value: 3 });
    expect(await runAttribution(parts())).toMatchObject({ attributed: 1, failed: 0 });
    const [sum] = await rows(
      "SELECT count(DISTINCT channel) AS channels, sum(millionths) AS total FROM credits WHERE model = 'linear'",
    );
    expect(sum).toEqual({ channels: 32, total: WHOLE_MILLIONTHS });
  });
});

describe("GET /api/attribution", () => {
  it("sums up by channel, and answers anew after the next run", async () => {
    await sell("v1", "s1", NOW - 5_000);
    expect(await get("?model=u-shape")).toMatchObject({ body: { conversions: 0, channels: [] } });
    await runAttribution(parts());
    expect(await get("?model=u-shape")).toMatchObject({
      status: 200,
      body: {
        model: "u-shape",
        conversions: 1,
        channels: [
          { channel: "search", fraction: 0.4, conversions: 0.4, value: 40 },
          { channel: "social", fraction: 0.4, conversions: 0.4, value: 40 },
          { channel: "email", fraction: 0.2, conversions: 0.2, value: 20 },
        ],
      },
    });
    await sell("v2", "s2", NOW - 4_000);
    await runAttribution(parts());
    expect(await get("?model=u-shape")).toMatchObject({ body: { conversions: 2 } });
    expect(await get("?model=last-click")).toMatchObject({
      body: { conversions: 2, channels: [{ channel: "social", fraction: 1, value: 200 }] },
    });
  });

  it("asks the database once until there are new credits", async () => {
    const asked = (): number =>
      timings.recorded.filter((timing) => timing === "d1 credits-by-channel ok").length;
    await sell("v1", "s1", NOW - 5_000);
    await get("?model=linear");
    await get("?model=linear");
    expect(asked()).toBe(1);
    await runAttribution(parts());
    await get("?model=linear");
    // Nothing is due, so nothing changes.
    await runAttribution(parts());
    await get("?model=linear");
    expect(asked()).toBe(2);
  });

  it("counts what lies in the span", async () => {
    await sell("v1", "s1", NOW - 5_000);
    await runAttribution(parts());
    const inside = `?model=linear&from=${NOW - 5_000}&to=${NOW - 4_999}`;
    expect(await get(inside)).toMatchObject({ body: { conversions: 1 } });
    const before = `?model=linear&from=0&to=${NOW - 5_000}`;
    expect(await get(before)).toMatchObject({ body: { conversions: 0 } });
  });

  it.each(["?model=best", "?from=5&to=5", "?from=9&to=5", "?from=soon", "?to=-1", "?to=1e3"])(
    "refuses %s",
    async (query) => {
      expect((await get(query)).status).toBe(400);
    },
  );

  it.each([
    ["/nothing", "GET", 404],
    ["/journeys/a/b", "GET", 404],
    ["/journeys/nobody", "GET", 404],
    ["/journeys/%20", "GET", 404],
    ["", "POST", 405],
    ["/run", "GET", 405],
  ])("answers %s %s with %i", async (path, method, status) => {
    expect((await get(path, method)).status).toBe(status);
  });
});

describe("GET /api/attribution/journeys/{visitor}", () => {
  it("shows each journey with its credits, and the one that goes on without", async () => {
    await sell("v1", "s1", NOW - 5_000);
    await touch("v1", "ads", NOW);
    const { body } = await get("/journeys/v1");
    expect(body).toMatchObject({
      visitor: "v1",
      journeys: [
        {
          touchpoints: [
            { channel: "search" },
            { channel: "email", isLead: true },
            { channel: "social" },
          ],
          conversion: { id: "s1", at: NOW - 5_000, value: 100 },
          credits: {
            "first-click": { search: 1, email: 0, social: 0 },
            "last-click": { search: 0, email: 0, social: 1 },
            "u-shape": { search: 0.4, email: 0.2, social: 0.4 },
          },
        },
        { touchpoints: [{ channel: "ads", at: NOW }], conversion: null, credits: { linear: {} } },
      ],
    });
  });

  it("shows a new touchpoint at once", async () => {
    await touch("v1", "ads", NOW);
    await get("/journeys/v1");
    await touch("v1", "email", NOW + 1);
    expect(await get("/journeys/v1")).toMatchObject({
      body: { journeys: [{ touchpoints: [{ channel: "ads" }, { channel: "email" }] }] },
    });
  });
});

describe("POST /api/attribution/run", () => {
  it("runs the job", async () => {
    await sell("v1", "s1", NOW - 5_000);
    expect(await get("/run", "POST")).toEqual({
      status: 200,
      body: { batches: 1, attributed: 1, failed: 0, hasMore: false },
    });
  });
});

describe("with the client's own cache, over KV and the invalidation log", () => {
  it("answers what is stored, right after it is stored", async () => {
    const context = createExecutionContext();
    const tacho = tachograph(TRACKER, context);
    const bindings = { DB: env.CLIENT_DB, CACHE };
    const real = attributionParts(bindings, tacho);
    const ask = async (path: string): Promise<unknown> => {
      const request = new Request(`https://example.com/api/attribution${path}`);
      return (await answerAttribution(request, real)).json();
    };
    const at = Date.now() - 10_000;
    const event = { event: "Lead", id: "r1", value: 0, visitor: "real", channel: "email" };
    await real.journeys.record(event, at);
    expect(await ask("/journeys/real")).toMatchObject({ journeys: [{ conversion: null }] });
    expect(await ask("?model=last-click")).toMatchObject({ conversions: 0 });
    await real.journeys.record({ ...event, event: "Purchase", id: "r2", value: 7 }, at + 1);
    expect(await ask("/journeys/real")).toMatchObject({ journeys: [{ conversion: { id: "r2" } }] });
    expect(await runAttribution(real)).toMatchObject({ attributed: 1, failed: 0 });
    expect(await ask("?model=last-click")).toMatchObject({
      conversions: 1,
      channels: [{ channel: "email", fraction: 1, value: 7 }],
    });
    await tacho.flush();
    await waitOnExecutionContext(context);
  });
});

describe("recordEvent", () => {
  const event = { event: "PageView", id: "e", value: 0, platforms: [], maxAttempts: 1 } as const;
  const tracker = () => tachograph(TRACKER, createExecutionContext());
  const bindings = { CACHE } as const;

  it("stores nothing of an event without a visitor", async () => {
    const up = { ...bindings, DB: env.CLIENT_DB };
    expect(await recordEvent(up, tracker(), { ...event, channel: "ads" })).toBeUndefined();
    expect(await rows("SELECT * FROM touchpoints")).toEqual([]);
  });

  it("says so when the database fails, and stops nothing", async () => {
    const down = env.CLIENT_DB_TWIN;
    const tacho = tracker();
    const before = tacho.stats().failures;
    expect(await recordEvent({ ...bindings, DB: down }, tacho, { ...event, visitor: "v" })).toBe(
      "failed",
    );
    expect(tacho.stats().failures).toBe(before + 1);
  });
});

describe("what is recorded", () => {
  it("has the name of each query, and nothing without one", async () => {
    await sell("v1", "s1", NOW - 5_000);
    await runAttribution(parts());
    await upkeep(queries, NOW);
    const names = timings.recorded.map((timing) => timing.split(" ")[1]);
    expect(names).toContain("add-touchpoint");
    expect(names).toContain("insert-credits");
    expect(names.filter((name) => name?.includes("."))).toEqual([]);
  });
});

describe("upkeep", () => {
  it("deletes what is older than it is to be kept, and nothing else", async () => {
    const old = NOW - RETENTION_MS - DAY_MS;
    await sell("old", "old", old);
    await journeys.of("old", old);
    await countDeliveries(queries, [{ platform: "meta", isDelivered: true }], old);
    await upkeep(queries, old + SESSION_IDLE_MS + 1);
    await sell("new", "new", NOW - 5_000);
    await runAttribution(parts());
    await env.CLIENT_DB.exec("UPDATE conversions SET attributed_at = at");
    expect((await upkeep(queries, NOW)).deleted).toBeGreaterThan(0);
    for (const table of ["touchpoints", "conversions", "credits", "leads", "sessions"]) {
      const left = await rows(`SELECT DISTINCT visitor FROM ${table}`);
      expect({ table, left }).toEqual({ table, left: [{ visitor: "new" }] });
    }
    expect(await rows("SELECT * FROM deliveries")).toEqual([]);
    expect((await upkeep(queries, NOW)).deleted).toBe(0);
  });
});

describe("countDeliveries", () => {
  it("adds up by platform and minute", async () => {
    const attempts = [
      { platform: "meta", isDelivered: true },
      { platform: "meta", isDelivered: false },
      { platform: "google", isDelivered: true },
    ];
    await countDeliveries(queries, attempts, NOW + 1_000);
    await countDeliveries(queries, attempts.slice(0, 1), NOW + 59_999);
    await countDeliveries(queries, [], NOW);
    expect(await rows("SELECT * FROM deliveries ORDER BY platform")).toEqual([
      { minute: NOW, platform: "google", delivered: 1, failed: 0 },
      { minute: NOW, platform: "meta", delivered: 2, failed: 1 },
    ]);
  });
});

describe("the queries", () => {
  it.each([
    [
      "SELECT id FROM conversions WHERE attributed_at IS NULL AND at < 5 ORDER BY at, id LIMIT 5",
      "conversions_by_state",
    ],
    [
      "SELECT id FROM leads WHERE processed_at IS NULL ORDER BY created_at LIMIT 5",
      "leads_by_state",
    ],
    [
      "SELECT id FROM sessions WHERE state = 'active' AND touched_at < 5 ORDER BY touched_at LIMIT 5",
      "sessions_by_state",
    ],
    [
      "SELECT channel, sum(millionths * value) FROM credits WHERE model = 'x' AND converted_at >= 1 AND converted_at < 5 GROUP BY channel",
      "COVERING INDEX credits_by_time",
    ],
    [
      "SELECT channel, at FROM touchpoints WHERE visitor = 'x' AND at >= 5 ORDER BY at DESC, id DESC LIMIT 5",
      "touchpoints_by_visitor",
    ],
  ])("%s uses %s", async (sql, index) => {
    const plan = await rows(`EXPLAIN QUERY PLAN ${sql}`);
    expect(plan[0]?.["detail"]).toContain(index);
    expect(JSON.stringify(plan)).not.toContain("SCAN");
  });
});
