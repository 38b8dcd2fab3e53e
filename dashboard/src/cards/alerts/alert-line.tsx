import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { COMPARISON_SIGNS } from "./comparison-signs.ts";
import { Elapsed } from "./elapsed.tsx";
import { MEASURE_NAMES } from "../../../../src/measure-names.ts";
import { METRIC_NAMES } from "./metric-names.ts";
import { SeriesLink } from "./series-link.tsx";
import { seriesText } from "./series-text.ts";
import { StateBadges } from "./state-badges.tsx";
import { type ValueKind, valueText } from "./value-text.ts";

const TEXTS = messages(
  {
    found: "the probe found",
    lasts: "for",
    fires: "fires in about",
    lasted: (duration: string) => `lasted ${duration}`,
    details: "Details",
    detailsOf: (what: string) => `Details of ${what}`,
  },
  {
    found: "a sonda encontrou",
    lasts: "há",
    fires: "dispara em cerca de",
    lasted: (duration: string) => `durou ${duration}`,
    details: "Detalhes",
    detailsOf: (what: string) => `Detalhes de ${what}`,
  },
);

interface AlertLineProps {
  readonly alert: AlertView;
  /** How long its condition has to hold before it fires; undefined where that is not known. */
  readonly forMs: number | undefined;
  readonly isOpen: boolean;
  /** Id of the element with what the line does not say. */
  readonly detailsId: string;
  readonly onToggle: () => void;
}

/** How bad, what, where, how far beyond its threshold and for how long: an alert on one line. */
export function AlertLine({ alert, forMs, isOpen, detailsId, onToggle }: AlertLineProps) {
  const texts = useMessages(TEXTS);
  const what = `${alert.rule} · ${seriesText(alert)}`;
  return (
    <div class="alert-line">
      <div class="alert-words">
        <StateBadges alert={alert} />
        <span class="alert-what">
          <strong>{alert.rule}</strong> <SeriesLink alert={alert} />
        </span>
        <Measured alert={alert} />
        <Lasting alert={alert} forMs={forMs} />
      </div>
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen}
        aria-controls={detailsId}
        aria-label={texts.detailsOf(what)}
        onClick={onToggle}
      >
        {texts.details}
      </button>
    </div>
  );
}

/** In whatever unit a probe counts. */
const FOUND: ValueKind = { unit: "Value", metric: "lastMeasure", measure: "value" };

/** What was measured, beside its threshold. */
function Measured({ alert }: { readonly alert: AlertView }) {
  const texts = useMessages(TEXTS);
  const metrics = useMessages(METRIC_NAMES);
  const measures = useMessages(MEASURE_NAMES);
  const format = useFormat();
  const { metric, measure, value, found, comparison, threshold } = alert;
  // That a probe fails, a number says less well than what it found.
  if (found !== undefined) {
    return (
      <span class="alert-value">
        {texts.found} <strong>{valueText(format, found, FOUND)}</strong>
      </span>
    );
  }
  return (
    <span class="alert-value">
      {measure === undefined ? metrics[metric] : measures[measure]}{" "}
      <strong>{valueText(format, value, alert)}</strong>{" "}
      <span>
        {COMPARISON_SIGNS[comparison]} {valueText(format, threshold, alert)}
      </span>
    </span>
  );
}

/** How long it is on, or when it fires if it is about to. */
function Lasting({ alert, forMs }: Pick<AlertLineProps, "alert" | "forMs">) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { since, resolvedAt, state } = alert;
  if (resolvedAt !== null) {
    return <span class="alert-time">{texts.lasted(format.duration(resolvedAt - since))}</span>;
  }
  return state === "pending" && forMs !== undefined ? (
    <span class="alert-time">
      {texts.fires} <Elapsed at={since + forMs} isAhead />
    </span>
  ) : (
    <span class="alert-time">
      {texts.lasts} <Elapsed at={since} />
    </span>
  );
}
