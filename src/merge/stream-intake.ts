import type { RunningTotal } from "../wire/running-total.ts";
import type { StreamCounts } from "./stream-counts.ts";
import { MAX_SILENCE_MS, type StreamStep, stepOf, type StreamTotal } from "./stream-step.ts";
import {
  encodeStreamTotal,
  MAX_STREAMS,
  type StreamChanges,
  type StreamTotals,
} from "./stream-totals.ts";

/**
 * How long a stream was silent at least before it is forgotten to make room for another one, in
 * milliseconds. A stream that began a moment ago is never forgotten: it would be taken for a new
 * one, of which all is counted once more.
 */
const FORGETTABLE_MS = 900_000;

/** Takes in the running totals of one group commit. It changes nothing outside itself. */
export class StreamIntake {
  readonly #known: StreamTotals;
  readonly #nowMs: number;
  readonly #news = new Map<string, StreamTotal>();
  readonly #forgotten = new Set<string>();
  /** Streams that were not known before. */
  #added = 0;
  #baselines = 0;
  #lost = 0;

  constructor(known: StreamTotals, nowMs: number) {
    this.#known = known;
    this.#nowMs = nowMs;
  }

  /** What a total means for its stream, as it is known and as this group left it. */
  take(total: RunningTotal): StreamStep {
    const { stream } = total;
    const last = this.#lastOf(stream);
    const step = stepOf(last, total, this.#nowMs);
    if (step.kind === "repeat" || step.kind === "refused") return step;
    if (last === undefined && !this.#makeRoom()) {
      return { kind: "refused", reason: "too_many_streams" };
    }
    const { startAt, at, value } = total;
    this.#news.set(stream, { startAt, at, value });
    if (step.kind === "baseline") this.#baselines += 1;
    return step;
  }

  get counts(): StreamCounts {
    return { baselines: this.#baselines, forgotten: this.#lost };
  }

  /** What is to be stored; undefined if nothing is. */
  finish(): StreamChanges | undefined {
    if (this.#news.size === 0) return undefined;
    const put = Array.from(this.#news, ([stream, total]) => ({
      stream,
      heardAt: this.#nowMs,
      body: encodeStreamTotal(total),
    }));
    return { put, forget: [...this.#forgotten].filter((stream) => !this.#news.has(stream)) };
  }

  #lastOf(stream: string): StreamTotal | undefined {
    const inGroup = this.#news.get(stream);
    if (inGroup !== undefined || this.#forgotten.has(stream)) return inGroup;
    return this.#known.get(stream);
  }

  /** @returns whether there is room for one more. */
  #makeRoom(): boolean {
    if (this.#known.size + this.#added - this.#forgotten.size >= MAX_STREAMS) {
      if (!this.#forgetOldest()) return false;
    }
    this.#added += 1;
    return true;
  }

  #forgetOldest(): boolean {
    for (const { stream, heardAt } of this.#known.oldestFirst()) {
      if (heardAt > this.#nowMs - FORGETTABLE_MS) return false;
      if (this.#forgotten.has(stream) || this.#news.has(stream)) continue;
      this.#forgotten.add(stream);
      if (heardAt > this.#nowMs - MAX_SILENCE_MS) this.#lost += 1;
      return true;
    }
    return false;
  }
}
