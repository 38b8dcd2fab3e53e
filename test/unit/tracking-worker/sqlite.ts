import { DatabaseSync } from "node:sqlite";
import type { Sql } from "../../../examples/tracking-worker/jobs/job-store.ts";

/** SQLite as a Durable Object has it, as far as a job store uses it. */
export function memorySql(database = new DatabaseSync(":memory:")): Sql {
  const exec = (query: string, ...bindings: (string | number)[]) => {
    const rows = database.prepare(query).all(...bindings);
    return { toArray: () => rows };
  };
  return { exec } as unknown as Sql;
}
