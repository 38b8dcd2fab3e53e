import { acceptingBinding } from "../lib/accepting-binding.ts";
import { cacheManager } from "../../src/client/cache/cache-manager.ts";
import { instrumentD1 } from "../../src/client/d1/instrument-d1.ts";
import { instrumentHandler } from "../../src/client/handler/instrument-handler.ts";
import { instrumentKV } from "../../src/client/kv/instrument-kv.ts";
import { type Tachograph, tachograph } from "../../src/client/index.ts";
import { defineQueries } from "../../src/client/query/define-queries.ts";
import { queryRunner } from "../../src/client/query/query-runner.ts";

interface PillarsEnv {
  readonly DB: D1Database;
  readonly CACHE: KVNamespace;
}

/** Calls between two flushes: as many as the client holds without giving any up. */
const BURST = 5_000;

/** A database and a namespace that answer at once and count how often they are asked. */
class InstantBindings {
  calls = 0;
  readonly database = this.#database();
  readonly namespace = this.#namespace();

  #database(): D1Database {
    const count = (): void => void this.calls++;
    const meta = { duration: 0.2, rows_read: 1, rows_written: 0, size_after: 8_192, changes: 0 };
    const result = { success: true, results: [{ id: 1 }], meta };
    const statement = {
      bind: () => statement,
      all: () => {
        count();
        return Promise.resolve(result);
      },
    };
    return { prepare: () => statement } as unknown as D1Database;
  }

  #namespace(): KVNamespace {
    const get = (): Promise<string> => {
      this.calls++;
      return Promise.resolve("value");
    };
    return { get } as unknown as KVNamespace;
  }
}

type Call = (round: number) => unknown;

type Measurement = (
  env: PillarsEnv,
  ctx: ExecutionContext,
  query: URLSearchParams,
) => Promise<Record<string, number>>;

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  "/overhead": (env, ctx, query) => overhead(env, ctx, query),
  "/hit": (env, ctx, query) => hit(env, ctx, query),
  "/misses": (env, ctx, query) => misses(env, ctx, query),
  "/insert": (env, ctx, query) => insert(env, ctx, query),
};

/**
 * Measures what the client's wrappers cost a Worker. `/overhead?what=d1|kv|handler|d1-real|kv-real`
 * makes bare calls, or wrapped ones with `&wrapped=1`; the `-real` ones ask the bound D1 and KV.
 */
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    const measurement = MEASUREMENTS[pathname];
    if (measurement === undefined) return new Response(null, { status: 404 });
    return Response.json(await measurement(env, ctx, searchParams));
  },
} satisfies ExportedHandler<PillarsEnv>;

/** Nanoseconds a call, over many that each wait for the one before. */
async function timed(tacho: Tachograph, rounds: number, call: Call): Promise<number> {
  let spentMs = 0;
  for (let done = 0; done < rounds; done += BURST) {
    const startedAt = performance.now();
    for (let i = 0; i < BURST; i++) await call(i);
    spentMs += performance.now() - startedAt;
    await tacho.flush();
  }
  return (spentMs * 1e6) / (Math.ceil(rounds / BURST) * BURST);
}

async function overhead(
  env: PillarsEnv,
  ctx: ExecutionContext,
  query: URLSearchParams,
): Promise<Record<string, number>> {
  const rounds = Number(query.get("rounds"));
  const tacho = tachograph(acceptingBinding, ctx);
  const instant = new InstantBindings();
  const what = query.get("what") ?? "";
  const call = callOf(what, query.get("wrapped") === "1", { env, ctx, tacho, instant });
  const before = tacho.stats().recorded;
  const nsPerCall = await timed(tacho, rounds, call);
  const made = Math.ceil(rounds / BURST) * BURST;
  const recorded = (tacho.stats().recorded - before) / made;
  return { nsPerCall, callsPerRound: instant.calls / made, recorded };
}

interface Parts {
  readonly env: PillarsEnv;
  readonly ctx: ExecutionContext;
  readonly tacho: Tachograph;
  readonly instant: InstantBindings;
}

const SQL = "SELECT id FROM bench WHERE id = ?1";

function callOf(what: string, isWrapped: boolean, parts: Parts): Call {
  const { env, ctx, tacho, instant } = parts;
  const [name, isReal] = [what.replace("-real", ""), what.endsWith("-real")];
  switch (name) {
    case "d1": {
      const bare = isReal ? env.DB : instant.database;
      const database = isWrapped ? instrumentD1(bare, tacho) : bare;
      return (round) => database.prepare(SQL).bind(round).all();
    }
    case "kv": {
      const bare = isReal ? env.CACHE : instant.namespace;
      const namespace = isWrapped ? instrumentKV(bare, tacho) : bare;
      return () => namespace.get("key");
    }
    case "handler": {
      const answer = new Response("ok");
      const bare = { fetch: () => Promise.resolve(answer) };
      const handler = isWrapped
        ? instrumentHandler(bare, { binding: () => acceptingBinding })
        : bare;
      const request = new Request("https://bench.example/");
      const fetcher = handler as { fetch(r: Request, e: unknown, c: unknown): Promise<Response> };
      return () => fetcher.fetch(request, env, ctx);
    }
    default:
      throw new Error(`nothing is called ${what}`);
  }
}

async function hit(
  env: PillarsEnv,
  ctx: ExecutionContext,
  query: URLSearchParams,
): Promise<Record<string, number>> {
  const tacho = tachograph(acceptingBinding, ctx);
  const cache = cacheManager(tacho, env.CACHE);
  let loads = 0;
  const load = (): Promise<object> => {
    loads++;
    return Promise.resolve({ name: "value" });
  };
  await cache.get("lookups", "hit", load);
  const nsPerCall = await timed(tacho, Number(query.get("rounds")), () =>
    cache.get("lookups", "hit", load),
  );
  return { nsPerCall, loads };
}

/** So many at once ask for one key that nobody has. */
async function misses(
  env: PillarsEnv,
  ctx: ExecutionContext,
  query: URLSearchParams,
): Promise<Record<string, number>> {
  const cache = cacheManager(tachograph(acceptingBinding, ctx), env.CACHE);
  const key = `miss-${crypto.randomUUID()}`;
  let loads = 0;
  const load = async (): Promise<number> => {
    loads++;
    await scheduler.wait(20);
    return loads;
  };
  const startedAt = performance.now();
  const asked = Array.from({ length: Number(query.get("callers")) }, () =>
    cache.get("lookups", key, load),
  );
  const values = new Set(await Promise.all(asked));
  return { loads, distinct: values.size, durationMs: performance.now() - startedAt };
}

const QUERIES = defineQueries({});

/** Inserts rows of four columns: all of them by the runner, or one by one. */
async function insert(
  env: PillarsEnv,
  ctx: ExecutionContext,
  query: URLSearchParams,
): Promise<Record<string, number>> {
  const count = Number(query.get("rows"));
  const rows = Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `visitor-${i}`,
    channel: i % 2 === 0 ? "meta" : "google",
    value: i * 0.25,
  }));
  await env.DB.exec("DROP TABLE IF EXISTS bench_rows");
  await env.DB.exec(
    "CREATE TABLE bench_rows (id INTEGER PRIMARY KEY, name TEXT, channel TEXT, value REAL)",
  );
  const startedAt = performance.now();
  if (query.get("way") === "many") {
    const runner = queryRunner(env.DB, tachograph(acceptingBinding, ctx), QUERIES);
    await runner.insertMany("bench_rows", rows);
  } else {
    const statement = env.DB.prepare(
      "INSERT INTO bench_rows (id, name, channel, value) VALUES (?, ?, ?, ?)",
    );
    for (const { id, name, channel, value } of rows) {
      await statement.bind(id, name, channel, value).run();
    }
  }
  const durationMs = performance.now() - startedAt;
  const stored = await env.DB.prepare(
    "SELECT COUNT(*) AS n, SUM(value) AS s FROM bench_rows",
  ).first<{
    n: number;
    s: number;
  }>();
  return { durationMs, stored: stored?.n ?? 0, sum: stored?.s ?? 0 };
}
