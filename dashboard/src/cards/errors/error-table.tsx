import { useMemo, useState } from "preact/hooks";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { ShowAll } from "../../parts/show-all.tsx";
import { type ErrorRow, sumOfRows } from "./error-row.ts";
import { OUTCOME_TEXTS } from "./outcome-texts.ts";
import { RowGrade } from "./row-grade.tsx";

const SHORT_COUNT = 12;

const TEXTS = messages(
  {
    caption: (stretch: string) => `Calls by target, ${stretch}`,
    target: "target",
    count: "calls",
    rate: "error rate",
    grade: "grade",
    all: "all targets",
  },
  {
    caption: (stretch: string) => `Chamadas por alvo, ${stretch}`,
    target: "alvo",
    count: "total",
    rate: "taxa de erro",
    grade: "classificação",
    all: "todos os alvos",
  },
);

const COUNTS = ["count", "good", "error", "timeout", "rateLimited"] as const;

interface ErrorTableProps {
  /** The worst first. */
  readonly rows: readonly ErrorRow[];
  readonly isLive: boolean;
  /** What they are of, in words. */
  readonly stretch: string;
}

/** How the calls of each target ended, in numbers, and of all together. */
export function ErrorTable({ rows, isLive, stretch }: ErrorTableProps) {
  const texts = useMessages(TEXTS);
  const outcomes = useMessages(OUTCOME_TEXTS);
  const format = useFormat();
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.slice(0, SHORT_COUNT);
  const sum = useMemo(() => sumOfRows(rows), [rows]);
  const caption = texts.caption(stretch);
  return (
    <div class="shares">
      <h3>{caption}</h3>
      <ScrollRegion label={caption}>
        <table class="error-table">
          <thead>
            <tr>
              <th scope="col">{texts.target}</th>
              <th scope="col">{texts.grade}</th>
              <th scope="col" class="number">
                {texts.rate}
              </th>
              {COUNTS.map((name) => (
                <th key={name} scope="col" class="number">
                  {name === "count" ? texts.count : outcomes[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <ErrorTableRow key={row.target} row={row} isLive={isLive} />
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{texts.all}</th>
              <td>–</td>
              <td class="number">{format.percent(sum.errorRate)}</td>
              {COUNTS.map((name) => (
                <td key={name} class="number">
                  {format.count(sum[name])}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      </ScrollRegion>
      <ShowAll count={rows.length} shortCount={SHORT_COUNT} isAll={isAll} onChange={setAll} />
    </div>
  );
}

function ErrorTableRow({ row, isLive }: { readonly row: ErrorRow; readonly isLive: boolean }) {
  const format = useFormat();
  const { target, isCriticalNow, errorRate } = row;
  return (
    <tr data-target={target} data-operation="*" data-critical={isCriticalNow}>
      <th scope="row">
        <span class="target">{target}</span>
      </th>
      <td>
        <RowGrade row={row} isLive={isLive} />
      </td>
      <td class="number" data-field={isLive ? "errorRate" : undefined}>
        {format.percent(errorRate)}
      </td>
      {COUNTS.map((name) => (
        // What is good is no field of the API: it adds up ok, hits and misses.
        <td key={name} class="number" data-field={isLive && name !== "good" ? name : undefined}>
          {format.count(row[name])}
        </td>
      ))}
    </tr>
  );
}
