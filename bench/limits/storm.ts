import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { CONTENDED_RULE, permitsPerMs } from "./bucket-rule.ts";
import type { Host } from "./contender.ts";
import type { UseLog, UseVerdict } from "./use-log.ts";

/** A fifth of them has four fifths of the events. */
const BUSY_SHARE = 0.2;
/** Mean time between the events of a busy one, and of another, in a storm. */
const GAP_MS = { busy: 15, other: 250 };
/** Mean time between the points at which an event may come. */
const STEP_MS = 15;
const CALM_FACTOR = 12;
/** How far into a storm the bucket is killed at the latest: while it still gives from its reserve. */
const CRASH_WITHIN_MS = 300;

/** One that wants permits all the time. */
export interface Participant {
  /** An event that wants one. */
  attempt(): Promise<void>;
  /** Tells and asks in advance, if it is time to. */
  flush(): Promise<void>;
  /** Requests without an answer. */
  readonly unanswered: number;
  /** Permits used without a request. */
  readonly fromLease: number;
}

export interface Weather {
  /** As many storms, with a kill -9 early in each. */
  readonly crashes: number;
  /**
   * How long a storm lasts, and the calm before it, in which so much less is wanted that the bucket
   * fills and leases are larger than what is needed at once.
   */
  readonly waveMs: number;
}

/** What one contender's storms came to. */
export interface Trial extends UseVerdict {
  /** What the limit allows from beginning to end. */
  readonly allowed: number;
  readonly attempts: number;
  readonly unanswered: number;
  /** Uses that needed no request. */
  readonly fromLeases: number;
  readonly crashes: number;
  readonly seconds: number;
}

/** Lets participants want permits of {@link CONTENDED_RULE} while their limit is killed again and again. */
export async function storm(
  host: Pick<Host, "crash">,
  participants: readonly Participant[],
  log: UseLog,
  { crashes, waveMs }: Weather,
): Promise<Trial> {
  const over = new AbortController();
  const startedAt = Date.now();
  let attempts = 0;
  const work = participants.map(async (participant, i) => {
    const random = seededRandom(i + 1);
    const gapMs = i % (1 / BUSY_SHARE) === 0 ? GAP_MS.busy : GAP_MS.other;
    while (!over.signal.aborted) {
      await sleep(2 * random() * STEP_MS);
      const isCalm = Math.floor((Date.now() - startedAt) / waveMs) % 2 === 0;
      if (random() < STEP_MS / gapMs / (isCalm ? CALM_FACTOR : 1)) {
        attempts += 1;
        await participant.attempt();
      }
      await participant.flush();
    }
  });
  try {
    const random = seededRandom(99);
    for (let crash = 0; crash < crashes; crash++) {
      const stormAt = startedAt + (2 * crash + 1) * waveMs;
      await sleep(Math.max(stormAt + CRASH_WITHIN_MS * random() - Date.now(), 0));
      await host.crash();
    }
    await sleep(Math.max(startedAt + 2 * crashes * waveMs - Date.now(), 0));
  } finally {
    over.abort();
    await Promise.all(work);
  }
  const lastedMs = Date.now() - startedAt;
  const sum = (of: (participant: Participant) => number): number =>
    participants.reduce((total, participant) => total + of(participant), 0);
  return {
    ...log.check(CONTENDED_RULE),
    allowed: CONTENDED_RULE.capacity + permitsPerMs(CONTENDED_RULE) * lastedMs,
    attempts,
    unanswered: sum(({ unanswered }) => unanswered),
    fromLeases: sum(({ fromLease }) => fromLease),
    crashes,
    seconds: lastedMs / 1_000,
  };
}
