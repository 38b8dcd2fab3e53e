import type { TargetedEvent } from "preact";
import { WHOLE_TARGET } from "../../../../src/names.ts";
import { seriesKey } from "../../../../src/stream/live-state.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useLive } from "../../session.ts";
import { useSetView, useView } from "../../view.ts";
import { addressOf, type ViewState } from "../../view-state.ts";
import { type AlertCard, cardOfAlert } from "./card-of-alert.ts";
import { focusSection } from "./focus-section.ts";
import { seriesText } from "./series-text.ts";

const TEXTS = messages(
  {
    show: (series: string, card: string) => `Show ${series} in the card ${card}`,
    latency: "Latency",
    errors: "Errors",
    throughput: "Throughput",
    d1: "D1",
    cache: "Cache",
    limits: "Limits",
    series: "Series",
    health: "Ledger and health",
  },
  {
    show: (series: string, card: string) => `Mostrar ${series} no cartão ${card}`,
    latency: "Latência",
    errors: "Erros",
    throughput: "Vazão",
    d1: "D1",
    cache: "Cache",
    limits: "Limites",
    series: "Séries",
    health: "Livro-razão e saúde",
  },
);

/** The name of an alert's series, which leads to the card that shows what the alert is about. */
export function SeriesLink({ alert }: { readonly alert: AlertView }) {
  const texts = useMessages(TEXTS);
  const view = useView();
  const setView = useSetView();
  const whole = seriesKey({ target: alert.target, operation: WHOLE_TARGET });
  const kind = useLive(({ series }) => series.get(whole)?.kind);
  const card = cardOfAlert(alert, kind);
  const chosen = choiceOf(alert, card);
  const address = addressOf({ ...view, ...chosen }, new URL(location.href));
  address.hash = card;
  const text = seriesText(alert);
  const follow = (event: TargetedEvent<HTMLAnchorElement, MouseEvent>): void => {
    // Into another tab, as with any link.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setView(chosen);
    const section = focusSection(card);
    const row = section?.querySelector(`[data-target="${CSS.escape(alert.target)}"]`);
    if (card === "latency" || card === "d1") section?.scrollIntoView({ block: "start" });
    else (row ?? section)?.scrollIntoView({ block: row ? "center" : "start" });
  };
  return (
    <a
      class="series-link"
      href={address.href}
      title={texts.show(text, texts[card])}
      onClick={follow}
    >
      {text}
    </a>
  );
}

/** What the card is to show. */
function choiceOf({ target, operation }: AlertView, card: AlertCard): Partial<ViewState> {
  if (card === "latency") return { target, operation, alert: null };
  return card === "d1" ? { database: target, alert: null } : { alert: null };
}
