import { type BenchRow, failedRow, skippedRow, verdictOf } from "../lib/bench-row.ts";
import { figure, spread } from "../lib/format.ts";
import { median, ratios } from "../lib/statistics.ts";
import type { AnswerFigures, SystemFigures } from "./ask-all.ts";
import type { QueryFigures } from "./percentiles.ts";

/** How much quicker a month has to be than InfluxDB over its raw points. */
const GOAL_RATIO = 50;
const GOAL_ERROR = 0.001;

/** Who everybody else is held against. */
const OURS = "Tachograph";

/** Ours against each of the others, and how exact it is. */
export function queryRows({ systems, missing, failed, isLook }: QueryFigures): BenchRow[] {
  const broken = failed.map(({ name, why }) => failedRow(`Time by ours: ${name}`, why));
  const [ours, ...others] = systems;
  if (ours?.system.name !== OURS) return broken;
  const skipped = missing.map(({ name, missing: why }) =>
    skippedRow(`Time by ours: ${name}`, name === "InfluxDB" ? `≥ ${GOAL_RATIO} ×` : "–", why),
  );
  const ratioRowsOf = (other: SystemFigures): BenchRow[] => ratioRows(ours, other, isLook);
  return [...others.flatMap(ratioRowsOf), ...skipped, ...broken, errorRow(ours)];
}

/** A row for each question about one platform, and for a month of all beside the goal: asked once. */
function ratioRows(ours: SystemFigures, other: SystemFigures, isLook: boolean): BenchRow[] {
  const hasGoal = other.system.name === "InfluxDB";
  return ours.answers.flatMap((mine, i) => {
    const theirs = other.answers[i];
    if (theirs === undefined) return [];
    const times = ratios(theirs.roundsMs, mine.roundsMs);
    const { question, targets } = mine.plan;
    const isMonth = hasGoal && question.name === "30 d";
    // The shorter ones of all platforms are in the table.
    if (!isMonth && targets.length > 1) return [];
    const isGoal = isMonth && targets.length === 1;
    const isOnce = mine.plan.rounds === 0 ? "; the first answer of each, asked once" : "";
    return [
      {
        what: `${question.name} of ${platforms(mine)}, time by ours: ${other.system.name}`,
        goal: isGoal ? `≥ ${GOAL_RATIO} ×${isLook ? " of ten million" : ""}` : "–",
        measured: `${figure(median(times))} ×`,
        verdict: isGoal && !isLook ? verdictOf(median(times) >= GOAL_RATIO) : "info",
        spread: spread(times),
        note: `${figure(median(mine.roundsMs))} ms against ${figure(median(theirs.roundsMs))} ms${isOnce}`,
        data: { times },
      } satisfies BenchRow,
    ];
  });
}

/** Which platforms an answer is about, in words. */
export function platforms({ plan: { targets } }: AnswerFigures): string {
  return targets.length === 1 ? "one platform" : `${targets.length} platforms`;
}

function errorRow({ answers }: SystemFigures): BenchRow {
  const errors = answers.map(({ error }) => error);
  const worst = Math.max(...errors);
  return {
    what: "p50–p99.9 of every answer against the sorted timings: worst relative error",
    goal: "≤ 0.1 %",
    measured: `${figure(worst * 100)} %`,
    verdict: verdictOf(worst <= GOAL_ERROR),
    spread: spread(errors.map((error) => error * 100)),
    note: "one and five platforms, 1 min, 24 h and 30 d",
    data: { errors },
  };
}
