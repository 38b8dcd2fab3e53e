import type { Candidate } from "../lib/candidate.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median } from "../lib/statistics.ts";
import type { QueryAnswer, QuerySystem } from "./query-system.ts";
import { type PlatformTimings, type Question, timingsWithin } from "./timings.ts";
import { exactPercentiles, worstError } from "./truth.ts";

/** What answers sooner is asked again within a round: one answer alone would be noise. */
const ROUND_MS = 100;
const MAX_ASKS = 20;

/** One question, about one platform or all of them. */
export interface Plan {
  readonly question: Question;
  readonly targets: readonly string[];
  /** After the first answer; with 0 of them it is the only one. */
  readonly rounds: number;
}

/** How a system answered one plan. */
export interface AnswerFigures {
  readonly plan: Plan;
  /** The very first time. */
  readonly firstMs: number;
  /** Of each round, the median of its answers; the first answer if there are no rounds. */
  readonly roundsMs: readonly number[];
  /** Of the first answer, against the exact one by the system's own rule of ranks. */
  readonly error: number;
  /** Rows of D1 for one answer. */
  readonly rowsRead: number | undefined;
}

export interface AskedSystem {
  readonly system: QuerySystem;
  /** In the order of the plans. */
  readonly answers: readonly AnswerFigures[];
}

/** A system with all that was measured of it. */
export interface SystemFigures extends AskedSystem {
  readonly loadSeconds: number;
}

/**
 * Asks all systems the same, plan by plan: each once, then in turn. A system that fails is asked
 * nothing more, and is not among the figures.
 */
export async function askAll(
  candidates: ReadonlyMap<QuerySystem, Candidate>,
  all: readonly PlatformTimings[],
  plans: readonly Plan[],
  progress: (text: string) => void,
): Promise<AskedSystem[]> {
  const systems = [...candidates.keys()];
  const answers = new Map(systems.map((system) => [system, [] as AnswerFigures[]]));
  for (const plan of plans) {
    const { question, targets, rounds } = plan;
    const what = `${question.name} of ${targets.length} ${targets.length === 1 ? "platform" : "platforms"}`;
    const firsts = new Map<QuerySystem, Omit<AnswerFigures, "roundsMs">>();
    for (const system of systems) {
      progress(`${what}: ${system.name}`);
      const first = await candidates.get(system)?.try(() => askFirst(system, plan, all));
      if (first !== undefined) firsts.set(system, first);
    }
    if (rounds > 0) progress(`${what}: in turn`);
    const variants = [...firsts.keys()].map((system) => {
      const ask = async (): Promise<number> =>
        (await candidates.get(system)?.try(() => askRound(system, plan))) ?? Number.NaN;
      return [system.name, ask] as const;
    });
    const figures = await interleaved(Object.fromEntries(variants), rounds);
    for (const [system, first] of firsts) {
      const roundsMs = rounds === 0 ? [first.firstMs] : (figures[system.name] ?? []);
      answers.get(system)?.push({ ...first, roundsMs });
    }
  }
  const answered = systems.filter((system) => candidates.get(system)?.why === undefined);
  return answered.map((system) => ({ system, answers: answers.get(system) ?? [] }));
}

async function askFirst(
  system: QuerySystem,
  plan: Plan,
  all: readonly PlatformTimings[],
): Promise<Omit<AnswerFigures, "roundsMs">> {
  const { question, targets } = plan;
  const before = await system.rowsRead?.();
  const startedAt = performance.now();
  const answer = await system.ask(question, targets);
  const firstMs = performance.now() - startedAt;
  const after = await system.rowsRead?.();
  const rowsRead = before === undefined || after === undefined ? undefined : after - before;
  return { plan, firstMs, rowsRead, error: errorOf(system, plan, answer, all) };
}

function errorOf(
  { rule }: QuerySystem,
  { question, targets }: Plan,
  { percentilesUs }: QueryAnswer,
  all: readonly PlatformTimings[],
): number {
  const asked = all.filter(({ target }) => targets.includes(target));
  const errors = asked.map((timings) => {
    const { target, durationsUs } = timingsWithin(timings, question);
    return worstError(percentilesUs.get(target) ?? [], exactPercentiles(durationsUs, rule));
  });
  return Math.max(...errors);
}

async function askRound(system: QuerySystem, { question, targets }: Plan): Promise<number> {
  const answersMs: number[] = [];
  const startedAt = performance.now();
  for (let now = startedAt; now < startedAt + ROUND_MS && answersMs.length < MAX_ASKS;) {
    const askedAt = now;
    await system.ask(question, targets);
    now = performance.now();
    answersMs.push(now - askedAt);
  }
  return median(answersMs);
}
