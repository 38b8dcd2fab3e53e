import { DurableObject } from "cloudflare:workers";
import { countedDatabase, countRequests, countStorage, usage } from "./usage.ts";

/** A call, as `POST /v1/timings` has it. */
interface Timing {
  readonly target: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly at: number;
}

interface NaiveEnv {
  readonly DB: D1Database;
  readonly TIMING_ROWS: DurableObjectNamespace<TimingRows>;
}

/** What is asked for of a stretch of time. */
const PERMILLES = [500, 900, 950, 990, 999] as const;

class Rows extends DurableObject<NaiveEnv> {
  constructor(ctx: DurableObjectState, env: NaiveEnv) {
    super(countStorage(ctx), env);
    ctx.storage.sql.exec(`CREATE TABLE IF NOT EXISTS timings
      (id INTEGER PRIMARY KEY, operation TEXT, duration_us INTEGER, outcome TEXT, at INTEGER)`);
  }

  record({ operation, durationMs, outcome, at }: Timing): void {
    this.ctx.storage.sql.exec(
      "INSERT INTO timings (operation, duration_us, outcome, at) VALUES (?, ?, ?, ?)",
      operation,
      Math.round(durationMs * 1_000),
      outcome,
      at,
    );
  }

  /** Takes a message and does nothing with it. */
  nothing(_message: string): void {}

  count(): number {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM timings").one().n;
  }
}

/** A row per timing in an object per target: what is written first with Durable Objects. */
export class TimingRows extends Rows {}

countRequests("TimingRows", TimingRows, Rows);

/**
 * The designs that people write first. `POST /answer` reads a body and answers, `POST /nothing` calls
 * an object that does nothing before it does; `POST /d1` writes a
 * row per timing to D1, `POST /do` calls an object for each; all take what `POST /v1/timings` takes.
 * `GET /d1/percentiles?target&from&to` sorts what `/d1` has written; `GET /bench/usage` tells what
 * has been used so far, `GET /count` how many rows there are.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/bench/usage") return Response.json(usage);
    usage.workerRequests += 1;
    const database = countedDatabase(env.DB);
    if (pathname === "/d1/percentiles")
      return Response.json(await percentiles(env.DB, searchParams));
    if (pathname === "/count") return Response.json(await countRows(env));
    if (pathname === "/answer") {
      await request.arrayBuffer();
      return Response.json({ accepted: 1 });
    }
    if (pathname === "/nothing") {
      await stubOf(env, "meta").nothing(await request.text());
      return Response.json({ accepted: 1 });
    }
    const { timings } = await request.json<{ timings: readonly Timing[] }>();
    if (pathname === "/d1") await insertRows(database, timings);
    else await Promise.all(timings.map((timing) => stubOf(env, timing.target).record(timing)));
    return Response.json({ accepted: timings.length });
  },
} satisfies ExportedHandler<NaiveEnv>;

function stubOf(env: NaiveEnv, target: string): DurableObjectStub<TimingRows> {
  return env.TIMING_ROWS.getByName(target);
}

/** One statement for any number of rows: the quickest way to bring them to D1. */
async function insertRows(database: D1Database, timings: readonly Timing[]): Promise<void> {
  const statement = database.prepare(
    `INSERT INTO timings (target, operation, duration_us, outcome, at)
      SELECT value ->> 'target', value ->> 'operation',
        CAST(ROUND((value ->> 'durationMs') * 1000) AS INTEGER), value ->> 'outcome',
        CAST(value ->> 'at' AS INTEGER)
      FROM json_each(?1)`,
  );
  await database.batch([statement.bind(JSON.stringify(timings))]);
}

/** By nearest rank, in one pass over the sorted rows. */
async function percentiles(
  database: D1Database,
  query: URLSearchParams,
): Promise<Record<string, number>> {
  const ranks = PERMILLES.map((permille) => `(total * ${permille} + 999) / 1000`).join(", ");
  const { results, meta } = await database
    .prepare(
      `WITH sorted AS (
        SELECT duration_us, ROW_NUMBER() OVER (ORDER BY duration_us) AS rank, COUNT(*) OVER () AS total
        FROM timings WHERE target = ?1 AND at >= ?2 AND at < ?3)
      SELECT rank, total, duration_us FROM sorted WHERE rank IN (${ranks})`,
    )
    .bind(query.get("target"), Number(query.get("from")), Number(query.get("to")))
    .all<{ rank: number; total: number; duration_us: number }>();
  const total = results[0]?.total ?? 0;
  const byRank = new Map(results.map((row) => [row.rank, row.duration_us]));
  const values = PERMILLES.map((permille) => {
    const rank = Math.floor((total * permille + 999) / 1_000);
    return [`p${permille / 10}Ms`, (byRank.get(rank) ?? Number.NaN) / 1_000] as const;
  });
  return { count: total, rowsRead: meta.rows_read, ...Object.fromEntries(values) };
}

async function countRows(env: NaiveEnv): Promise<Record<string, number>> {
  const d1 = await env.DB.prepare("SELECT COUNT(*) AS n FROM timings").first<{ n: number }>();
  const targets = ["meta", "google", "tiktok", "pinterest", "reddit"];
  const counts = await Promise.all(targets.map((target) => stubOf(env, target).count()));
  return { d1: d1?.n ?? 0, objects: counts.reduce((sum, count) => sum + count, 0) };
}
