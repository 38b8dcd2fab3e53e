import type { Job } from "./job.ts";

/** The part of a Durable Object's SQLite that is needed. */
export type Sql = Pick<SqlStorage, "exec">;

type JobRow = { readonly job: string };

/** One book's jobs in SQLite: as JSON, with columns for what is looked up. */
export class JobStore {
  readonly #sql: Sql;
  #count: number;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS jobs (
      id TEXT PRIMARY KEY, state TEXT NOT NULL, sweep_at INTEGER NOT NULL, job TEXT NOT NULL
    ) WITHOUT ROWID`);
    sql.exec("CREATE INDEX IF NOT EXISTS jobs_by_sweep ON jobs (sweep_at)");
    sql.exec("CREATE INDEX IF NOT EXISTS dead_jobs ON jobs (sweep_at) WHERE state = 'dead'");
    const [row] = sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM jobs").toArray();
    this.#count = row?.count ?? 0;
  }

  /** Jobs held. */
  get count(): number {
    return this.#count;
  }

  get(id: string): Job | undefined {
    return this.getAll([id]).get(id);
  }

  /** Those of `ids` that there are. */
  getAll(ids: readonly string[]): ReadonlyMap<string, Job> {
    const query = "SELECT job FROM jobs WHERE id IN (SELECT value FROM json_each(?))";
    const jobs = this.#sql.exec<JobRow>(query, JSON.stringify(ids)).toArray().map(toJob);
    return new Map(jobs.map((job) => [job.id, job]));
  }

  /** Adds jobs, or replaces them. */
  put(jobs: readonly Job[]): void {
    const known = this.getAll(jobs.map(({ id }) => id));
    for (const job of jobs) {
      this.#sql.exec(
        `INSERT INTO jobs (id, state, sweep_at, job) VALUES (?, ?, ?, ?) ON CONFLICT (id)
         DO UPDATE SET state = excluded.state, sweep_at = excluded.sweep_at, job = excluded.job`,
        job.id,
        job.state,
        job.sweepAt,
        JSON.stringify(job),
      );
    }
    this.#count += jobs.filter(({ id }) => !known.has(id)).length;
  }

  delete(ids: readonly string[]): void {
    const known = this.getAll(ids).size;
    this.#sql.exec(
      "DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    this.#count -= known;
  }

  /** The dead ones, those that died first to begin with. */
  dead(limit: number): readonly Job[] {
    const query = "SELECT job FROM jobs WHERE state = 'dead' ORDER BY sweep_at LIMIT ?";
    return this.#sql.exec<JobRow>(query, limit).toArray().map(toJob);
  }

  /** Those that are to be looked at by `now`. */
  due(now: number, limit: number): readonly Job[] {
    const query = "SELECT job FROM jobs WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?";
    return this.#sql.exec<JobRow>(query, now, limit).toArray().map(toJob);
  }

  /** When the next one is to be looked at, or undefined without jobs. */
  nextSweepAt(): number | undefined {
    const query = "SELECT sweep_at AS at FROM jobs ORDER BY sweep_at LIMIT 1";
    return this.#sql.exec<{ at: number }>(query).toArray()[0]?.at;
  }
}

function toJob({ job }: JobRow): Job {
  const parsed: Job = JSON.parse(job);
  return parsed;
}
