import { isPlanTarget } from "../limits/plan-limits.ts";
import { isName } from "../names.ts";
import { outcomeCode } from "../outcome.ts";
import { callOutcome } from "./call-outcome.ts";
import { hostTarget } from "./host-target.ts";
import type { OtlpConfig, OtlpMetricConfig } from "./otlp-config.ts";
import type { OtlpAttributes } from "./otlp-model.ts";
import { PointFault } from "./point-fault.ts";
import { validName } from "./valid-name.ts";

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
  hosts: OtlpConfig["hosts"],
): PointPlace | PointFault {
  const find = (key: string): string | undefined => findAttribute(attributes, key);
  const target = targetOf(find, metric, hosts);
  if (target instanceof PointFault) return target;
  const operation = find("tachograph.operation") ?? operationOf(find, metric);
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
  return { target, operation, outcome };
}

type Find = (key: string) => string | undefined;

function targetOf(
  find: Find,
  { target, targetFrom }: OtlpMetricConfig,
  hosts: OtlpConfig["hosts"],
): string | PointFault {
  const said = find("tachograph.target");
  if (said !== undefined) {
    if (isName(said) && !isPlanTarget(said)) return said;
    return new PointFault("bad_target", `tachograph.target must be ${NAME_RULE}`);
  }
  if (target !== null) return target;
  const [host] = targetFrom.flatMap((key) => find(key) ?? []);
  const found = host === undefined ? undefined : hostTarget(host, hosts);
  if (found !== undefined && !isPlanTarget(found)) return found;
  const wanted = ["tachograph.target", ...targetFrom].join(" or ");
  return new PointFault("bad_target", `no target: it needs the attribute ${wanted}`);
}

function operationOf(find: Find, { operationFrom, operation }: OtlpMetricConfig): string {
  for (const key of operationFrom) {
    const name = validName(find(key) ?? "");
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
