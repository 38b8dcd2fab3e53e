import type { OtlpSink } from "../../src/coordinator/otlp-sink.ts";
import type { ExportVerdict } from "../../src/export/otlp/read-export-answer.ts";

/** What the collector does with one request. */
export type CollectorManner =
  | ExportVerdict
  /** It takes it, and its answer is lost. */
  | "answer_lost"
  /** It never answers. */
  | "hangs";

/** A collector in memory. */
export class FakeOtlpSink implements OtlpSink {
  readonly origin = "https://otel.example.com";
  /** What it took, in order; a push that it took twice is in it twice. */
  readonly taken: Uint8Array[] = [];
  attempts = 0;
  /** Requests that were told to end. */
  aborted = 0;
  /** What it does with the next ones; then it takes them. */
  manners: CollectorManner[] = [];

  async push(body: Uint8Array, signal: AbortSignal): Promise<ExportVerdict> {
    this.attempts += 1;
    const manner = this.manners.shift() ?? { kind: "taken", rejectedPoints: 0, message: "" };
    if (manner === "hangs") {
      signal.addEventListener("abort", () => (this.aborted += 1));
      return new Promise<never>(() => undefined);
    }
    if (manner !== "answer_lost" && manner.kind !== "taken") return manner;
    this.taken.push(body);
    return manner === "answer_lost" ? { kind: "retry", detail: "the answer was lost" } : manner;
  }
}
