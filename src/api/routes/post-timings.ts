import { config } from "../../configured.ts";
import { countRejections } from "../../merge/intake-ledger.ts";
import type { Handler } from "../context.ts";
import { isRepeat, takeIn, type TargetOutcome } from "../intake.ts";
import { type IntakeBody, intakeProblem, intakeResponse } from "../intake-response.ts";
import { type ParsedTimings, parseTimings, type RejectedTiming } from "../parse-timings.ts";
import { orThrow } from "../problem.ts";
import { readJson } from "../read-body.ts";

const MAX_BODY_BYTES = 1_048_576;

/** `POST /v1/timings` */
export const postTimings: Handler = async (request, { env, who }) => {
  const { value } = orThrow(await readJson(request, MAX_BODY_BYTES));
  const parsed = orThrow(parseTimings(value, Date.now(), () => Math.random()));
  const [targets, overflow] = capTargets(parsed);
  const intakes = targets.map(([target, { columns, exemplars }]) => ({
    target,
    reporter: parsed.numbered?.reporter,
    sequence: parsed.numbered?.sequence,
    content: { kind: "timings" as const, columns },
    givenUp: 0,
    exemplars,
  }));
  const early = [...parsed.rejected, ...overflow];
  const outcomes = await takeIn(env, who.tenant, intakes, countRejections(early));
  const problem = intakeProblem(outcomes, parsed.numbered !== null);
  if (problem !== undefined) throw problem;
  return intakeResponse(combine(parsed, early, outcomes));
};

/** Each target is a shard to call, so a body may name no more than a tenant may have. */
function capTargets(parsed: ParsedTimings): [[string, Targets][], RejectedTiming[]] {
  const targets = [...parsed.targets];
  const overflow = targets
    .splice(config.maxTargets)
    .flatMap(([, { positions }]) =>
      Array.from(positions, (index) => ({ index, reason: "too_many_targets" as const })),
    );
  return [targets, overflow];
}

type Targets = ParsedTimings["targets"] extends ReadonlyMap<string, infer Entry> ? Entry : never;

function combine(
  parsed: ParsedTimings,
  early: readonly RejectedTiming[],
  outcomes: readonly TargetOutcome[],
): IntakeBody {
  let accepted = 0;
  const rejected = [...early];
  for (const { target, answer } of outcomes) {
    if (!answer.ok) continue;
    accepted += answer.accepted;
    const positions = parsed.targets.get(target)?.positions;
    for (const { position, reason } of answer.rejectedAt) {
      rejected.push({ index: positions?.[position] ?? position, reason });
    }
  }
  return {
    accepted,
    duplicate: isRepeat(outcomes),
    rejected: rejected.toSorted((left, right) => left.index - right.index),
    ...(parsed.ignoredTraces > 0 && { ignoredTraces: parsed.ignoredTraces }),
  };
}
