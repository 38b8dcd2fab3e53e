import { useState } from "preact/hooks";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { ShowAll } from "../../parts/show-all.tsx";
import { useSetView, useView } from "../../view.ts";
import type { ErrorRow } from "./error-row.ts";
import { OUTCOME_TEXTS } from "./outcome-texts.ts";
import { RowGrade } from "./row-grade.tsx";
import { ShareBar } from "./share-bar.tsx";
import { SHARE_NAMES } from "./share-parts.ts";

const SHORT_COUNT = 12;

/** What is told in numbers beside the rate. */
const FAILURES = ["error", "timeout", "rateLimited"] as const;

const TEXTS = messages(
  {
    legend: "Parts of the bars:",
    failed: "failed",
    pick: "Show its error rate over time",
    of: (count: string) => `of ${count}`,
  },
  {
    legend: "Partes das barras:",
    failed: "com falha",
    pick: "Mostrar a taxa de erro ao longo do tempo",
    of: (count: string) => `de ${count}`,
  },
);

interface ErrorBarsProps {
  /** The worst first. */
  readonly rows: readonly ErrorRow[];
  /** Whether the numbers are of the live window: then the API's names stand beside them. */
  readonly isLive: boolean;
}

/** How the calls of each target ended, the worst first. */
export function ErrorBars({ rows, isLive }: ErrorBarsProps) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.slice(0, SHORT_COUNT);
  return (
    <div class="shares">
      <Legend />
      <ol class="share-list">
        {shown.map((row) => (
          <ErrorBar key={row.target} row={row} isLive={isLive} />
        ))}
      </ol>
      <ShowAll count={rows.length} shortCount={SHORT_COUNT} isAll={isAll} onChange={setAll} />
    </div>
  );
}

function Legend() {
  const texts = useMessages(TEXTS);
  const outcomes = useMessages(OUTCOME_TEXTS);
  return (
    <p class="share-legend">
      <span class="visually-hidden">{texts.legend}</span>
      {SHARE_NAMES.map((name) => (
        <span key={name} class={name}>
          {outcomes[name]}
        </span>
      ))}
    </p>
  );
}

function ErrorBar({ row, isLive }: { readonly row: ErrorRow; readonly isLive: boolean }) {
  const texts = useMessages(TEXTS);
  const outcomes = useMessages(OUTCOME_TEXTS);
  const format = useFormat();
  const { failing } = useView();
  const setView = useSetView();
  const { target, isCriticalNow, count, errorRate } = row;
  const told = FAILURES.flatMap((name) =>
    row[name] === 0 ? [] : `${outcomes[name]}: ${format.count(row[name])}`,
  );
  return (
    <li data-target={target} data-operation="*" data-critical={isCriticalNow}>
      <button
        type="button"
        class="target pick"
        aria-pressed={failing === target}
        title={texts.pick}
        onClick={() => setView({ failing: failing === target ? null : target })}
      >
        {target}
      </button>
      <RowGrade row={row} isLive={isLive} />
      <ShareBar counts={row} />
      <span class="told">
        <strong data-field={isLive ? "errorRate" : undefined}>{format.percent(errorRate)}</strong>{" "}
        {texts.failed} <small>{[...told, texts.of(format.count(count))].join(" · ")}</small>
      </span>
    </li>
  );
}
