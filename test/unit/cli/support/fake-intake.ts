import type { Answer, Received } from "./api-server.ts";

/** A timing as it was posted. */
interface PostedTiming {
  readonly durationMs?: unknown;
}

interface PostedReport {
  readonly reporter: string;
  readonly sequence: number;
  readonly timings: readonly PostedTiming[];
}

/** What becomes of one request. */
export type IntakeFate = "answered" | "answer-lost" | "busy";

/**
 * Counts timings as Tachograph does: by reporter, only above the highest number that was counted.
 * Durations below zero are refused.
 */
export class FakeIntake {
  /** What was counted, in that order. */
  readonly counted: PostedTiming[] = [];
  readonly #marks = new Map<string, number>();

  /** @returns undefined where the answer is lost: the caller breaks the connection off. */
  post({ body }: Received, fate: IntakeFate = "answered"): Answer | undefined {
    if (fate === "busy") return { status: 503, json: { detail: "Busy." } };
    const { reporter, sequence, timings } = JSON.parse(body) as PostedReport;
    const rejected = timings.flatMap(({ durationMs }, index) =>
      Number(durationMs) >= 0 ? [] : [{ index, reason: "bad_duration" }],
    );
    const duplicate = sequence <= (this.#marks.get(reporter) ?? 0);
    const fine = timings.filter(({ durationMs }) => Number(durationMs) >= 0);
    if (!duplicate) {
      this.counted.push(...fine);
      if (fine.length > 0) this.#marks.set(reporter, sequence);
    }
    if (fate === "answer-lost") return undefined;
    const json = { accepted: duplicate ? 0 : fine.length, duplicate, rejected };
    return { status: fine.length > 0 || duplicate ? 200 : 422, json };
  }
}
