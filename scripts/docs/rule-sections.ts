import type * as v from "valibot";
import { METRICS } from "../../src/alerts/metrics.ts";
import { COMMON, METRIC_NAMES, UNIT_TEXTS } from "../../src/alerts/rule-fields.ts";
import type { MetricName } from "../../src/alerts/rule.ts";
import { fieldOf, requirementOf, withSeparators } from "./schema-nodes.ts";
import { code, table } from "./markdown.ts";
import { settingsOfFields } from "./setting.ts";
import { defaultCell, settingRows } from "./setting-rows.ts";
import type { TypeSchemas } from "./type-schemas.ts";

const INTRODUCTION = `## Rules

\`alerts.rules\` has, by the name of a rule, what is different from the default rule of that name, a whole new rule, or \`false\` to leave a default out. The default rules, and what to do when one fires, are in [alerts.md](alerts.md#rules). What a rule has depends on its \`metric\`; \`POST /v1/rules/backtest\` tries one on the past.`;

/** Everything that a rule can say. */
export function ruleSections(types: TypeSchemas): readonly string[] {
  const input = types.typeOf("src/alerts/rule-input.ts", "RuleInput");
  const meanings = new Map(types.members(input).map(({ name, doc }) => [name, doc]));
  const common = settingsOfFields(types, COMMON, input, "");
  // Each metric's own, checked for a description; a table of metrics tells their values.
  for (const metric of METRIC_NAMES) settingsOfFields(types, parametersOf(metric), input, "");
  const named = new Set(METRIC_NAMES.flatMap((metric) => Object.keys(parametersOf(metric))));
  const thresholds = [...meanings].filter(([name]) => /^(?:recoveryT|t)hreshold/.test(name));
  return [
    INTRODUCTION,
    "",
    "### Of every rule",
    "",
    ...table(["key", "value", "default", "meaning"], settingRows(common)),
    "### Of single metrics",
    "",
    ...table(
      ["key", "meaning"],
      [
        [code("metric"), `${meanings.get("metric") ?? ""} One of ${METRIC_NAMES.join(", ")}.`],
        ...[...named, ...thresholds.map(([name]) => name)].map((name) => [
          code(name),
          meanings.get(name) ?? "",
        ]),
      ],
    ),
    "### Metrics",
    "",
    ...table(
      [
        "metric",
        "its value",
        "threshold",
        "defaults",
        "of its own",
        "single operations",
        "backtest",
      ],
      metricRows(types),
    ),
  ];
}

function metricRows(types: TypeSchemas): readonly (readonly string[])[] {
  const described = types.members(types.typeOf("src/alerts/rule.ts", "MetricParameters"));
  return METRIC_NAMES.map((metric) => {
    const { unit, byDefault, isOfOperations, backtestProblem } = METRICS[metric];
    const doc = described.find(({ name }) => name === metric)?.doc ?? "";
    const { comparison, forMs, minCount } = byDefault;
    return [
      code(metric),
      // Its last word is the unit, which the threshold's name says.
      doc.replace(/ \w+\.$/, ""),
      `${code(`threshold${unit}`)}: ${withSeparators(UNIT_TEXTS[unit])}`,
      `${code(comparison)}, \`forMs\` ${forMs.toLocaleString("en")}, \`minCount\` ${minCount}`,
      parameterTexts(metric).join("; "),
      isOfOperations ? "yes" : "whole targets",
      backtestProblem === undefined ? "yes" : `no: ${backtestProblem}`,
    ];
  });
}

function parameterTexts(metric: MetricName): readonly string[] {
  return Object.entries(parametersOf(metric)).map(([name, schema]) => {
    const { inner, byDefault, isRequired } = fieldOf(schema);
    const text = byDefault === undefined ? undefined : JSON.stringify(byDefault);
    const cell = defaultCell({ path: name, byDefault: text, isRequired });
    return `${code(name)}: ${requirementOf(inner)}${isRequired ? "" : `, default ${cell}`}`;
  });
}

function parametersOf(metric: MetricName): Readonly<Record<string, v.GenericSchema>> {
  const { metric: _, ...parameters } = METRICS[metric].schema.entries;
  return parameters;
}
