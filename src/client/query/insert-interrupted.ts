/** What an `insertMany` did. */
export interface InsertResult {
  /** Rows that were handed over and taken. */
  rows: number;
  statements: number;
  /** Transactions: each is written whole or not at all. */
  batches: number;
  /** Rows that D1 says it changed, those of triggers too: fewer than `rows` when some were ignored. */
  changes: number;
}

/** A later transaction of an `insertMany` failed: the earlier ones are written and stay so. */
export class InsertInterrupted extends Error {
  override readonly name = "InsertInterrupted";
  /** What is written: the first `written.rows` rows. */
  readonly written: Readonly<InsertResult>;

  constructor(written: InsertResult, batches: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const failed = `Transaction ${written.batches + 1} of ${batches} failed`;
    super(`${failed}; the first ${written.rows} rows are written: ${reason}`, { cause });
    this.written = { ...written };
  }
}
