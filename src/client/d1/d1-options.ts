/** A query that took at least `slowMs`. */
export interface SlowQuery {
  /** The operation under which it is recorded; `batch`, `exec` or `dump` for a whole round trip. */
  readonly name: string;
  /**
   * The query without its literals, at most 2,000 characters. Of a `batch`, the names of its first 20
   * different statements, each with how often it is there: `add-step ×40, user-by-id`. Empty for
   * `exec` and `dump`.
   */
  readonly fingerprint: string;
  /** Wall time; within a batch, how long the engine worked on this statement. */
  readonly durationMs: number;
  /** How long the engine worked, if D1 said so. */
  readonly sqlMs: number | undefined;
  /** Rows that it read, if D1 said so. */
  readonly rowsRead: number | undefined;
}

/** What {@link instrumentD1} may be told. */
export interface D1Options {
  /** The target that is recorded, for example `d1.orders` for one of several. Default `d1`. */
  readonly target?: string;
  /** From how many milliseconds a query counts as slow. Default 100. */
  readonly slowMs?: number;
  /**
   * Names a query by its text, if no comment in it does; undefined leaves it to the fingerprint.
   * Called for each execution, so let it be quick. When it throws, or answers what is no valid
   * operation, the fingerprint names the query, and `stats().failures` counts it.
   */
  readonly nameOf?: (sql: string) => string | undefined;
  /** Told of each slow query after it has ended. Whatever it throws is counted and goes no further. */
  readonly onSlow?: (query: SlowQuery) => void;
}
