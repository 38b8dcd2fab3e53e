import { type Format, NOTHING, useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { Badge } from "../../parts/badge.tsx";
import type { PillarViews } from "../../../../src/stream/stream-frame.ts";
import { type PillarFigure, pillarFigure } from "./pillar-figure.ts";

const TEXTS = messages(
  {
    latency: "Latency",
    errors: "Errors",
    throughput: "Throughput",
    d1: "D1",
    cache: "Cache",
    p95Ms: "ms p95",
    rate: "failed",
    perSecond: "events a second",
    meanMs: "ms a query",
    hitRate: "hits",
    worst: (target: string) => `worst: ${target}`,
  },
  {
    latency: "Latência",
    errors: "Erros",
    throughput: "Vazão",
    d1: "D1",
    cache: "Cache",
    p95Ms: "ms p95",
    rate: "com falha",
    perSecond: "eventos por segundo",
    meanMs: "ms por consulta",
    hitRate: "acertos",
    worst: (target) => `pior: ${target}`,
  },
);

/** A pillar: its grade, its score and what says most of it. Leads to the card of its name. */
export function PillarTile({
  name,
  pillars,
}: {
  readonly name: keyof PillarViews;
  readonly pillars: PillarViews | undefined;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const pillar = pillars?.[name] ?? null;
  const figure = pillars === undefined ? null : pillarFigure(pillars, name);
  const color = pillar === null || pillar.color === "gray" ? "none" : pillar.color;
  return (
    <li data-pillar={name}>
      <a href={`#${name}`}>
        <span class="name">{texts[name]}</span>
        <Badge text={pillar?.grade ?? NOTHING} color={color} />
        <span class="score" data-field="pillarScore">
          {format.score(pillar?.score)}
        </span>
        {figure !== null && (
          <span class="figure">
            <b data-field={figure.field}>{figureText(figure, format)}</b> {texts[figure.field]}
            {figure.worst !== null && `, ${texts.worst(figure.worst)}`}
          </span>
        )}
      </a>
    </li>
  );
}

function figureText({ field, value }: PillarFigure, format: Format): string {
  switch (field) {
    case "p95Ms":
    case "meanMs":
      return format.ms(value);
    case "rate":
    case "hitRate":
      return format.percent(value);
    case "perSecond":
      return format.rate(value);
  }
}
