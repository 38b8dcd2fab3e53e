/** How one part of the system stands. */
export interface PartHealth {
  /** Whether it does its work. */
  readonly ok: boolean;
  /** How long it took to answer, in milliseconds. */
  readonly latencyMs: number;
  /**
   * What is wrong with it, each in a sentence without its full stop, the worst first. Never empty
   * for a part that is not `ok`; one that is may have some: what it puts up with.
   */
  readonly problems: readonly string[];
  /** What it is made of, or why it does not answer; differs by part. */
  readonly detail: unknown;
}

/** The parts that `GET /health/deep` asks. */
type PartName = "d1" | "shards" | "coordinator" | "ledger" | "dispatcher";

/** Parts that a tenant has only if they are configured. */
interface OptionalParts {
  /** The way of totals to an OTLP collector. */
  readonly otlpExport?: PartHealth;
}

/** What `GET /health/deep` answers, with status 200 or 503; each part is also a field by itself. */
export interface DeepHealth extends Readonly<Record<PartName, PartHealth>>, OptionalParts {
  readonly status: "ok" | "failing";
  readonly tenant: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly parts: Readonly<Record<PartName, PartHealth>> & OptionalParts;
}
