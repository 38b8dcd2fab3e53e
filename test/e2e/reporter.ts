import { setTimeout as sleep } from "node:timers/promises";
import { build, HistogramLogWriter } from "hdr-histogram-js";
import { OUTCOMES } from "../../src/outcome.ts";
import { type Answer, call, type Intake, TOKENS } from "./api.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { choiceFrom, integerFrom } from "./random.ts";
import { LAYOUT, middleOf, type Timing } from "./reference.ts";

const RETRY_PAUSE_MS = 100;
const SERIES = ["meta/events", "meta/audiences", "google/collect", "d1/insert", "cache/l1"];

/** A report that is on its way: what it says, and how to say it again. */
interface Report {
  readonly path: string;
  readonly body: string;
  readonly timings: readonly Timing[];
}

export interface ReporterOptions {
  readonly url: string;
  readonly name: string;
  readonly seed: number;
  readonly kind: "timings" | "histograms";
}

/**
 * Sends numbered reports one after the other. One that is not acknowledged is sent again, word for
 * word, until it is; one in ten that was acknowledged is sent once more all the same.
 */
export class Reporter {
  readonly name: string;
  /** Everything that was acknowledged. */
  readonly acknowledged: Timing[] = [];
  /** Requests that got no answer, or one that says to try again. */
  retries = 0;
  /** Answers that tell that the report, or a part of it, had been counted before. */
  repeats = 0;
  /** Timings of all reports so far, acknowledged or not. */
  sent = 0;
  readonly #options: ReporterOptions;
  readonly #random: () => number;
  #sequence = 0;
  #last: Report | undefined;

  constructor(options: ReporterOptions) {
    this.name = options.name;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  /** Sends while `isOpen`, then until the last report is acknowledged or `signal` is aborted. */
  async run(isOpen: () => boolean, signal: AbortSignal): Promise<void> {
    while (isOpen()) {
      this.#sequence += integerFrom(this.#random, 1, 3);
      const report = this.#nextReport();
      this.sent += report.timings.length;
      const intake = await this.#deliver(report, signal);
      this.acknowledged.push(...report.timings);
      this.#last = report;
      if (intake.accepted < report.timings.length) this.repeats += 1;
      if (this.#random() < 0.1) await this.#deliverAgain(report, signal);
      await sleep(integerFrom(this.#random, 0, 40));
    }
  }

  /** A repeat of what is known to be acknowledged must never count. */
  async #deliverAgain(report: Report, signal: AbortSignal): Promise<void> {
    this.#expectRepeat(await this.#deliver(report, signal));
  }

  #expectRepeat({ accepted, duplicate }: Intake): void {
    if (duplicate && accepted === 0) return;
    throw new Error(`${this.name}/${this.#sequence} was acknowledged and counted again`);
  }

  /**
   * Whatever broke down forgets nothing: after each failure the report before this one, which was
   * acknowledged, goes first once more, while it is still the newest that was counted for sure.
   */
  async #deliver(report: Report, signal: AbortSignal): Promise<Intake> {
    for (;;) {
      const intake = await this.#tryOnce(report, signal);
      if (intake !== undefined) return intake;
      const last = this.#last === undefined ? undefined : await this.#tryOnce(this.#last, signal);
      if (last !== undefined) this.#expectRepeat(last);
    }
  }

  /** What was answered, or undefined, after a pause, if it has to be sent again. */
  async #tryOnce(
    { path, body, timings }: Report,
    signal: AbortSignal,
  ): Promise<Intake | undefined> {
    signal.throwIfAborted();
    const answer = await this.#attempt(path, body);
    if (answer !== undefined && answer.status < 500) return this.#check(answer, timings.length);
    this.retries += 1;
    await sleep(RETRY_PAUSE_MS);
    return undefined;
  }

  /** One attempt in twenty is hung up on before its answer can be there. */
  async #attempt(path: string, body: string): Promise<Answer | undefined> {
    const patienceMs = this.#random() < 0.05 ? integerFrom(this.#random, 1, 60) : undefined;
    const options = { token: TOKENS.ingest, body };
    try {
      return await call(`${this.#options.url}${path}`, { ...options, timeoutMs: patienceMs });
    } catch {
      // Refused, reset, or cut off in the middle: whether it was counted is not known.
      return undefined;
    }
  }

  #check({ status, text }: Answer, offered: number): Intake {
    const intake = JSON.parse(text) as Intake;
    const isTaken = status === 200 && intake.rejected.length === 0 && intake.accepted <= offered;
    if (isTaken) return intake;
    throw new Error(`${this.name}/${this.#sequence} was answered ${status}: ${text}`);
  }

  #nextReport(): Report {
    const at = Date.now() - integerFrom(this.#random, 0, 3_000);
    return this.#options.kind === "timings" ? this.#timingsReport(at) : this.#histogramReport(at);
  }

  #timingsReport(at: number): Report {
    const timings = this.#draw(integerFrom(this.#random, 1, 120));
    const body = JSON.stringify({
      reporter: this.name,
      sequence: this.#sequence,
      timings: timings.map(({ durationUs, ...timing }) => ({
        ...timing,
        durationMs: durationUs / 1000,
        at,
      })),
    });
    return { path: "/v1/timings", body, timings };
  }

  /** A log with one row per series and outcome, as hdr-histogram-js writes it. */
  #histogramReport(at: number): Report {
    const drawn = this.#draw(integerFrom(this.#random, 1, 60));
    const timings: Timing[] = [];
    let body = "";
    const log = new HistogramLogWriter((text) => (body += text));
    log.outputLogFormatVersion();
    log.outputLegend();
    const tagOf = (timing: Timing): string =>
      `${timing.target}/${timing.operation}/${timing.outcome}`;
    for (const tag of new Set(drawn.map(tagOf))) {
      const histogram = build(LAYOUT);
      histogram.tag = tag;
      histogram.startTimeStampMsec = at;
      histogram.endTimeStampMsec = at + 1_000;
      for (const timing of drawn.filter((other) => tagOf(other) === tag)) {
        histogram.recordValue(timing.durationUs);
        timings.push({ ...timing, durationUs: middleOf(timing.durationUs) });
      }
      log.outputIntervalHistogram(histogram);
    }
    const query = `unit=us&reporter=${this.name}&sequence=${this.#sequence}`;
    return { path: `/v1/histograms?${query}`, body, timings };
  }

  #draw(count: number): Timing[] {
    return Array.from({ length: count }, () => {
      const [target = "", operation = ""] = choiceFrom(this.#random, SERIES).split("/");
      const outcome = choiceFrom(this.#random, OUTCOMES);
      return { target, operation, outcome, durationUs: this.#durationUs() };
    });
  }

  /** From 0 to ten minutes, each power of ten about as often as the next. */
  #durationUs(): number {
    return Math.min(Math.floor(10 ** (this.#random() * 8.8)) - 1, 600_000_000);
  }
}
