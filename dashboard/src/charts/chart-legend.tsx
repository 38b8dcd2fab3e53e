import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { type Store, useStore } from "../store.ts";
import type { TimeChartProps } from "./time-chart.tsx";

const TEXTS = messages({ newest: "newest" }, { newest: "mais recente" });

/**
 * The lines with their values where the cursor is, or the newest. Each value has its place, whether
 * it is there or not, so that nothing moves.
 */
export function ChartLegend({
  props,
  cursor,
}: {
  readonly props: TimeChartProps;
  readonly cursor: Store<number | null>;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const index = useStore(cursor, same);
  const { at, lines, formatValue, to, bands = [], levels = [] } = props;
  const shown = index ?? at.length - 1;
  const time = at[shown];
  const marks = new Map(bands.map(({ label, color }) => [label, color]));
  return (
    <ul class="chart-legend">
      <li class="time">
        {time === undefined ? "" : format.clock(time, to ?? at.at(-1) ?? time)}
        {index === null && time !== undefined && <small> {texts.newest}</small>}
      </li>
      {lines.map(({ label, color, values }) => {
        const value = values[shown];
        return (
          <li key={label}>
            <span class="swatch" data-color={color} />
            <span class="name">{label}</span>{" "}
            <b>{typeof value === "number" ? formatValue(value) : "–"}</b>
          </li>
        );
      })}
      {levels.map(({ label, color, value }) => (
        <li key={label}>
          <span class="swatch level" data-color={color} />
          <span class="name">{label}</span> <b>{formatValue(value)}</b>
        </li>
      ))}
      {[...marks].map(([label, color]) => (
        <li key={label}>
          <span class="swatch band" data-color={color} />
          <span class="name">{label}</span>
        </li>
      ))}
    </ul>
  );
}

function same(index: number | null): number | null {
  return index;
}
