import { isPlanTarget } from "../limits/plan-limits.ts";
import { isName } from "../names.ts";
import { outcomeCode } from "../outcome.ts";
import { callOutcome } from "./call-outcome.ts";
import { MAX_HOST_LENGTH } from "./host-targets.ts";
import type { OtlpMetricConfig } from "./otlp-config.ts";
import { HOST_ATTRIBUTES, OTHER_HOSTS_TARGET } from "./otlp-defaults.ts";
import type { OtlpAttributes } from "./otlp-model.ts";
import type { PlaceNames } from "./place-names.ts";
import { PointFault } from "./point-fault.ts";

/** Where a point is counted. */
export interface PointPlace {
  readonly target: string;
  readonly operation: string;
  /** By position in `OUTCOMES`. */
  readonly outcome: number;
}

const NAME_RULE = "1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit";

/**
 * Finds out where a point is counted. The attributes `tachograph.target`, `tachograph.operation` and
 * `tachograph.outcome` go before all others, and must be right: no name is made of them.
 *
 * @param attributes where they are looked for, in this order: of the point, its scope, its resource.
 */
export function pointPlace(
  attributes: readonly OtlpAttributes[],
  metric: OtlpMetricConfig,
  names: PlaceNames,
): PointPlace | PointFault {
  const find = (key: string): string | undefined => findAttribute(attributes, key);
  const found = targetOf(find, metric, names);
  if (found instanceof PointFault) return found;
  const own = find("tachograph.operation") ?? found.operation;
  const operation = own ?? operationOf(find, metric, names);
  if (!isName(operation)) {
    return new PointFault("bad_operation", `tachograph.operation must be ${NAME_RULE}`);
  }
  const said = find("tachograph.outcome");
  const status = find("http.response.status_code") ?? find("http.status_code");
  const outcome = outcomeCode(said ?? callOutcome(metric.side, status, find("error.type")));
  if (outcome === undefined) {
    return new PointFault(
      "bad_outcome",
      "tachograph.outcome must be ok, error, timeout, rate_limited, hit or miss",
    );
  }
  return { target: found.target, operation, outcome };
}

type Find = (key: string) => string | undefined;

interface FoundTarget {
  readonly target: string;
  /** What goes before the operation that the metric's configuration finds. */
  readonly operation?: string;
}

function targetOf(
  find: Find,
  { target, targetFrom }: OtlpMetricConfig,
  names: PlaceNames,
): FoundTarget | PointFault {
  const said = find("tachograph.target");
  if (said !== undefined) {
    if (isName(said) && !isPlanTarget(said)) return { target: said };
    return new PointFault("bad_target", `tachograph.target must be ${NAME_RULE}`);
  }
  if (target !== null) return { target };
  for (const key of targetFrom) {
    const text = find(key);
    if (text !== undefined) return targetNamed(key, text, names);
  }
  return noTarget(targetFrom);
}

/** The target of what an attribute says, be it a host or the name of anything else. */
function targetNamed(key: string, text: string, names: PlaceNames): FoundTarget | PointFault {
  if (text.length > MAX_HOST_LENGTH) {
    return new PointFault("bad_target", `${key} is longer than ${MAX_HOST_LENGTH} characters`);
  }
  const known = names.hostTarget(text);
  if (known !== undefined) return { target: known };
  const isHost = HOST_ATTRIBUTES.has(key);
  const name = names.validName(isHost ? text.replace(/\.$/, "") : text);
  if (name === undefined || isPlanTarget(name)) return noTarget([key]);
  return isHost ? { target: OTHER_HOSTS_TARGET, operation: name } : { target: name };
}

function noTarget(targetFrom: readonly string[]): PointFault {
  const wanted = ["tachograph.target", ...targetFrom].join(" or ");
  return new PointFault("bad_target", `no target: it needs the attribute ${wanted}`);
}

function operationOf(
  find: Find,
  { operationFrom, operation }: OtlpMetricConfig,
  names: PlaceNames,
): string {
  for (const key of operationFrom) {
    const text = find(key);
    const name = text === undefined ? undefined : names.validName(text);
    if (name !== undefined) return name;
  }
  return operation;
}

/** Text of the first one that is there and is no list and the like. */
function findAttribute(attributes: readonly OtlpAttributes[], key: string): string | undefined {
  for (const { values } of attributes) {
    const found = values.get(key);
    if (found === undefined || found.text === "") continue;
    if (["string", "int", "bool", "double"].includes(found.type)) return found.text;
  }
  return undefined;
}
