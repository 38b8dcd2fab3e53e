import { tachograph, type TachographBinding } from "../../src/client/index.ts";
import type { TimingRows } from "./naive.ts";
import { answerClock } from "./shifted-clock.ts";
import { countedDatabase, usage } from "./usage.ts";

interface TrackingEnv {
  readonly PLATFORMS: Fetcher;
  readonly TACHOGRAPH: TachographBinding;
  readonly DB: D1Database;
  readonly TIMING_ROWS: DurableObjectNamespace<TimingRows>;
  /** Where VictoriaMetrics and InfluxDB take lines; empty if they are not there. */
  readonly VICTORIA_METRICS_URL: string;
  readonly INFLUXDB_URL: string;
}

interface Timed {
  readonly target: string;
  readonly durationMs: number;
  readonly at: number;
}

/** Tells somebody of the calls of one event. */
type Tell = (env: TrackingEnv, timings: readonly Timed[]) => Promise<unknown>;

const TARGETS = ["meta", "google", "tiktok"] as const;
/** Of a millisecond. */
const NANOSECOND_DIGITS = 6;

/** What became of what was begun after answers, since the isolate began. */
interface Told {
  /** Events that are not done. */
  pending: number;
  failed: number;
}

/** By path. */
const told = new Map<string, Told>();
/** Which operation is next, where there are several. */
let turn = 0;
/** As the isolate calls itself, so that no other one writes over its points. */
let isolate: string | undefined;
/** The newest time of a point, and how many points of that millisecond there were before. */
let stampedAt = 0;
let nth = 0;

const WAYS: Readonly<Record<string, Tell>> = {
  "/do": ({ TIMING_ROWS }, timings) =>
    Promise.all(
      timings.map(({ target, durationMs, at }) =>
        TIMING_ROWS.getByName(target).record({
          target,
          operation: "events",
          durationMs,
          outcome: "ok",
          at,
        }),
      ),
    ),
  "/d1": ({ DB }, timings) => {
    const database = countedDatabase(DB);
    const insert = database.prepare(
      "INSERT INTO timings (target, operation, duration_us, outcome, at) VALUES (?, ?, ?, ?, ?)",
    );
    return database.batch(
      timings.map(({ target, durationMs, at }) =>
        insert.bind(target, "events", Math.round(durationMs * 1_000), "ok", at),
      ),
    );
  },
  "/victoria-metrics": (env, timings) =>
    postLines(env.VICTORIA_METRICS_URL, millisecondLines(timings)),
  "/influxdb": (env, timings) => postLines(env.INFLUXDB_URL, nanosecondLines(timings)),
};

/**
 * A tracking Worker that forwards one event to three platforms and answers: `/plain` does no more,
 * `/tachograph` times the calls with the client, the others tell of them in their own way after the
 * answer, as the client does: `/do`, `/d1`, `/victoria-metrics`, `/influxdb`. `GET /pending` says
 * how many events are not told of yet, and how many could not be (`?way=` of one way), `GET /bench/usage` what it used
 * of D1 itself; `GET /flush` has the client tell of the rest, and answers with its counters, and
 * `GET /bench/clock?aheadMs` sets its clock. `/tachograph?operations` calls so many operations in turn.
 */
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname === "/pending") return Response.json(toldIn(url.searchParams.get("way")));
    if (pathname === "/flush") {
      const tacho = tachograph(env.TACHOGRAPH, ctx);
      await tacho.flush();
      return Response.json(tacho.stats());
    }
    if (pathname === "/bench/usage") return Response.json(usage);
    if (pathname === "/bench/clock") return answerClock(url);
    const event = await request.text();
    if (pathname === "/tachograph") {
      const tacho = tachograph(env.TACHOGRAPH, ctx);
      const via = { fetcher: env.PLATFORMS };
      const operation = nextOperation(url.searchParams);
      await forwardAll((target, outgoing) => tacho.fetch(target, operation, outgoing, via), event);
      return Response.json({ ok: true });
    }
    const timings = await forwardAll((_, outgoing) => env.PLATFORMS.fetch(outgoing), event);
    const tell = WAYS[pathname];
    if (tell !== undefined) ctx.waitUntil(counted(pathname, tell(env, timings)));
    return Response.json({ ok: true });
  },
} satisfies ExportedHandler<TrackingEnv>;

function nextOperation(query: URLSearchParams): string {
  const operations = Number(query.get("operations") ?? 1);
  turn += 1;
  return operations > 1 ? `events-${turn % operations}` : "events";
}

function forwardAll(
  forward: (target: string, outgoing: Request) => Promise<Response>,
  event: string,
): Promise<Timed[]> {
  return Promise.all(
    TARGETS.map(async (target) => {
      const startedAt = performance.now();
      const url = `https://${target}.example/events`;
      const headers = { "content-type": "application/json" };
      const response = await forward(
        target,
        new Request(url, { method: "POST", headers, body: event }),
      );
      await response.arrayBuffer();
      return { target, durationMs: performance.now() - startedAt, at: Date.now() };
    }),
  );
}

function toldIn(way: string | null): Told {
  const sum = { pending: 0, failed: 0 };
  for (const [path, { pending, failed }] of told) {
    if (way !== null && path !== `/${way}`) continue;
    sum.pending += pending;
    sum.failed += failed;
  }
  return sum;
}

async function counted(path: string, telling: Promise<unknown>): Promise<void> {
  const counts = told.get(path) ?? { pending: 0, failed: 0 };
  told.set(path, counts);
  counts.pending += 1;
  try {
    await telling;
  } catch (cause) {
    counts.failed += 1;
    console.error("an event was not told of", cause);
  } finally {
    counts.pending -= 1;
  }
}

/** InfluxDB keeps one point of a series for a time, and times have nanoseconds. */
function nanosecondLines(timings: readonly Timed[]): string[] {
  stamp();
  const nanoseconds = String(nth).padStart(NANOSECOND_DIGITS, "0");
  return timings.map((timing) => `${lineOf(timing)} ${stampedAt}${nanoseconds}`);
}

/** VictoriaMetrics has milliseconds, so that a further point of one is in a further series. */
function millisecondLines(timings: readonly Timed[]): string[] {
  stamp();
  return timings.map((timing) => `${lineOf(timing, `,nth=${nth}`)} ${stampedAt}`);
}

/** A time, and a number in it, that no other event of this isolate has. */
function stamp(): void {
  const now = Date.now();
  nth = now > stampedAt ? 0 : nth + 1;
  stampedAt = Math.max(stampedAt, now);
}

function lineOf({ target, durationMs }: Timed, label = ""): string {
  isolate ??= crypto.randomUUID();
  return `timing,target=${target},operation=events,isolate=${isolate}${label} ms=${durationMs}`;
}

async function postLines(url: string, lines: readonly string[]): Promise<void> {
  const response = await fetch(url, { method: "POST", body: lines.join("\n") });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
