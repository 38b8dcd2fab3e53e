import { useMemo } from "preact/hooks";
import { DISPATCHER_STALLED } from "../../../../src/coordinator/dispatcher-alert.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { useFormat } from "../../i18n/format.ts";
import { useMessages } from "../../i18n/language.ts";
import { COMPARISON_SIGNS } from "./comparison-signs.ts";
import { MEASURE_NAMES } from "../../../../src/measure-names.ts";
import { METRIC_NAMES } from "./metric-names.ts";
import { seriesText } from "./series-text.ts";
import { valueText } from "./value-text.ts";

/**
 * Puts an alert into one sentence of the page's language, to be read out. The server's own is in
 * that of the messages; it stands where numbers do not say what is wrong. The same function at each
 * rendering.
 */
export function useAlertSentence(): (alert: AlertView) => string {
  const metrics = useMessages(METRIC_NAMES);
  const measures = useMessages(MEASURE_NAMES);
  const format = useFormat();
  return useMemo(
    () => (alert) => {
      const { severity, rule, metric, measure, value, comparison, threshold, summary } = alert;
      if (rule === DISPATCHER_STALLED) return summary;
      const name = measure === undefined ? metrics[metric] : measures[measure];
      const limit = `${COMPARISON_SIGNS[comparison]} ${valueText(format, threshold, alert)}`;
      const found = `${name} ${valueText(format, value, alert)} ${limit}`;
      return `${severity}: ${rule}, ${seriesText(alert)}: ${found}.`;
    },
    [metrics, measures, format],
  );
}
