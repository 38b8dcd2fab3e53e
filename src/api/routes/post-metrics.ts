import { config } from "../../configured.ts";
import { OtlpError } from "../../otlp/otlp-error.ts";
import type { OtlpRequest } from "../../otlp/otlp-model.ts";
import { PointSorter } from "../../otlp/point-sorter.ts";
import { readOtlpJson } from "../../otlp/read-otlp-json.ts";
import { readOtlpProtobuf } from "../../otlp/read-otlp-protobuf.ts";
import type { RejectedPoints } from "../../otlp/rejected-points.ts";
import { rejectionText } from "../../otlp/rejection-text.ts";
import { bodyDigest } from "../../otlp/stream-digest.ts";
import type { ShardAnswer } from "../../wire/shard-rpc.ts";
import type { Handler } from "../context.ts";
import { takeIn } from "../intake.ts";
import {
  exportResponse,
  type OtlpFormat,
  otlpFormat,
  statusResponse,
} from "../otlp/otlp-format.ts";
import { type PointIntake, pointIntakes } from "../otlp/point-intakes.ts";
import { badRequest, orThrow, payloadTooLarge, Problem, unavailable } from "../problem.ts";
import { decodeText, parseJson, readBodyBytes } from "../read-body.ts";
import { shardNumber } from "../shard-for.ts";

/** Most bytes of a request, as sent and inflated. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/**
 * A sender gives up after 10 s by default, so a request of many parts is answered before: what came
 * too late is told to be sent again.
 */
const LIMITS = { concurrency: 16, deadlineMs: 5_000, startWithinMs: 4_000 };

/** How soon a sender may try again when storage did not take its points. */
const RETRY_AFTER_MS = 1_000;

/**
 * `POST /v1/metrics`: an OTLP metrics export request. Once its encoding is known, every problem is
 * answered in it, as OTLP has it.
 */
export const postMetrics: Handler = async (request, { env, who }) => {
  const format = orThrow(otlpFormat(request));
  try {
    const body = orThrow(await readBodyBytes(request, MAX_BODY_BYTES));
    const sorter = new PointSorter({
      config: config.otlp,
      maxTargets: config.maxTargets,
      nowMs: Date.now(),
      random: Math.random,
    });
    sorter.sort(readRequest(format, body));
    const parts = pointIntakes(sorter.targets, {
      digest: bodyDigest(body),
      shardOf: (target, stream) => shardNumber(config, target, stream),
    });
    const intakes = parts.map(({ intake }) => intake);
    const outcomes = await takeIn(env, who.tenant, intakes, sorter.refused, LIMITS);
    for (const [i, { answer }] of outcomes.entries()) {
      throwIfNotTaken(answer);
      const part = parts[i];
      if (part !== undefined) addRefused(sorter.rejected, part, answer);
    }
    return exportResponse(format, sorter.rejected.count, sorter.rejected.message());
  } catch (cause) {
    if (cause instanceof Problem) return statusResponse(format, cause);
    throw cause;
  }
};

/** @throws Problem 400 for what is no such request, 413 for one that holds too much. */
function readRequest(format: OtlpFormat, body: Uint8Array): OtlpRequest {
  try {
    if (format === "protobuf") return readOtlpProtobuf(body);
    return readOtlpJson(orThrow(parseJson(orThrow(decodeText(body)))).value);
  } catch (cause) {
    if (!(cause instanceof OtlpError)) throw cause;
    throw cause.isTooLarge ? payloadTooLarge(cause.message) : badRequest(cause.message);
  }
}

/** @throws Problem if a shard could not take a report. */
function throwIfNotTaken(answer: ShardAnswer): void {
  if (answer.ok) return;
  if (answer.reason === "invalid") throw badRequest(answer.detail);
  const advice = "Send the same request again: what was counted already is not counted twice.";
  throw unavailable(`${answer.detail}. ${advice}`, RETRY_AFTER_MS);
}

/** Adds the points that a shard refused. */
function addRefused(
  to: RejectedPoints,
  { intake, points }: PointIntake,
  answer: ShardAnswer,
): void {
  if (!answer.ok) return;
  for (const { position, reason } of answer.rejectedAt) {
    to.add(intake.target, rejectionText(reason), points[position]);
  }
}
