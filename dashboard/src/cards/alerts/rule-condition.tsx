import type { RuleInput } from "../../../../src/alerts/rule-input.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useStretchText } from "../../i18n/stretch-text.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { COMPARISON_SIGNS } from "./comparison-signs.ts";
import { MEASURE_NAMES } from "../../../../src/measure-names.ts";
import { METRIC_NAMES } from "./metric-names.ts";
import { valueText } from "./value-text.ts";

const TEXTS = messages(
  {
    fires: (condition: string) => `Fires on ${condition}.`,
    holds: (duration: string) => `for ${duration}`,
  },
  {
    fires: (condition: string) => `Dispara com ${condition}.`,
    holds: (duration: string) => `por ${duration}`,
  },
);

/** What a rule asks for, with the threshold that holds for this alert. */
export function RuleCondition({
  alert,
  rule,
}: {
  readonly alert: AlertView;
  readonly rule: RuleInput;
}) {
  const texts = useMessages(TEXTS);
  const metrics = useMessages(METRIC_NAMES);
  const measures = useMessages(MEASURE_NAMES);
  const stretch = useStretchText();
  const format = useFormat();
  const { metric, measure, comparison, threshold } = alert;
  const { percentile, window, windowMs, forMs = 0 } = rule;
  const name = measure === undefined ? metrics[metric] : measures[measure];
  const parts = [
    percentile === undefined ? name : `${name} p${percentile}`,
    window && stretch(window),
    windowMs && format.duration(windowMs),
    `${COMPARISON_SIGNS[comparison]} ${valueText(format, threshold, alert)}`,
    forMs > 0 && texts.holds(format.duration(forMs)),
  ];
  return <p>{texts.fires(parts.filter((part) => typeof part === "string").join(", "))}</p>;
}
