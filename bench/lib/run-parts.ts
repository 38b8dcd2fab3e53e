import type { BenchOutcome, BenchPart } from "./bench-part.ts";
import { failedRow, skippedRow } from "./bench-row.ts";
import { Scope } from "./cleanup.ts";
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

export interface BenchRunOptions {
  readonly parts: readonly PlannedPart[];
  readonly quick: boolean;
  readonly progress: Progress;
  /** Why there is no runtime, or undefined if there is one. */
  readonly whyNoWorkerd: string | undefined;
  /** The shortest time after which a part counts as hanging, milliseconds. */
  readonly minDeadlineMs?: number;
}

/** One run of the bench. What it came to can be read at any time: a signal may end it. */
export class BenchRun {
  readonly #options: BenchRunOptions;
  readonly #results: PartResult[] = [];
  #isEnded = false;
  #fail: ((cause: unknown) => void) | undefined;

  constructor(options: BenchRunOptions) {
    this.#options = options;
  }

  /** Measures one part after the other. One that fails or hangs is told of and stops none. */
  async all(): Promise<void> {
    const { parts, quick, progress } = this.#options;
    for (const { family, part } of parts) {
      const startedAt = performance.now();
      const expectedSeconds = part.expectedSeconds[quick ? "quick" : "full"];
      const what = `${family}/${part.name}`;
      progress.begin(what, expectedSeconds);
      const { rows, tables = [] } = await this.#measure(what, part, expectedSeconds);
      // What everything was taken away from has nothing to say.
      if (this.isEnded) return;
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      this.#results.push({ family, part: part.name, seconds, goals: part.goals, rows, tables });
      progress.finish();
    }
  }

  /** Begins no further part, and takes no results any more. */
  end(): void {
    this.#isEnded = true;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Takes a failure that nobody caught for that of the part that is being measured.
   * @returns whether there is one.
   */
  fail(cause: unknown): boolean {
    this.#fail?.(cause);
    return this.#fail !== undefined;
  }

  /** What has been measured, and rows that say so of what has not. */
  results(): readonly PartResult[] {
    const rest = this.#options.parts.slice(this.#results.length).map(({ family, part }) => {
      const rows = notMeasured(`${family}/${part.name}`, part).map((goal) =>
        skippedRow(goal, "–", "the run was ended before"),
      );
      return { family, part: part.name, seconds: 0, goals: part.goals, rows, tables: [] };
    });
    return [...this.#results, ...rest];
  }

  async #measure(what: string, part: BenchPart, expectedSeconds: number): Promise<BenchOutcome> {
    const { quick, progress, whyNoWorkerd, minDeadlineMs = MIN_DEADLINE_MS } = this.#options;
    if (part.needsWorkerd && whyNoWorkerd !== undefined) {
      return { rows: notMeasured(what, part).map((goal) => skippedRow(goal, "–", whyNoWorkerd)) };
    }
    const deadlineMs = Math.max(expectedSeconds * PATIENCE * 1_000, minDeadlineMs);
    const say = (text: string): void => {
      if (!this.#isEnded) progress.say(text);
    };
    const scope = new Scope();
    try {
      const measure = (): Promise<Awaited<ReturnType<BenchPart["measure"]>>> =>
        scope.run(async () => part.measure({ quick, progress: say }));
      return toOutcome(await this.#within(deadlineMs, measure));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      if (!this.#isEnded) progress.tell(cause instanceof Error ? (cause.stack ?? why) : why);
      return { rows: notMeasured(what, part).map((goal) => failedRow(goal, why)) };
    } finally {
      // Also what a measurement that hangs has started, and what one forgot.
      await scope.end();
    }
  }

  /** Whoever is late goes on by itself, and fails as soon as it uses what has ended or starts more. */
  async #within<Value>(deadlineMs: number, work: () => Promise<Value>): Promise<Value> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const never = new Promise<never>((_, reject) => {
      this.#fail = reject;
      const why = new Error(`not done after ${deadlineMs / 1_000} s: ended`);
      timer = setTimeout(() => reject(why), deadlineMs);
    });
    try {
      return await Promise.race([work(), never]);
    } finally {
      this.#fail = undefined;
      clearTimeout(timer);
    }
  }
}

/** What there is to say of a part that came to nothing: each of its goals, or itself if it has none. */
function notMeasured(what: string, { goals }: BenchPart): string[] {
  return goals.length === 0 ? [what] : goals.map((goal) => `${what}: ${goal}`);
}

function toOutcome(
  measured: BenchOutcome | Awaited<ReturnType<BenchPart["measure"]>>,
): BenchOutcome {
  return "rows" in measured ? measured : { rows: measured };
}
