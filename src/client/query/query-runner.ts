import { MAX_REQUEST_SCOPES } from "../../wire/cache-feed.ts";
import { bareOf } from "../bare-of.ts";
import { checkedTags } from "../cache/cache-key.ts";
import { instrumentD1 } from "../d1/instrument-d1.ts";
import type { D1Options } from "../d1/d1-options.ts";
import type { Recorder } from "../recorder.ts";
import { Advisor } from "./advisor.ts";
import type { QueryAdvice } from "./advisor.ts";
import type { BindValue } from "./bind-value.ts";
import { checkParams } from "./check-params.ts";
import { InsertInterrupted } from "./insert-interrupted.ts";
import type { InsertResult } from "./insert-interrupted.ts";
import { insertMany } from "./insert-many.ts";
import type { InsertOptions } from "./insert-many.ts";
import { preparedOnce } from "./prepared-once.ts";
import type { NamedQuery } from "./query-catalogue.ts";
import { QueryCatalogue } from "./query-catalogue.ts";
import type { RowInput } from "./read-rows.ts";
import type { ResultCache } from "./result-cache.ts";
import { resultKey } from "./result-key.ts";
import { claimResults } from "./result-places.ts";

/** Most queries of one `batch`: as many as D1 runs for one request. */
const MAX_BATCH = 1_000;

/** What a runner needs of the request's client. Without `keepAlive` no slow query is explained. */
export interface QueryClient extends Recorder {
  /** Lets work that nobody waits for go on after the answer. */
  keepAlive?(work: Promise<unknown>): void;
}

/** What a runner may be told, beside what `instrumentD1` may be. */
export interface QueryRunnerOptions extends Pick<D1Options, "target" | "slowMs" | "onSlow"> {
  /**
   * Where results are kept. Without one every query goes to D1. Databases that share a cache need
   * targets of their own, by which their results are told apart.
   */
  readonly cache?: ResultCache;
  /** Told what the plan of a slow query says, if it says something. What it throws is counted. */
  readonly onAdvice?: (advice: QueryAdvice) => void;
}

/** A query of a batch: its name and what it is bound to. */
export type QueryCall<Name extends string> = readonly [name: Name, params?: readonly BindValue[]];

/** What an isolate keeps for a database: plain data, of no request. */
interface DatabaseMemory {
  readonly prepared: D1Database;
  readonly advisor: Advisor;
}

const memories = new WeakMap<D1Database, DatabaseMemory>();

/** As of `instrumentD1`. */
const DEFAULT_TARGET = "d1";

/**
 * Runs named queries on a D1 database on behalf of one request. Every query is timed under its name
 * as by `instrumentD1`, once; results are cached where the catalogue says so; a slow query is
 * explained once an isolate, in the background.
 *
 * @param database - The bare binding, or an instrumented one, which is then not timed twice.
 * @param client - The request's client, see `tachograph`.
 * @param queries - See `defineQueries`.
 * @throws TypeError when the database is missing, the queries are no catalogue, or another database
 * has its results in the same cache under the same target.
 */
export function queryRunner<Name extends string>(
  database: D1Database,
  client: QueryClient,
  queries: QueryCatalogue<Name>,
  options: QueryRunnerOptions = {},
): QueryRunner<Name> {
  return new QueryRunner(database, client, queries, options);
}

/** See {@link queryRunner}. */
export class QueryRunner<Name extends string> {
  readonly #database: D1Database;
  readonly #client: QueryClient;
  readonly #queries: QueryCatalogue<Name>;
  readonly #options: QueryRunnerOptions;
  readonly #advisor: Advisor;
  readonly #target: string;

  constructor(
    database: D1Database,
    client: QueryClient,
    queries: QueryCatalogue<Name>,
    options: QueryRunnerOptions,
  ) {
    const memory = memoryOf(database);
    const { prepared, advisor } = memory;
    // Whoever writes no TypeScript may give the definitions themselves.
    if (!(queries instanceof QueryCatalogue)) {
      throw new TypeError("queryRunner needs a catalogue: give it what defineQueries returns");
    }
    this.#client = client;
    this.#queries = queries;
    this.#options = options;
    this.#advisor = advisor;
    const { cache, target = DEFAULT_TARGET, slowMs, onSlow } = options;
    this.#target = target;
    if (cache !== undefined && queries.hasCached) claimResults(cache, target, memory);
    this.#database = instrumentD1(prepared, client, {
      target,
      ...(slowMs !== undefined && { slowMs }),
      onSlow: (query) => {
        this.#explainSlow(query.name);
        return onSlow?.(query);
      },
    });
  }

  /**
   * The rows of a query: from the cache if it is a cached one. Cached rows are everybody's: do not
   * change them. They come back as D1 gives them, a blob as an array of bytes.
   *
   * @param params - For `?1`, `?2` …
   * @throws TypeError or RangeError for an unknown name or what cannot be bound, before D1 is asked;
   * whatever D1 throws.
   */
  async all<Row = Record<string, unknown>>(
    name: Name,
    params: readonly BindValue[] = [],
  ): Promise<readonly Row[]> {
    const query = this.#checked(name, params);
    const load = async (): Promise<Row[]> => {
      const { results } = await this.#execute(query, params, (bound) => bound.all<Row>());
      return results;
    };
    const { cache } = this.#options;
    if (query.cache === undefined || cache === undefined) return load();
    const { kind, tags, ttlMs } = query.cache;
    return cache.get(kind, await resultKey(this.#target, query, params), load, {
      ...(tags !== undefined && { tags }),
      ...(ttlMs !== undefined && { ttlMs }),
    });
  }

  /** The first row of {@link all}, or null if there is none. It shares its cached result. */
  async first<Row = Record<string, unknown>>(
    name: Name,
    params: readonly BindValue[] = [],
  ): Promise<Row | null> {
    const rows = await this.all<Row>(name, params);
    return rows[0] ?? null;
  }

  /**
   * Runs a write, or anything whose `meta` is wanted; never from the cache. What the write makes
   * invalid is so in this isolate when this is over, and elsewhere as soon as it is heard of there.
   * If Tachograph cannot be reached the cache counts it (`stats().unpublished`) and sends it again;
   * until then other isolates may give what was before the write, for as long as it is kept.
   *
   * @throws as {@link all} does
   */
  async run<Row = Record<string, unknown>>(
    name: Name,
    params: readonly BindValue[] = [],
  ): Promise<D1Result<Row>> {
    const query = this.#checked(name, params);
    return this.#execute(query, params, (bound) => bound.run<Row>());
  }

  /**
   * Runs up to 1,000 queries in one transaction and one round trip, none from the cache. If one
   * fails, nothing is written. No queries are no call.
   *
   * @returns the results in the order of the calls
   * @throws as {@link all} does
   */
  async batch<Row = Record<string, unknown>>(
    calls: readonly QueryCall<Name>[],
  ): Promise<D1Result<Row>[]> {
    if (calls.length > MAX_BATCH) {
      throw new RangeError(`${calls.length} queries: a batch takes at most ${MAX_BATCH}`);
    }
    const tags = new Set<string>();
    const statements = calls.map(([name, params = []]) => {
      const query = this.#checked(name, params);
      for (const tag of query.invalidates ?? []) tags.add(tag);
      return this.#database.prepare(query.namedSql).bind(...params);
    });
    if (statements.length === 0) return [];
    return this.#writing([...tags], () => this.#database.batch<Row>(statements));
  }

  /**
   * Inserts rows in the fewest statements that D1's limits allow: 100 parameters and 100 KB a
   * statement, 2 MB a value and a row. What JSON carries exactly (strings, numbers, booleans, null)
   * travels as one parameter for thousands of rows; rows with blobs are bound value by value. A row
   * reads back exactly as if it had been bound alone.
   *
   * Each transaction (up to 500 statements and 10 MB) is written whole or not at all; with `atomic`
   * there is one, or the rows are refused. No rows are no call.
   *
   * @param rows - All with the same columns, at most 100; at most 100,000 rows.
   * @throws TypeError or RangeError that names the row and the column, before anything is written;
   * {@link InsertInterrupted} when a later transaction failed; what D1 throws when the first did.
   */
  async insertMany(
    table: string,
    rows: readonly RowInput[],
    options: InsertOptions = {},
  ): Promise<InsertResult> {
    const tags = checkedTags(options.invalidates);
    return this.#writing(tags, () => insertMany(this.#database, table, rows, options));
  }

  /**
   * Asks D1 for the plan of a query and reads it: one round trip, recorded as `explain`.
   *
   * @param query - A name of the catalogue, or one statement of SQL.
   * @param params - The plan can depend on them; by default each is null.
   * @throws TypeError when it is neither; whatever D1 throws.
   */
  async advise(query: string, params?: readonly BindValue[]): Promise<QueryAdvice> {
    if (params !== undefined) checkParams(query.slice(0, 80), params);
    const isNamed = this.#queries.has(query) || !/\s/.test(query.trim());
    const [name, sql] = isNamed ? [query, this.#queries.find(query).sql] : ["sql", query];
    return this.#advisor.explain(this.#database, name, sql, params);
  }

  /** What this isolate knows of its queries' plans, the newest last; at most 100. No I/O. */
  advice(): readonly QueryAdvice[] {
    return this.#advisor.advice();
  }

  #checked(name: Name, params: readonly BindValue[]): NamedQuery {
    const query = this.#queries.find(name);
    checkParams(name, params);
    return query;
  }

  #execute<Result>(
    query: NamedQuery,
    params: readonly BindValue[],
    call: (bound: D1PreparedStatement) => Promise<Result>,
  ): Promise<Result> {
    const statement = this.#database.prepare(query.namedSql);
    const bound = params.length === 0 ? statement : statement.bind(...params);
    return this.#writing(query.invalidates ?? [], () => call(bound));
  }

  /**
   * Only after the write: what is read before it is over may still be the old. A write that failed
   * may have been done all the same, unless D1 itself says that it was not.
   */
  async #writing<Result>(tags: readonly string[], write: () => Promise<Result>): Promise<Result> {
    if (tags.length === 0) return write();
    let result: Result;
    try {
      result = await write();
    } catch (error) {
      if (!isUndone(error)) await this.#invalidate(tags);
      throw error;
    }
    await this.#invalidate(tags);
    return result;
  }

  /**
   * Never rejects: the write is done, whatever becomes of this. What cannot be published the cache
   * itself notes as a failure, and sends again.
   */
  async #invalidate(tags: readonly string[]): Promise<void> {
    const { cache } = this.#options;
    if (cache === undefined) return;
    try {
      for (let start = 0; start < tags.length; start += MAX_REQUEST_SCOPES) {
        const some = tags.slice(start, start + MAX_REQUEST_SCOPES);
        // oxlint-disable-next-line eslint/no-await-in-loop -- in turn: a request has few connections
        await cache.invalidate(some.map((tag) => ({ kind: "tag", tag })));
      }
    } catch (error) {
      this.#client.noteFailure("queryRunner invalidation", error);
    }
  }

  #explainSlow(name: string): void {
    if (this.#client.keepAlive === undefined || !this.#queries.has(name)) return;
    const { sql } = this.#queries.find(name);
    if (!this.#advisor.claim(sql, this.#client.now())) return;
    this.#client.keepAlive(this.#explain(name, sql));
  }

  /** Never rejects. */
  async #explain(name: string, sql: string): Promise<void> {
    try {
      const advice = await this.#advisor.explain(this.#database, name, sql);
      if (advice.findings.length > 0) this.#options.onAdvice?.(advice);
    } catch (error) {
      this.#client.noteFailure(`advice for ${name}`, error);
    }
  }
}

function memoryOf(database: D1Database | undefined | null): DatabaseMemory {
  if (typeof database !== "object" || database === null || !("prepare" in database)) {
    throw new TypeError(
      `queryRunner got no D1 database but ${database === null ? "null" : typeof database}: check ` +
        "the binding's name in [[d1_databases]] of wrangler.toml, and that env has the same",
    );
  }
  const bare = bareDatabase(database);
  let memory = memories.get(bare);
  if (memory === undefined) {
    memory = { prepared: preparedOnce(bare), advisor: new Advisor() };
    memories.set(bare, memory);
  }
  return memory;
}

function bareDatabase(database: D1Database): D1Database {
  const bare = bareOf(database);
  return isDatabase(bare) ? bare : database;
}

function isDatabase(value: object): value is D1Database {
  return "prepare" in value && "batch" in value && "exec" in value;
}

/** Whether D1 says that the engine refused: then nothing of the transaction is written. */
function isUndone(error: unknown): boolean {
  if (error instanceof InsertInterrupted) return false;
  return error instanceof Error && error.message.includes("SQLITE_");
}
