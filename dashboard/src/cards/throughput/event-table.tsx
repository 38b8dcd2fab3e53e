import { useMemo, useState } from "preact/hooks";
import type { ThroughputPillar } from "../../../../src/pillars/pillar-views.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { ShowAll } from "../../parts/show-all.tsx";
import { useLive } from "../../session.ts";
import type { LiveState } from "../../../../src/stream/live-state.ts";
import { eventRows } from "./event-rows.ts";

const SHORT_COUNT = 6;

const TEXTS = messages(
  {
    title: "Events by target, now",
    target: "target",
    perSecond: "per second",
    perMinute: "last minute",
    perHour: "last hour",
  },
  {
    title: "Eventos por alvo, agora",
    target: "alvo",
    perSecond: "por segundo",
    perMinute: "último minuto",
    perHour: "última hora",
  },
);

/** How many events are of which target. */
export function EventTable({ events }: { readonly events: ThroughputPillar["events"] }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const series = useLive(seriesOf);
  const [isAll, setAll] = useState(false);
  const rows = useMemo(() => eventRows(series, events), [series, events]);
  const shown = isAll ? rows : rows.slice(0, SHORT_COUNT);
  if (rows.length === 0) return null;
  return (
    <div class="titled">
      <h3>{texts.title}</h3>
      <ScrollRegion label={texts.title}>
        <table class="event-table">
          <thead>
            <tr>
              <th scope="col">{texts.target}</th>
              <th scope="col" class="number">
                {texts.perSecond}
              </th>
              <th scope="col" class="number">
                {texts.perMinute}
              </th>
              <th scope="col" class="number">
                {texts.perHour}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ target, perSecond, perMinute, perHour }) => (
              <tr key={target} data-target={target} data-operation="*">
                <th scope="row">
                  <span>{target}</span>
                </th>
                <td class="number" data-window="1m">
                  <span data-field="perSecond">{format.rate(perSecond)}</span>
                </td>
                <td class="number" data-window="1m">
                  <span data-field="count">{format.count(perMinute)}</span>
                </td>
                <td class="number" data-window="1h">
                  <span data-field="count">{format.count(perHour)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <ShowAll count={rows.length} shortCount={SHORT_COUNT} isAll={isAll} onChange={setAll} />
    </div>
  );
}

function seriesOf({ series }: LiveState): LiveState["series"] {
  return series;
}
