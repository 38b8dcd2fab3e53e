import { config } from "../../configured.ts";
import { ByteWriter } from "../../histogram/byte-writer.ts";
import { HDR_UNITS } from "../../histogram/record-into.ts";
import { type DeltaBuilder, writeDelta } from "../../merge/delta.ts";
import { countRejections } from "../../merge/intake-ledger.ts";
import type { Handler } from "../context.ts";
import { isRepeat, rejectionsOf, type TargetIntake, takeIn } from "../intake.ts";
import { intakeProblem, intakeResponse } from "../intake-response.ts";
import { parseHistogramLog, type RejectedRow } from "../parse-histogram-log.ts";
import { queryChoice, queryInteger, queryName, required } from "../parse-query.ts";
import { invalidQuery, orThrow, payloadTooLarge } from "../problem.ts";
import { readBody } from "../read-body.ts";

const MAX_BODY_BYTES = 1_048_576;

/** Most bytes of merged histograms for one target: they become part of one log row. */
const MAX_DELTA_BYTES = 1_000_000;

/** `POST /v1/histograms?unit=ns|us|ms[&rebase=now][&reporter=…&sequence=…]` */
export const postHistograms: Handler = async (request, { env, who, url }) => {
  const query = url.searchParams;
  const unit = orThrow(required("unit", queryChoice(query, "unit", HDR_UNITS)));
  const rebaseToNow = orThrow(queryChoice(query, "rebase", ["now"])) !== undefined;
  const reporter = orThrow(queryName(query, "reporter"));
  const sequence = orThrow(queryInteger(query, "sequence", 1, Number.MAX_SAFE_INTEGER));
  if ((reporter === undefined) !== (sequence === undefined)) {
    throw invalidQuery(
      reporter === undefined ? "reporter" : "sequence",
      reporter === undefined ? "must come with sequence" : "must come with reporter",
    );
  }
  const text = orThrow(await readBody(request, MAX_BODY_BYTES));
  const log = orThrow(parseHistogramLog(text, { unit, rebaseToNow, nowMs: Date.now() }));
  if (log.targets.size > config.maxTargets) {
    throw payloadTooLarge(
      `The log names ${log.targets.size} targets; a tenant has at most ${config.maxTargets}.`,
    );
  }
  const intakes = [...log.targets]
    .filter(([, { timings }]) => timings > 0)
    .map(([target, gain]) => toIntake(target, gain, reporter, sequence));
  const outcomes = await takeIn(env, who.tenant, intakes, countRejections(log.rejected));
  const problem = intakeProblem(outcomes, reporter !== undefined);
  if (problem !== undefined) throw problem;
  const accepted = outcomes.reduce((sum, { answer }) => sum + (answer.ok ? answer.accepted : 0), 0);
  const tooMany = rejectionsOf(outcomes).too_many_targets ?? 0;
  const late: RejectedRow[] =
    tooMany > 0 ? [{ index: 0, reason: "too_many_targets", count: tooMany }] : [];
  return intakeResponse({
    accepted,
    duplicate: isRepeat(outcomes),
    rejected: [...log.rejected, ...late],
    rows: log.rows,
  });
};

function toIntake(
  target: string,
  { delta, timings }: { readonly delta: DeltaBuilder; readonly timings: number },
  reporter: string | undefined,
  sequence: number | undefined,
): TargetIntake {
  const writer = new ByteWriter(4096);
  writeDelta(writer, delta.finish());
  if (writer.length > MAX_DELTA_BYTES) {
    throw payloadTooLarge(
      `The histograms of ${target} take ${writer.length} bytes; at most ${MAX_DELTA_BYTES} fit.`,
    );
  }
  return {
    target,
    reporter,
    sequence,
    content: { kind: "histograms", delta: writer.finish(), timings },
    givenUp: 0,
  };
}
