import * as v from "valibot";
import {
  checked,
  choice,
  group,
  listOf,
  mustBe,
  pathTo,
  recordOf,
} from "../config-schema-parts.ts";
import { isPlanTarget } from "../limits/plan-limits.ts";
import { MEASURES } from "../measures.ts";
import { isName } from "../names.ts";
import { CALL_SIDES, type SummedMeasure, TIME_UNITS } from "./otlp-config.ts";
import { ANY_METRIC, DEFAULT_HOSTS, DEFAULT_METRICS, OLD_METRICS } from "./otlp-defaults.ts";
import { MAX_KEY_LENGTH } from "./otlp-limits.ts";

/** Most metrics that are counted. */
const MAX_TAKEN_METRICS = 64;

/** Most hosts that have a target. */
const MAX_HOSTS = 256;

/** Most attributes that a target or an operation is looked for in. */
const MAX_SOURCES = 16;

const SUMMED = MEASURES.flatMap(({ name, kind }) =>
  kind === "sum" ? [name] : [],
) satisfies readonly SummedMeasure[];

const name = checked<string>(
  "a name, 1 to 64 of a-z 0-9 _ . : - that begins with a letter or digit",
  (value) => isName(value) && !isPlanTarget(value),
);

const key = checked<string>(
  `a text of 1 to ${MAX_KEY_LENGTH} characters`,
  (value) => typeof value === "string" && value.length > 0 && value.length <= MAX_KEY_LENGTH,
);

const sources = listOf(key, 0, MAX_SOURCES, "attributes");

/** As {@link ANY_METRIC} unless it says otherwise; or as the default of its name. */
export function metricLike({ measure, unit, ...rest }: typeof ANY_METRIC) {
  return group({
    measure: v.optional(v.nullable(choice(SUMMED)), measure),
    unit: v.optional(choice(TIME_UNITS), unit),
    target: v.optional(v.nullable(name), rest.target),
    targetFrom: v.optional(sources, [...rest.targetFrom]),
    operationFrom: v.optional(sources, [...rest.operationFrom]),
    operation: v.optional(name, rest.operation),
    side: v.optional(choice(CALL_SIDES), rest.side),
  });
}

/** Checked here by its fields, so that a fault is named by the field and not by the choice. */
function metricOrFalse(of: typeof ANY_METRIC) {
  const fields = metricLike(of);
  return v.lazy((input) => (input === false ? v.literal(false) : fields));
}

const metrics = v.pipe(
  recordOf(key, v.unknown()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const taken = new Map(Object.entries(DEFAULT_METRICS));
    let isFine = true;
    for (const [metric, input] of dataset.value) {
      const base = taken.get(metric) ?? OLD_METRICS.get(metric)?.config ?? ANY_METRIC;
      const parsed = v.safeParse(metricOrFalse(base), input);
      if (!parsed.success) {
        isFine = false;
        for (const { message, path = [] } of parsed.issues) {
          const [item, ...deeper] = pathTo(Object.fromEntries(dataset.value), metric);
          addIssue({ message, path: [item, ...deeper, ...path] });
        }
      } else if (parsed.output === false) taken.delete(metric);
      else taken.set(metric, parsed.output);
    }
    return isFine ? Object.fromEntries(taken) : NEVER;
  }),
  v.check(
    (taken) => Object.keys(taken).length <= MAX_TAKEN_METRICS,
    `must come to at most ${MAX_TAKEN_METRICS} metrics with the defaults`,
  ),
);

const host = checked<string>(
  "a host's name in lower case without a port, or *",
  (value) => typeof value === "string" && /^(\*|[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/.test(value),
);

const hosts = v.pipe(
  recordOf(host, name),
  v.check((own) => own.size <= MAX_HOSTS, mustBe(`at most ${MAX_HOSTS} hosts`, "more")),
  v.transform((own) => ({ ...DEFAULT_HOSTS, ...Object.fromEntries(own) })),
);

/** Checks the key `otlp` of a configuration and fills in the defaults. */
export const otlpSchema = group({
  metrics: v.optional(metrics, {}),
  hosts: v.optional(hosts, {}),
  others: v.optional(choice(["reject", "ignore"]), "reject"),
});
