/** What every probe may say. Times are milliseconds. */
interface CommonProbe {
  /** How often it runs: whole minutes, 60,000 to 3,600,000 (an hour). Default 60,000. */
  readonly everyMs?: number | undefined;
  /** How long it may take, 10 to 30,000. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** A query that counts what must not be, or how much there is of what must be. */
export interface SqlProbe<Env> extends CommonProbe {
  /** One `SELECT` (or `VALUES`, or `WITH … SELECT`), at most 100,000 bytes, that gives one row with one number. */
  readonly sql: string;
  /** What stands for `?1`, `?2` … in it. */
  readonly params?: ((nowMs: number) => readonly (string | number | null)[]) | undefined;
  /** Where it runs: a D1 binding, or a session of one. */
  readonly database: (env: Env) => Pick<D1Database, "prepare">;
  /** The smallest value that is well. One of `min` and `max` is required. */
  readonly min?: number | undefined;
  /** The largest value that is well. */
  readonly max?: number | undefined;
  /** Whether it fails where there is no value (NULL, as of `AVG` over no rows). Default false. */
  readonly required?: boolean | undefined;
}

/** A request whose status is looked at. Its value is the response time in milliseconds. */
export interface HttpProbe<Env> extends CommonProbe {
  /** `http:` or `https:`, absolute. Nothing of it is recorded. */
  readonly url: string | ((env: Env) => string);
  /** A service binding to ask instead of the internet. */
  readonly fetcher?: ((env: Env) => Pick<Fetcher, "fetch">) | undefined;
  /** Default `GET`. The answer's body is not read. */
  readonly method?: "GET" | "HEAD" | undefined;
  /** One status, or the first and the last of a range. Default `[200, 299]`. Redirects are not followed. */
  readonly expectStatus?: number | readonly [first: number, last: number] | undefined;
  /** The longest response time that is well; undefined for any within `timeoutMs`. */
  readonly maxMs?: number | undefined;
}

/** Something to look at by a timetable. */
export type Probe<Env> = SqlProbe<Env> | HttpProbe<Env>;

/** What came of one run of a probe. */
export interface ProbeResult {
  readonly name: string;
  readonly ok: boolean;
  /** What the query gave, or the response time in milliseconds; null where there is none. */
  readonly value: number | null;
  /** Why it is not well, one line; empty if it is. It may hold a database's own words. */
  readonly detail: string;
  readonly durationMs: number;
  /** When it began, epoch milliseconds. */
  readonly at: number;
}
