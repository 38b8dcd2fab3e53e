import type { ExemplarView } from "../../../../src/exemplar-view.ts";
import { isTraceUrl, traceUrl } from "../../../../src/trace-url.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { CopyButton } from "../../parts/copy-button.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { useWhoAmI } from "../../use-who-am-i.ts";
import { Elapsed } from "../alerts/elapsed.tsx";

const TEXTS = messages(
  {
    caption: (series: string) => `Slowest traced calls of ${series}, last 10 minutes`,
    duration: "duration",
    when: "when",
    before: "",
    after: "ago",
    trace: "trace",
    traceOf: (traceId: string) => `trace ${traceId}`,
  },
  {
    caption: (series) => `Chamadas rastreadas mais lentas de ${series}, últimos 10 minutos`,
    duration: "duração",
    when: "quando",
    before: "há",
    after: "",
    trace: "trace",
    traceOf: (traceId) => `trace ${traceId}`,
  },
);

interface TracedCallsProps {
  /** The slowest first. */
  readonly calls: readonly ExemplarView[];
  /** Names whose they are. */
  readonly series: string;
}

/** Calls that can be looked at in their traces: how to find out what made them slow. */
export function TracedCalls({ calls, series }: TracedCallsProps) {
  const texts = useMessages(TEXTS);
  const template = useWhoAmI().answer?.traceUrl;
  const caption = texts.caption(series);
  return (
    <div class="titled">
      <h3>{caption}</h3>
      <ScrollRegion label={caption}>
        <table class="traced-calls">
          <thead>
            <tr>
              <th scope="col" class="number">
                {texts.duration} <small>ms</small>
              </th>
              <th scope="col">{texts.when}</th>
              <th scope="col">{texts.trace}</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <TracedCall key={keyOf(call)} call={call} link={template} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </div>
  );
}

/** Several calls of a trace may have taken equally long. */
function keyOf({ traceId, spanId, durationMs, at }: ExemplarView): string {
  return `${traceId} ${spanId ?? ""} ${durationMs} ${at}`;
}

function TracedCall({
  call: { traceId, durationMs, at },
  link,
}: {
  readonly call: ExemplarView;
  readonly link: string | undefined;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const shown = <code>{traceId}</code>;
  return (
    <tr data-trace={traceId}>
      <th scope="row" class="number">
        {format.ms(durationMs)}
      </th>
      <td>
        {texts.before} <Elapsed at={at} /> {texts.after}
      </td>
      <td>
        <span class="trace">
          {isTraceUrl(link) ? (
            // The other site is not told from where it was opened.
            <a href={traceUrl(link, traceId)} target="_blank" rel="noreferrer">
              {shown}
            </a>
          ) : (
            shown
          )}
          <CopyButton label={texts.traceOf(traceId)} text={traceId} />
        </span>
      </td>
    </tr>
  );
}
