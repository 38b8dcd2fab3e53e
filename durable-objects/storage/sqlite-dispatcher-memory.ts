import type * as v from "valibot";
import type { DispatcherMemory } from "../../src/dispatcher/dispatch-store.ts";
import { MEMORY_SCHEMAS } from "../../src/dispatcher/stored-schemas.ts";
import type { SqlDatabase } from "./migrate.ts";
import { StoredBodies } from "./stored-bodies.ts";

type MemoryBodies = {
  readonly [Name in keyof DispatcherMemory]: StoredBodies<DispatcherMemory[Name]>;
};

/** What a dispatcher remembers by name, in the table `memory`. */
export class SqliteDispatcherMemory {
  readonly #database: SqlDatabase;
  readonly #bodies: MemoryBodies = {
    beat: bodiesOf(MEMORY_SCHEMAS.beat),
    watch: bodiesOf(MEMORY_SCHEMAS.watch),
    heartbeat: bodiesOf(MEMORY_SCHEMAS.heartbeat),
    run: bodiesOf(MEMORY_SCHEMAS.run),
    reports: bodiesOf(MEMORY_SCHEMAS.reports),
    unconfigured: bodiesOf(MEMORY_SCHEMAS.unconfigured),
    failing: bodiesOf(MEMORY_SCHEMAS.failing),
  };

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Undefined also for what cannot be read, which the log tells once. */
  recall<Name extends keyof DispatcherMemory>(name: Name): DispatcherMemory[Name] | undefined {
    const [row] = this.#database.sql
      .exec<{ value: string }>("SELECT value FROM memory WHERE name = ?", name)
      .toArray();
    return row === undefined ? undefined : this.#bodies[name].read(name, row.value);
  }

  /** Replaces it; undefined forgets it. */
  remember<Name extends keyof DispatcherMemory>(
    name: Name,
    value: DispatcherMemory[Name] | undefined,
  ): void {
    this.#bodies[name].forget(name);
    if (value === undefined) {
      this.#database.sql.exec("DELETE FROM memory WHERE name = ?", name);
      return;
    }
    this.#database.sql.exec(
      "INSERT OR REPLACE INTO memory (name, value) VALUES (?, ?)",
      name,
      JSON.stringify(value),
    );
  }
}

function bodiesOf<Value>(schema: v.GenericSchema<unknown, Value>): StoredBodies<Value> {
  return new StoredBodies("dispatcher's memory", schema);
}
