/** Where a bucket is kept: SQLite in the object, memory in tests. Both calls are synchronous. */
export interface LimitStore {
  /** What was saved last, if anything was. */
  loadLimit(): Uint8Array | undefined;
  /** Replaces it. @throws if it could not be stored; then what was saved before is still there. */
  saveLimit(body: Uint8Array): void;
}
