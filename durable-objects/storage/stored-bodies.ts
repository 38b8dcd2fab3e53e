import * as v from "valibot";

/** Most of a faulty body that is logged, in characters. */
const MAX_LOGGED = 2_000;

/** Reads bodies that are JSON text in a table's rows, and remembers those that it cannot read. */
export class StoredBodies<Value> {
  readonly #what: string;
  readonly #schema: v.GenericSchema<unknown, Value>;
  readonly #unreadable = new Set<string>();

  /** @param what - what a body is, for the log. */
  constructor(what: string, schema: v.GenericSchema<unknown, Value>) {
    this.#what = what;
    this.#schema = schema;
  }

  /** How many rows there are that cannot be read, as far as they have been. */
  get unreadable(): number {
    return this.#unreadable.size;
  }

  /** The row is gone, or another one has its key. */
  forget(key: string): void {
    this.#unreadable.delete(key);
  }

  /**
   * @param key - of the row.
   * @returns undefined if the body is not what the schema says. The log tells it once; the row
   * stays for a version that can read it.
   */
  read(key: string, body: string): Value | undefined {
    if (this.#unreadable.has(key)) return undefined;
    const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), this.#schema), body);
    if (stored.success) return stored.output;
    this.#unreadable.add(key);
    const faults = stored.issues.map((issue) => `${v.getDotPath(issue) ?? ""}: ${issue.message}`);
    console.error(
      `the ${this.#what} ${key} cannot be read and is left out: a newer version wrote it, or its ` +
        `storage is damaged. ${faults.join("; ")}. It is ${body.slice(0, MAX_LOGGED)}`,
    );
    return undefined;
  }
}
