import { useState } from "preact/hooks";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { ScrollRegion } from "../../../parts/scroll-region.tsx";
import { ShowAll } from "../../../parts/show-all.tsx";
import { useSession } from "../../../session.ts";
import type { AlertView } from "../../../../../src/stream/stream-frame.ts";
import { seriesText } from "../series-text.ts";
import { StateBadges } from "../state-badges.tsx";
import { valueText } from "../value-text.ts";

const TEXTS = messages(
  {
    label: "Alerts of the past, the newest first",
    alert: "Alert",
    fired: "Fired",
    ended: "Ended",
    lasted: "Fired for",
    last: "Last value",
    limit: "Threshold",
    by: "Taken on by",
    still: "still on",
  },
  {
    label: "Alertas do passado, o mais recente primeiro",
    alert: "Alerta",
    fired: "Disparou",
    ended: "Terminou",
    lasted: "Duração",
    last: "Último valor",
    limit: "Limiar",
    by: "Assumido por",
    still: "ainda ativo",
  },
);

const MAX_SHOWN = 20;

/** Alerts that fired, with when, for how long and what was measured last. */
export function HistoryTable({ alerts }: { readonly alerts: readonly AlertView[] }) {
  const texts = useMessages(TEXTS);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? alerts : alerts.slice(0, MAX_SHOWN);
  return (
    <>
      <ScrollRegion label={texts.label}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.alert}</th>
              <th scope="col">{texts.fired}</th>
              <th scope="col">{texts.ended}</th>
              <th scope="col">{texts.lasted}</th>
              <th scope="col" class="number">
                {texts.last}
              </th>
              <th scope="col" class="number">
                {texts.limit}
              </th>
              <th scope="col">{texts.by}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((alert) => (
              <HistoryRow key={alert.id} alert={alert} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <ShowAll count={alerts.length} shortCount={MAX_SHOWN} isAll={isWhole} onChange={setWhole} />
    </>
  );
}

function HistoryRow({ alert }: { readonly alert: AlertView }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const now = useSession().nowMs();
  const { id, rule, firedAt, resolvedAt, value, threshold } = alert;
  return (
    <tr data-alert={id} data-state={alert.state}>
      <th scope="row">
        <span>
          <StateBadges alert={alert} />{" "}
          <a href={`#alert=${id}`}>
            {rule} · {seriesText(alert)}
          </a>
        </span>
      </th>
      <td>{firedAt === null ? "" : format.clock(firedAt, now)}</td>
      <td>{resolvedAt === null ? texts.still : format.clock(resolvedAt, now)}</td>
      <td>{firedAt === null ? "" : format.duration((resolvedAt ?? now) - firedAt)}</td>
      <td class="number">{valueText(format, value, alert)}</td>
      <td class="number">{valueText(format, threshold, alert)}</td>
      <td class="wraps">{alert.acknowledgedBy ?? ""}</td>
    </tr>
  );
}
