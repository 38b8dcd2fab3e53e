import type { BenchContext } from "../lib/bench-context.ts";
import type { BenchOutcome } from "../lib/bench-part.ts";
import { type BenchRow, failedRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { HttpPoster } from "../lib/http-poster.ts";
import { interleaved } from "../lib/interleaved.ts";
import { notePackage } from "../lib/machine.ts";
import { CONTENDED_RULE, ENDLESS_RULE, SMALL_RULE } from "./bucket-rule.ts";
import type { Contender, Host } from "./contender.ts";
import { CALLERS, decisionRate } from "./decision-rate.ts";
import { Entrant } from "./entrant.ts";
import { grantedAgain } from "./granted-again.ts";
import { type LimitsSystem, startLimitsSystem } from "./limits-system.ts";
import { memoryContender } from "./memory-contender.ts";
import { leaseHolders, takers } from "./participants.ts";
import { redisContender } from "./redis-contender.ts";
import { sideBySide } from "./side-by-side.ts";
import { type Participant, storm, type Trial, type Weather } from "./storm.ts";
import { UseLog } from "./use-log.ts";
import { firstDesigns, tachographContender } from "./workerd-contenders.ts";

const HOLDERS = 64;
const TAKERS = 16;
const TIMEOUT_MS = 2_000;
/** A bucket that nobody empties cannot be overdrawn: the fullest window must be as full as this. */
const MIN_PRESSURE = 0.75;
const TARGET = "storm";

/** How long everything is done. */
interface Plan {
  readonly ours: Weather;
  readonly others: Weather;
  readonly rounds: number;
  readonly rateMs: number;
}

const FULL: Plan = {
  ours: { crashes: 8, waveMs: 1_500 },
  others: { crashes: 4, waveMs: 1_500 },
  rounds: 5,
  rateMs: 1_000,
};
const QUICK: Plan = {
  ours: { crashes: 1, waveMs: 1_000 },
  others: { crashes: 1, waveMs: 500 },
  rounds: 2,
  rateMs: 150,
};

/**
 * Everybody who keeps a limit side by side: decisions a second, permits too many while the limit is
 * killed again and again, and what it forgets. Those who use permits live in Node and outlive the
 * limit; they log what they use by the machine's one clock.
 */
export async function measureOverAdmission(context: BenchContext): Promise<BenchOutcome> {
  const plan = context.quick ? QUICK : FULL;
  notePackage("rate-limiter-flexible");
  notePackage("ioredis");
  const system = await startLimitsSystem();
  const poster = new HttpPoster(HOLDERS + TAKERS, TIMEOUT_MS);
  const entrants = [tachographContender(system, poster), ...firstDesigns(system, poster)].map(
    (contender) => new Entrant(contender),
  );
  try {
    for (const contender of [
      await redisContender("default"),
      await redisContender("always"),
      await memoryContender(poster),
    ]) {
      entrants.push(new Entrant(contender));
    }
    await measureRates(entrants, plan, context);
    for (const entrant of entrants) {
      context.progress(`${entrant.name}: storms, with a kill -9 in each`);
      const isOurs = entrant.contender?.host === system && entrant === entrants[0];
      const weather = isOurs ? plan.ours : plan.others;
      entrant.trial = await entrant.try((contender) =>
        isOurs ? ourTrial(system, poster, contender, weather) : trial(contender, weather),
      );
    }
    await measureForgetting(entrants, context);
    const absent = entrants.flatMap(({ contender, name, why }) =>
      contender === undefined && why !== undefined ? [skippedRow(name, "–", why)] : [],
    );
    return { rows: [goalRow(entrants), ...absent], tables: [sideBySide(entrants)] };
  } finally {
    poster.close();
    for (const host of hostsOf(entrants)) await host.stop();
  }
}

async function measureRates(
  entrants: readonly Entrant[],
  { rounds, rateMs }: Plan,
  { progress }: BenchContext,
): Promise<void> {
  progress("decisions a second, each warmed up");
  const variants: Record<string, () => Promise<number>> = {};
  for (const entrant of entrants) {
    const take = await entrant.try((contender) => contender.limit("endless", ENDLESS_RULE));
    if (take === undefined) continue;
    await entrant.try(() => decisionRate(take, rateMs));
    variants[entrant.name] = async () => {
      const rate = await entrant.try(() => decisionRate(take, rateMs));
      if (rate !== undefined) entrant.clientCpus.push(rate.clientCpus);
      return rate?.perSecond ?? Number.NaN;
    };
  }
  progress(`decisions a second, ${CALLERS} callers, in turn`);
  const rates = await interleaved(variants, rounds);
  for (const entrant of entrants) entrant.rates = rates[entrant.name] ?? [];
}

/** Holders of leases, and those who take permit by permit as `POST …/take` does. */
async function ourTrial(
  system: LimitsSystem,
  poster: HttpPoster,
  contender: Contender,
  weather: Weather,
): Promise<Trial> {
  const take = await contender.limit(TARGET, CONTENDED_RULE);
  const log = new UseLog();
  const holders = leaseHolders(HOLDERS, system, poster, TARGET, log);
  return storm(system, [...holders, ...takers(TAKERS, take, log)], log, weather);
}

async function trial(contender: Contender, weather: Weather): Promise<Trial> {
  const take = await contender.limit(TARGET, CONTENDED_RULE);
  const log = new UseLog();
  const participants: readonly Participant[] = takers(HOLDERS + TAKERS, take, log);
  return storm(contender.host, participants, log, weather);
}

/** Those who share a host one after the other: each is killed with permits of its own granted. */
async function measureForgetting(
  entrants: readonly Entrant[],
  { progress }: BenchContext,
): Promise<void> {
  progress("emptied, killed with SIGKILL, and asked again");
  const perHost = hostsOf(entrants).map(async (host) => {
    for (const entrant of entrants.filter(({ contender }) => contender?.host === host)) {
      entrant.again = await entrant.try(async (contender) => {
        const take = await contender.limit("small", SMALL_RULE);
        return grantedAgain(take, () => host.crash());
      });
    }
  });
  await Promise.all(perHost);
}

function hostsOf(entrants: readonly Entrant[]): Host[] {
  return [...new Set(entrants.flatMap(({ contender }) => contender?.host ?? []))];
}

function goalRow([ours]: readonly Entrant[]): BenchRow {
  const what = `Over-admission, ${HOLDERS} lease holders and ${TAKERS} takers, kill -9 of the bucket in each storm`;
  const trialled = ours?.trial;
  if (trialled === undefined) return failedRow(what, ours?.why ?? "not measured");
  const { worstExcess, worstUsed, worstAllowed, crashes } = trialled;
  const goal = "0 permits";
  if (worstUsed < MIN_PRESSURE * worstAllowed && worstExcess <= 0) {
    const most = `the fullest window has ${figure(worstUsed)} uses of ${figure(worstAllowed)} allowed`;
    return skippedRow(what, goal, `${most}, too few to prove anything: the machine is too busy`);
  }
  return {
    what,
    goal,
    measured: `${figure(Math.max(0, worstExcess))} permits`,
    verdict: verdictOf(worstExcess <= 0),
    spread: "one run",
    note:
      `every window, to the millisecond, with ${crashes} × kill -9; the fullest has ${figure(worstUsed)} ` +
      `uses of ${figure(worstAllowed)} allowed; ${figure(trialled.fromLeases)} uses from ` +
      `leases without asking; ${summary(trialled)}`,
    data: { ...trialled },
  };
}

function summary({ used, allowed, attempts, unanswered, seconds }: Trial): string {
  const { capacity, refillPerMinute } = CONTENDED_RULE;
  return (
    `capacity ${figure(capacity)}, ${figure(refillPerMinute)} a minute; in ${figure(seconds)} s ` +
    `${figure(attempts)} attempts, ${figure(used)} used of ${figure(allowed)}, ` +
    `${figure(unanswered)} requests without an answer`
  );
}
