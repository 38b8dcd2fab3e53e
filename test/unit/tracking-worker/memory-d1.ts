import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const MIGRATIONS = join(import.meta.dirname, "../../../examples/tracking-worker/migrations");

/** The example's database over SQLite in memory, as far as single statements that write need it. */
export class MemoryD1 {
  /** Makes every statement fail. */
  isDown = false;
  readonly #database = new DatabaseSync(":memory:");

  constructor() {
    for (const file of readdirSync(MIGRATIONS).toSorted()) {
      this.#database.exec(readFileSync(join(MIGRATIONS, file), "utf8"));
    }
  }

  prepare(sql: string) {
    const run = (values: (string | number)[]): Promise<{ success: true }> => {
      if (this.isDown) return Promise.reject(new Error("D1_ERROR: the database is down"));
      this.#database.prepare(sql).run(...values);
      return Promise.resolve({ success: true });
    };
    return { bind: (...values: (string | number)[]) => ({ run: () => run(values) }) };
  }

  rows(sql: string): Record<string, unknown>[] {
    return this.#database.prepare(sql).all();
  }
}
