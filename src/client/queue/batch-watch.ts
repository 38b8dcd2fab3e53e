import { MAX_SUMMED_PARTS } from "../../measures.ts";
import type { Outcome } from "../../outcome.ts";
import type { Recorder } from "../recorder.ts";
import { MAX_DURATION_MS } from "../time-call.ts";

/** What is to become of a message, and how long after its delivery that was said. */
interface Verdict {
  readonly isRetry: boolean;
  readonly afterMs: number;
}

/**
 * What it means that a handler asks for a message again: that it failed with it, or that its turn has
 * not come, as where a limit makes it wait.
 */
export type RetryMeaning = "failure" | "deferral";

interface WatchedMessage {
  verdict: Verdict | undefined;
}

/** The longest wait whose true length fits the measure: over 12 days. */
const MAX_WAIT_MS = MAX_SUMMED_PARTS / 1_000;

/**
 * Watches one batch while a handler has it: what waited how long, and what becomes of each message.
 * The handler is given the very batch, whose `ack`, `retry`, `ackAll` and `retryAll` are overlaid
 * with ones that do the same and take note. The first word on a message counts, as it does for the
 * runtime: its own `ack` or `retry` before any word on the whole batch, and nothing after one.
 *
 * None of this throws; what cannot be watched is counted by the recorder, and its end taken for that
 * of the batch.
 */
export class BatchWatch {
  readonly #recorder: Recorder;
  readonly #target: string;
  readonly #retryOutcome: Outcome;
  readonly #startedAt: number;
  readonly #messages: WatchedMessage[] = [];
  #batchVerdict: Verdict | undefined;

  /** Records how long each message waited. */
  constructor(
    recorder: Recorder,
    target: string,
    batch: MessageBatch,
    retriesMean: RetryMeaning = "failure",
  ) {
    this.#retryOutcome = retriesMean === "deferral" ? "rate_limited" : "error";
    this.#recorder = recorder;
    this.#target = target;
    this.#startedAt = recorder.stopwatch();
    this.#guarded(() => {
      const now = recorder.now();
      for (const message of batch.messages) this.#watchMessage(message, now);
      this.#overlay(batch, "ackAll", () => this.#decideAll(false));
      this.#overlay(batch, "retryAll", () => this.#decideAll(true));
    });
  }

  /**
   * Records what became of each message, once the handler is over. Without a word on it, a message
   * is acknowledged if the handler returned, and retried if it threw.
   *
   * @param failure - How it failed, if it did.
   */
  ended(failure: Outcome | undefined): void {
    const atEnd = this.#verdict(failure !== undefined);
    for (const { verdict } of this.#messages) {
      const said = verdict ?? this.#batchVerdict;
      const { isRetry, afterMs } = said ?? atEnd;
      const isThrown = said === undefined && failure !== undefined;
      const retryOutcome = isThrown ? failure : this.#retryOutcome;
      this.#recorder.record(this.#target, "process", afterMs, isRetry ? retryOutcome : "ok");
    }
  }

  #watchMessage(message: Message, now: number): void {
    const watched: WatchedMessage = { verdict: undefined };
    this.#messages.push(watched);
    const decide = (isRetry: boolean): void => {
      if (this.#batchVerdict === undefined) watched.verdict ??= this.#verdict(isRetry);
    };
    this.#guarded(() => {
      this.#recordWait(now - message.timestamp.getTime(), message.attempts);
      this.#overlay(message, "ack", () => decide(false));
      this.#overlay(message, "retry", () => decide(true));
    });
  }

  #recordWait(sinceSentMs: number, attempts: number): void {
    const waitMs = Math.min(Math.max(0, sinceSentMs), MAX_WAIT_MS);
    this.#recorder.record(this.#target, "wait", Math.min(waitMs, MAX_DURATION_MS), "ok", {
      waitMs,
      ...(attempts > 1 && { retries: attempts - 1 }),
    });
  }

  #decideAll(isRetry: boolean): void {
    this.#batchVerdict ??= this.#verdict(isRetry);
  }

  #verdict(isRetry: boolean): Verdict {
    const afterMs = Math.min(this.#recorder.elapsedMs(this.#startedAt), MAX_DURATION_MS);
    return { isRetry, afterMs };
  }

  /** Puts a method over the one that the object has; it keeps name, length and all else. */
  #overlay(owner: object, name: string, called: () => void): void {
    const bare: unknown = Reflect.get(owner, name);
    if (typeof bare !== "function") throw new TypeError(`there is no ${name}()`);
    const value = new Proxy(bare, {
      apply(callee, self: unknown, args: unknown[]) {
        const result: unknown = Reflect.apply(callee, self, args);
        if (self === owner) called();
        return result;
      },
    });
    const enumerable = Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? false;
    Object.defineProperty(owner, name, { value, enumerable, writable: true, configurable: true });
  }

  #guarded(watch: () => void): void {
    try {
      watch();
    } catch (error) {
      this.#recorder.noteFailure("queue", error);
    }
  }
}
