import {
  D1Imports,
  type FoundDay,
  type ImportPlace,
} from "../../../durable-objects/storage/d1-imports.ts";
import { D1Rollups } from "../../../durable-objects/storage/d1-rollups.ts";
import { D1Totals } from "../../../durable-objects/storage/d1-totals.ts";
import { config } from "../../configured.ts";
import { keptFrom } from "../../coordinator/retention.ts";
import { HDR_UNITS } from "../../histogram/record-into.ts";
import { importParts, MAX_IMPORT_PIECES } from "../../merge/import-part.ts";
import type { Stretch } from "../../merge/row-stretch.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, STEPS_MS } from "../../merge/slot-time.ts";
import { givenStretches, overlapText, stretchOverlap } from "../../merge/stretch-overlap.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler, RequestContext } from "../context.ts";
import type { HistoryImportAnswer } from "../history-import-answer.ts";
import { MERGE_ADVICE } from "../merge-advice.ts";
import { noteImport } from "../note-import.ts";
import { parseHistoryImport } from "../parse-history-import.ts";
import {
  queryBoolean,
  queryChoice,
  queryDay,
  queryInteger,
  queryName,
  required,
} from "../parse-query.ts";
import { conflict, invalidQuery, orThrow, type Problem, unprocessable } from "../problem.ts";
import { readBody } from "../read-body.ts";

const MAX_BODY_BYTES = 4 * 1_048_576;

/**
 * `POST /v1/history/import?target=…&operation=…&day=YYYY-MM-DD&unit=ns|us|ms&import=ID`
 * `[&piece=0&pieces=1][&check=1][&merge=1][&run=ID]`: one day of one series into D1, beside what is
 * live. The same import may be sent again: it replaces what it wrote. A day that is too large for
 * one request comes in pieces, in their order; `check=1` only says what would become of one.
 */
export const postHistoryImport: Handler = async (request, context) => {
  const { env, who } = context;
  const query = readQuery(context);
  const { place, unit, isCheck, importId, run } = query;
  const nowMs = Date.now();
  const kept = keptFrom(config.retention, nowMs);
  if (place.dayAt < kept[DAY_MS]) {
    throw unprocessable(
      `${new Date(place.dayAt).toISOString().slice(0, 10)} is older than the ` +
        `${config.retention.daysDays} days that are kept (retention in tachograph.config.ts).`,
    );
  }
  const text = orThrow(await readBody(request, MAX_BODY_BYTES));
  const { target, operation, dayAt, piece, pieces } = place;
  const parsed = orThrow(
    parseHistoryImport(text, { series: { target, operation }, dayAt, unit, nowMs }),
  );
  const stretches = parsed.day.stretches(kept);
  const imports = new D1Imports(env.DB, who.tenant);
  const found = await imports.find(place, stretches);
  if (!found.isSame) {
    // What is there is of the pieces that this one belongs to only when it is written in its turn.
    if (!isCheck) refuseOverlap([...givenStretches(found.earlier, kept), ...parsed.day.given()]);
    // A day that was begun is completed: others that came meanwhile have agreed to be added to it.
    const mayAdd = query.mayMerge || found.earlier.length > 0;
    if (!mayAdd) await refuseForeign(context, place, found);
    if (!found.hasOwn && !found.hasForeign) await checkRoom(context, place);
    if (!isCheck) {
      const isWritten = await imports.replace(place, stretches, mayAdd);
      if (!isWritten) throw foreignConflict(place, await imports.find(place, stretches));
      await noteImport(env, who, run, { target, operation, day: new Date(dayAt).toISOString() });
    }
  }
  const { rows, duplicates, count } = parsed;
  const lengths = stretches.map(({ stepMs }) => stepMs);
  const answer: HistoryImportAnswer = {
    import: importId,
    target,
    operation,
    day: new Date(dayAt).toISOString().slice(0, 10),
    piece,
    pieces,
    checked: isCheck,
    rows,
    duplicates,
    count,
    coarse: parsed.day.coarse(kept),
    duplicate: found.isSame,
    replaced: found.hasOwn && !found.isSame,
    stored: {
      minutes: lengths.filter((stepMs) => stepMs === MINUTE_MS).length,
      hours: lengths.filter((stepMs) => stepMs === HOUR_MS).length,
    },
  };
  return Response.json(answer);
};

interface ImportQuery {
  readonly place: ImportPlace;
  readonly unit: (typeof HDR_UNITS)[number];
  readonly mayMerge: boolean;
  /** Whether nothing is to be written. */
  readonly isCheck: boolean;
  readonly importId: string;
  /** What the audit trail calls it. */
  readonly run: string;
}

function readQuery({ url }: RequestContext): ImportQuery {
  const query = url.searchParams;
  const target = orThrow(required("target", queryName(query, "target")));
  const operation = orThrow(required("operation", queryName(query, "operation")));
  const dayAt = orThrow(required("day", queryDay(query, "day")));
  const unit = orThrow(required("unit", queryChoice(query, "unit", HDR_UNITS)));
  const importId = orThrow(required("import", queryName(query, "import")));
  const piece = orThrow(queryInteger(query, "piece", 0, MAX_IMPORT_PIECES - 1)) ?? 0;
  const pieces = orThrow(queryInteger(query, "pieces", 1, MAX_IMPORT_PIECES)) ?? piece + 1;
  if (piece >= pieces) throw invalidQuery("piece", `must be less than pieces, which is ${pieces}`);
  const mayMerge = orThrow(queryBoolean(query, "merge")) ?? false;
  const isCheck = orThrow(queryBoolean(query, "check")) ?? false;
  const run = orThrow(queryName(query, "run")) ?? importId;
  const parts = importParts(importId, operation);
  const place = { target, operation, dayAt, parts, piece, pieces };
  return { place, unit, mayMerge, isCheck, importId, run };
}

/** @throws Problem 422 for what would count twice, all pieces until now taken together. */
function refuseOverlap(given: readonly Stretch[]): void {
  const overlap = stretchOverlap(given);
  if (overlap !== undefined) throw unprocessable(overlapText(overlap));
}

/** @throws Problem 409 if the day has timings that this import did not write. */
async function refuseForeign(
  { env, who }: RequestContext,
  place: ImportPlace,
  found: FoundDay,
): Promise<void> {
  const { target, operation, dayAt } = place;
  const unsettled = await askCoordinator(env, who.tenant, (coordinator) =>
    coordinator.unsettled({ target, operation }, dayAt, dayAt + DAY_MS),
  );
  if (found.hasForeign || unsettled.length > 0) throw foreignConflict(place, found);
}

function foreignConflict(
  { target, operation, dayAt }: ImportPlace,
  { foreignTimings }: FoundDay,
): Problem {
  const isOne = foreignTimings === 1;
  const many = foreignTimings === 0 ? "Timings" : `${foreignTimings} timings`;
  return conflict(
    `${isOne ? "1 timing" : many} of ${target}/${operation} on ` +
      `${new Date(dayAt).toISOString().slice(0, 10)} ${isOne ? "is" : "are"} there ` +
      `already, reported live or imported under another name. ${MERGE_ADVICE}`,
  );
}

/** @throws Problem 422 if a new series would be one more than a tenant may have. */
async function checkRoom(
  { env, who }: RequestContext,
  { target, operation }: ImportPlace,
): Promise<void> {
  const targets = await new D1Totals(env.DB, who.tenant).listTargets(STEPS_MS);
  if (!targets.includes(target)) {
    if (targets.length < config.maxTargets) return;
    throw unprocessable(
      `History has ${targets.length} targets, and ${target} is none of them; there may be ` +
        `${config.maxTargets} (maxTargets in tachograph.config.ts).`,
    );
  }
  const rollups = new D1Rollups(env.DB, who.tenant);
  const lists = await Promise.all(STEPS_MS.map((stepMs) => rollups.listSeries(stepMs)));
  const own = lists.flat().filter((series) => series.target === target);
  const operations = new Set(own.map((series) => series.operation));
  // The whole target is one of them.
  if (operations.has(operation) || operations.size - 1 < config.maxOperationsPerTarget) return;
  throw unprocessable(
    `History has ${operations.size - 1} operations of ${target}, and ${operation} is none of ` +
      `them; there may be ${config.maxOperationsPerTarget} (maxOperationsPerTarget in ` +
      "tachograph.config.ts).",
  );
}
