import type { BenchOutcome, BenchPart } from "./bench-part.ts";
import { failedRow, skippedRow } from "./bench-row.ts";
import { endAll } from "./cleanup.ts";
import type { PartResult } from "./part-result.ts";
import type { Progress } from "./progress.ts";

/** A part that takes so many times as long as expected hangs. */
const PATIENCE = 4;
/** The shortest that is waited for one, for machines that are busy with other things. */
const MIN_DEADLINE_MS = 60_000;

/** A part and the family that it belongs to. */
export interface PlannedPart {
  readonly family: string;
  readonly part: BenchPart;
}

/** One run of the bench. What it came to can be read at any time: a signal may end it. */
export class BenchRun {
  readonly #parts: readonly PlannedPart[];
  readonly #quick: boolean;
  readonly #progress: Progress;
  readonly #whyNoWorkerd: string | undefined;
  readonly #results: PartResult[] = [];

  constructor(options: {
    readonly parts: readonly PlannedPart[];
    readonly quick: boolean;
    readonly progress: Progress;
    /** Why there is no runtime, or undefined if there is one. */
    readonly whyNoWorkerd: string | undefined;
  }) {
    this.#parts = options.parts;
    this.#quick = options.quick;
    this.#progress = options.progress;
    this.#whyNoWorkerd = options.whyNoWorkerd;
  }

  /** Measures one part after the other. One that fails or hangs is told of and stops none. */
  async all(): Promise<void> {
    for (const { family, part } of this.#parts) {
      const startedAt = performance.now();
      const expectedSeconds = part.expectedSeconds[this.#quick ? "quick" : "full"];
      this.#progress.begin(`${family}/${part.name}`, expectedSeconds);
      const { rows, tables = [] } = await this.#measure(part, expectedSeconds);
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      this.#results.push({ family, part: part.name, seconds, rows, tables });
      this.#progress.finish();
    }
  }

  /** What has been measured, and rows that say so of what has not. */
  results(): readonly PartResult[] {
    const rest = this.#parts.slice(this.#results.length).map(({ family, part: { name } }) => {
      const rows = [skippedRow(name, "–", "the run was ended before")];
      return { family, part: name, seconds: 0, rows, tables: [] };
    });
    return [...this.#results, ...rest];
  }

  async #measure(part: BenchPart, expectedSeconds: number): Promise<BenchOutcome> {
    if (part.needsWorkerd && this.#whyNoWorkerd !== undefined) {
      return { rows: [skippedRow(part.name, "–", this.#whyNoWorkerd)] };
    }
    const deadlineMs = Math.max(expectedSeconds * PATIENCE * 1_000, MIN_DEADLINE_MS);
    const progress = (text: string): void => this.#progress.say(text);
    try {
      const measured = Promise.resolve(part.measure({ quick: this.#quick, progress }));
      return toOutcome(await before(measured, deadlineMs));
    } catch (cause) {
      // Also what a measurement that hangs has started.
      await endAll();
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      this.#progress.say(text);
      return { rows: [failedRow(part.name, cause instanceof Error ? cause.message : text)] };
    }
  }
}

function toOutcome(
  measured: BenchOutcome | Awaited<ReturnType<BenchPart["measure"]>>,
): BenchOutcome {
  return "rows" in measured ? measured : { rows: measured };
}

/** Whoever is late goes on by itself, and fails as soon as what it uses has ended. */
function before<Value>(promise: Promise<Value>, deadlineMs: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done after ${deadlineMs / 1_000} s: ended`)),
      deadlineMs,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
