/** Most events that are kept; the oldest go first. */
export const MAX_LOGGED_EVENTS = 20_000;

/** An id that is longer is cut: the log's size is bounded. */
export const MAX_LOGGED_ID_LENGTH = 128;

/** An event in a call that the platform accepted. */
export interface LoggedEvent {
  /** What the platform tells repeats apart by, or null for an event that came without it. */
  readonly id: string | null;
  /** When its call arrived, epoch milliseconds. */
  readonly at: number;
}

/** What `GET /control/{platform}/events` answers. */
export interface EventLogView {
  /** The newest ones, in the order in which their calls were accepted. */
  readonly events: readonly LoggedEvent[];
  /** Events before them that there was no room for, since the log was last cleared. */
  readonly dropped: number;
}

/** The events that a platform accepted, in a table of its object's storage. */
export class EventLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, id TEXT, at INTEGER)");
  }

  /** Adds the events of one call, all of them in two statements. */
  add(ids: readonly (string | null)[], at: number): void {
    const cut = ids.map((id) => id?.slice(0, MAX_LOGGED_ID_LENGTH) ?? null);
    this.#sql.exec(
      "INSERT INTO events (id, at) SELECT value, ? FROM json_each(?) ORDER BY key",
      at,
      JSON.stringify(cut),
    );
    this.#sql.exec(
      "DELETE FROM events WHERE seq <= (SELECT MAX(seq) FROM events) - ?",
      MAX_LOGGED_EVENTS,
    );
  }

  show(): EventLogView {
    const rows = this.#sql
      .exec<{ seq: number; id: string | null; at: number }>(
        "SELECT seq, id, at FROM events ORDER BY seq",
      )
      .toArray();
    // The numbers begin at 1 in an empty table and have no gaps.
    const dropped = (rows[0]?.seq ?? 1) - 1;
    return { events: rows.map(({ id, at }) => ({ id, at })), dropped };
  }

  clear(): void {
    this.#sql.exec("DELETE FROM events");
  }
}
