import type { Trend } from "../../../src/pillars/trend.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { TrendMark } from "./trend-mark.tsx";

const TEXTS = messages({ trend: "trend" }, { trend: "tendência" });

/** How a figure moves, to stand among `Figures`. */
export function TrendFigure({
  over,
  trend,
}: {
  /** What is held against what. */
  readonly over: string;
  readonly trend: Trend | null;
}) {
  const texts = useMessages(TEXTS);
  return (
    <div>
      <dt>{texts.trend}</dt>
      <dd>
        <TrendMark trend={trend} />
        <small class="note">{over}</small>
      </dd>
    </div>
  );
}
