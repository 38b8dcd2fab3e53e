import type { Trend } from "../../../src/pillars/trend.ts";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";

const TEXTS = messages(
  { up: "rising", steady: "steady", down: "falling", unknown: "no trend yet" },
  { up: "subindo", steady: "estável", down: "caindo", unknown: "ainda sem tendência" },
);

const ARROWS: Readonly<Record<Trend["direction"], string>> = { up: "↑", steady: "→", down: "↓" };

/** How a figure moves: an arrow, a word, and by how much. */
export function TrendMark({ trend }: { readonly trend: Trend | null }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  if (trend === null) return <span class="trend">{texts.unknown}</span>;
  const { direction, ratio } = trend;
  return (
    <span class="trend" data-direction={direction}>
      <span aria-hidden="true">{ARROWS[direction]} </span>
      {texts[direction]} <small>× {format.rate(ratio)}</small>
    </span>
  );
}
