import { randomUUID } from "node:crypto";
import { dueEvents } from "./due-events.ts";
import { type EventSeries, madeUpEvent } from "./made-up-event.ts";
import { madeUpTraceparent } from "./made-up-traceparent.ts";

/** What the generator has done so far. */
export interface TrafficCounts {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
  readonly inFlight: number;
  /** Sendings to one platform that had to wait for their limit, or be repeated. */
  readonly deferred: number;
  /** Sendings to one platform that failed for good. */
  readonly undelivered: number;
}

export interface TrafficOptions {
  /** Takes `POST`s of events. */
  readonly url: string;
  readonly ratePerSecond: number;
  /** Shows one line to the user. */
  readonly say: (line: string) => void;
}

const MAX_IN_FLIGHT = 200;
const TICK_MS = 50;
const STATUS_EVERY_MS = 10_000;
const STOP_AFTER_MS = 3_600_000;
/** Longer than the tracking Worker waits for a platform. */
const ANSWER_TIMEOUT_MS = 15_000;

/** Of an answer of the tracking Worker, what is counted. */
interface TrackAnswer {
  readonly platforms: Readonly<Record<string, { readonly outcome: string }>>;
}

/** What needs nobody's attention. */
const KEPT: ReadonlySet<string> = new Set(["ok", "deferred"]);

/** Sends made-up events at a steady, bounded rate, says each ten seconds how it goes, and stops by itself. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #abort = new AbortController();
  readonly #startedAt = Date.now();
  readonly #timers: NodeJS.Timeout[];
  readonly #series: EventSeries;
  #counts = { sent: 0, ok: 0, failed: 0, skipped: 0, inFlight: 0, deferred: 0, undelivered: 0 };
  #lastFailure = "";

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#series = { ratePerSecond: options.ratePerSecond, run: randomUUID().slice(0, 8) };
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#sayStatus(), STATUS_EVERY_MS),
    ];
  }

  get counts(): TrafficCounts {
    return this.#counts;
  }

  /** Sends no more and drops what is in flight. */
  stop(): void {
    this.#timers.forEach(clearInterval);
    this.#abort.abort();
  }

  #tick(): void {
    const elapsedMs = Date.now() - this.#startedAt;
    if (elapsedMs >= STOP_AFTER_MS) {
      this.#timers.forEach(clearInterval);
      this.#sayStatus();
      this.#options.say("traffic: stops after one hour; all else goes on. Start again for more.");
      return;
    }
    const { ratePerSecond } = this.#options;
    const counts = this.#counts;
    const scheduled = counts.sent + counts.skipped;
    const progress = { scheduled, inFlight: counts.inFlight };
    const due = dueEvents({ ratePerSecond, maxInFlight: MAX_IN_FLIGHT }, progress, elapsedMs);
    counts.skipped += due.skip;
    for (let index = 0; index < due.send; index += 1) void this.#send();
  }

  async #send(): Promise<void> {
    const counts = this.#counts;
    counts.sent += 1;
    counts.inFlight += 1;
    try {
      const response = await fetch(this.#options.url, {
        method: "POST",
        headers: { "content-type": "application/json", traceparent: madeUpTraceparent() },
        body: JSON.stringify(madeUpEvent(this.#series, counts.sent, randomUUID())),
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      });
      const text = await response.text();
      if (response.ok) this.#succeed(text);
      else this.#fail(`answered ${response.status}`);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#fail(describe(error));
    } finally {
      counts.inFlight -= 1;
    }
  }

  #succeed(answer: string): void {
    const { platforms }: TrackAnswer = JSON.parse(answer);
    const outcomes = Object.values(platforms).map(({ outcome }) => outcome);
    this.#counts.ok += 1;
    this.#counts.deferred += outcomes.filter((outcome) => outcome === "deferred").length;
    this.#counts.undelivered += outcomes.filter((outcome) => !KEPT.has(outcome)).length;
  }

  #fail(why: string): void {
    this.#counts.failed += 1;
    this.#lastFailure = why;
  }

  #sayStatus(): void {
    const { sent, ok, failed, skipped, inFlight, deferred, undelivered } = this.#counts;
    const skips = skipped === 0 ? "" : `, ${skipped} skipped (${MAX_IN_FLIGHT} in flight)`;
    const why = failed === 0 ? "" : ` (last: ${this.#lastFailure})`;
    this.#options.say(
      `traffic: ${sent} sent, ${ok} ok, ${failed} failed${why}, ${inFlight} in flight${skips}; ` +
        `${deferred} deliveries deferred, ${undelivered} failed for good`,
    );
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
