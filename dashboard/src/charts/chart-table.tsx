import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import type { TimeChartProps } from "./time-chart.tsx";

/** Most rows: the newest come first. */
const MAX_ROWS = 240;

const TEXTS = messages(
  { time: "Time", newest: (shown: string, all: string) => `The newest ${shown} of ${all} points.` },
  {
    time: "Horário",
    newest: (shown: string, all: string) => `Os ${shown} pontos mais recentes de ${all}.`,
  },
);

/** What a chart shows, in numbers. */
export function ChartTable({ title, at, lines, formatValue, to }: TimeChartProps) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const first = Math.max(at.length - MAX_ROWS, 0);
  const rows = Array.from({ length: at.length - first }, (_, index) => at.length - 1 - index);
  return (
    <table>
      <caption>
        {title}
        {first > 0 && <> · {texts.newest(format.count(rows.length), format.count(at.length))}</>}
      </caption>
      <thead>
        <tr>
          <th scope="col">{texts.time}</th>
          {lines.map(({ label }) => (
            <th key={label} scope="col" class="number">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={at[row]} data-at={at[row]}>
            <th scope="row">{format.clock(at[row] ?? 0, to ?? at.at(-1) ?? 0)}</th>
            {lines.map(({ label, field, values }) => {
              const value = values[row];
              return (
                <td key={label} class="number" data-field={field}>
                  {typeof value === "number" ? formatValue(value) : "–"}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
