import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { HttpPoster } from "../lib/http-poster.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import type { PermitAnswer } from "../../src/wire/permits.ts";
import type { Decision } from "../workers/limits-tachograph.ts";
import { CONTENDED_RULE, permitsPerMs } from "./bucket-rule.ts";
import { LeaseLoop } from "./lease-loop.ts";
import { type LimitsSystem, setLimit, startLimitsSystem } from "./limits-system.ts";
import { UseLog, type UseVerdict } from "./use-log.ts";

const HOLDERS = 64;
const TAKERS = 16;
/** A fifth of them has four fifths of the events. */
const BUSY_SHARE = 0.2;
/** Mean time between the events of a busy one, and of another, in a storm. */
const GAP_MS = { busy: 15, other: 250 };
/** Mean time between the points at which an event may come. */
const STEP_MS = 15;
/**
 * How long a storm lasts, and the calm before it, in which so much less is wanted that the bucket
 * fills and leases are larger than what is needed at once.
 */
const WAVE_MS = 1_500;
const CALM_FACTOR = 12;
/** How far into a storm the bucket is killed at the latest: while it still gives from its reserve. */
const CRASH_WITHIN_MS = 300;
const TIMEOUT_MS = 2_000;
/** A bucket that nobody empties cannot be overdrawn: the fullest window must be as full as this. */
const MIN_PRESSURE = 0.75;
const TARGET = "bench";
const SHARD = `default/${TARGET}#0`;

/** What one contender's run came to. */
interface Trial extends UseVerdict {
  /** What the limit allows from beginning to end. */
  readonly allowed: number;
  readonly attempts: number;
  readonly unanswered: number;
  /** Uses that needed no request. */
  readonly fromLeases: number;
  readonly crashes: number;
  readonly seconds: number;
}

/** One that wants permits all the time. */
interface Participant {
  attempt(): Promise<void>;
  flush(): Promise<void>;
  /** Requests without an answer. */
  readonly unanswered: number;
  /** Permits used without a request. */
  readonly fromLease: number;
}

type Contend = (system: LimitsSystem, poster: HttpPoster, log: UseLog) => Participant[];

/**
 * Holders outlive the bucket: they run here, in Node, and reach it over HTTP in a workerd that is
 * killed again and again. They log what they use by the machine's one clock.
 */
export async function measureOverAdmission(context: BenchContext): Promise<BenchRow[]> {
  const tachograph = await trial("Tachograph", tachographParticipants, context);
  const kv = await trial("KV", (system, poster, log) => takers(system, poster, log, "kv"), context);
  const memory = await trial(
    "an object's memory",
    (system, poster, log) => takers(system, poster, log, "memory"),
    context,
  );
  return [
    goalRow(tachograph),
    shownRow(
      "the bucket that everybody writes first: read from KV, decide, write to KV",
      kv,
      "a stand-in for KV at its best: consistent at once, never lost, no limit of writes; the real " +
        "one answers reads from caches of each location and takes one write a second of a key",
    ),
    shownRow(
      "a bucket in a Durable Object's memory, as in the documented example",
      memory,
      "tokens are a field, full whenever the object is constructed: every crash, eviction or " +
        "deployment gives a bucket away",
    ),
  ];
}

async function trial(
  name: string,
  contend: Contend,
  { quick, progress }: BenchContext,
): Promise<Trial> {
  const crashes = quick ? 3 : 8;
  const system = await startLimitsSystem();
  const poster = new HttpPoster(HOLDERS + TAKERS, TIMEOUT_MS);
  const over = new AbortController();
  try {
    await setLimit(system, SHARD, CONTENDED_RULE);
    progress(`over-admission: ${name}, ${crashes} times kill -9`);
    const log = new UseLog();
    const participants = contend(system, poster, log);
    const startedAt = Date.now();
    let attempts = 0;
    const work = participants.map(async (participant, i) => {
      const random = seededRandom(i + 1);
      const gapMs = i % (1 / BUSY_SHARE) === 0 ? GAP_MS.busy : GAP_MS.other;
      while (!over.signal.aborted) {
        await sleep(2 * random() * STEP_MS);
        const isCalm = Math.floor((Date.now() - startedAt) / WAVE_MS) % 2 === 0;
        if (random() < STEP_MS / gapMs / (isCalm ? CALM_FACTOR : 1)) {
          attempts += 1;
          await participant.attempt();
        }
        await participant.flush();
      }
    });
    const random = seededRandom(99);
    for (let crash = 0; crash < crashes; crash++) {
      const stormAt = startedAt + (2 * crash + 1) * WAVE_MS;
      await sleep(stormAt + CRASH_WITHIN_MS * random() - Date.now());
      await system.crash();
    }
    await sleep(startedAt + 2 * crashes * WAVE_MS - Date.now());
    over.abort();
    await Promise.all(work);
    const lastedMs = Date.now() - startedAt;
    const allowed = CONTENDED_RULE.capacity + permitsPerMs(CONTENDED_RULE) * lastedMs;
    const unanswered = participants.reduce((sum, participant) => sum + participant.unanswered, 0);
    const verdict = log.check(CONTENDED_RULE);
    const fromLeases = participants.reduce((sum, participant) => sum + participant.fromLease, 0);
    const seconds = lastedMs / 1_000;
    return { ...verdict, allowed, attempts, unanswered, fromLeases, crashes, seconds };
  } finally {
    over.abort();
    poster.close();
    await system.stop();
  }
}

/** Holders of leases, and those who take permit by permit as `POST …/take` does. */
function tachographParticipants(
  system: LimitsSystem,
  poster: HttpPoster,
  log: UseLog,
): Participant[] {
  const url = `${system.gateway}/permit?shard=${encodeURIComponent(SHARD)}`;
  const holders = Array.from({ length: HOLDERS }, (_, i) => {
    const ask = async (request: object): Promise<PermitAnswer> =>
      JSON.parse(await poster.post(url, JSON.stringify(request))) as PermitAnswer;
    return new LeaseLoop({
      target: TARGET,
      holder: `holder-${i}`,
      ask,
      onUse: (atMs) => log.record(atMs),
      now: () => Date.now(),
    });
  });
  return [...holders, ...someTakers(TAKERS, system, poster, log, "take")];
}

function takers(system: LimitsSystem, poster: HttpPoster, log: UseLog, way: string): Participant[] {
  return someTakers(HOLDERS + TAKERS, system, poster, log, way);
}

/** A permit that is taken counts as used when it is granted, by the bucket's word. */
function someTakers(
  count: number,
  system: LimitsSystem,
  poster: HttpPoster,
  log: UseLog,
  way: string,
): Participant[] {
  const url = `${system.gateway}/${way}?shard=${encodeURIComponent(SHARD)}`;
  return Array.from({ length: count }, () => {
    let unanswered = 0;
    return {
      get unanswered() {
        return unanswered;
      },
      async attempt() {
        try {
          const { granted, at } = JSON.parse(await poster.post(url, "")) as Decision;
          if (granted) log.record(at);
        } catch {
          // The bucket is being restarted; whatever it granted is not used.
          unanswered += 1;
        }
      },
      flush: () => Promise.resolve(),
      fromLease: 0,
    };
  });
}

function goalRow(trialled: Trial): BenchRow {
  const { worstExcess, worstUsed, worstAllowed, crashes } = trialled;
  const isPressed = pressureOf(trialled) === "";
  return {
    what: `Over-admission, ${HOLDERS} lease holders and ${TAKERS} takers, ${crashes} × kill -9 of the bucket`,
    goal: "0 permits",
    measured: `${figure(permitsOver(trialled))} permits`,
    verdict: isPressed || worstExcess > 0 ? verdictOf(worstExcess <= 0) : "info",
    spread: "one run",
    note:
      `every window, to the millisecond; the fullest has ${figure(worstUsed)} uses of ` +
      `${figure(worstAllowed)} allowed${pressureOf(trialled)}; ${figure(trialled.fromLeases)} uses from leases ` +
      `without asking; ${summary(trialled)}`,
    data: { ...trialled },
  };
}

function shownRow(what: string, trialled: Trial, why: string): BenchRow {
  const { worstUsed, worstAllowed } = trialled;
  const share = (worstUsed / worstAllowed - 1) * 100;
  return {
    what: `The same demand and crashes on ${what}`,
    goal: "–",
    measured: `${figure(permitsOver(trialled))} permits over (+${figure(Math.max(0, share))} %)`,
    verdict: "info",
    spread: "one run",
    note:
      `worst window: ${figure(worstUsed)} uses of ${figure(worstAllowed)} allowed` +
      `${pressureOf(trialled)}; ${summary(trialled)}; ${why}`,
    data: { ...trialled },
  };
}

function pressureOf({ worstUsed, worstAllowed }: Trial): string {
  const isPressed = worstUsed >= MIN_PRESSURE * worstAllowed;
  return isPressed ? "" : " (too few to prove anything: the machine is too busy)";
}

function permitsOver({ worstExcess }: Trial): number {
  return Math.max(0, worstExcess);
}

function summary({ used, allowed, attempts, unanswered, seconds }: Trial): string {
  const { capacity, refillPerMinute } = CONTENDED_RULE;
  return (
    `capacity ${figure(capacity)}, ${figure(refillPerMinute)} a minute; in ${figure(seconds)} s ` +
    `${figure(attempts)} attempts, ${figure(used)} used of ${figure(allowed)}, ` +
    `${figure(unanswered)} requests without an answer`
  );
}
