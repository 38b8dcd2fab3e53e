import type { Rule } from "../../src/alerts/rule.ts";
import { MADE_BY, yamlText } from "./yaml-text.ts";

/** The text of prometheus/alertmanager.yml: who hears of it, and which alert keeps which quiet. */
export function alertmanagerText(rules: readonly Rule[]): string {
  return yamlText(
    [
      MADE_BY,
      "",
      "For Alertmanager 0.22 and later: inhibitions as the rules have them, and repeats as Tachograph's",
      "own. Merge inhibit_rules into a configuration that you have; put real receivers in the place of",
      "these, which send nothing.",
    ],
    {
      route: {
        receiver: "everything-else",
        group_by: ["tenant", "target"],
        group_wait: "10s",
        group_interval: "5m",
        repeat_interval: "4h",
        routes: [
          { matchers: ['severity="critical"'], receiver: "on-call", repeat_interval: "5m" },
          { matchers: ['severity="high"'], receiver: "on-call" },
        ],
      },
      inhibit_rules: rules.flatMap(inhibition),
      receivers: [{ name: "on-call" }, { name: "everything-else" }],
    },
  );
}

function inhibition({ name, inhibits }: Rule): object[] {
  if (inhibits.length === 0) return [];
  return [
    {
      source_matchers: [`rule="${name}"`],
      target_matchers: [`rule=~"${inhibits.join("|")}"`],
      equal: ["tenant", "target"],
    },
  ];
}
