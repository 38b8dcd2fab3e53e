import { messages, useMessages } from "../i18n/language.ts";
import { useView } from "../view.ts";

const TEXTS = messages(
  { now: "now, whatever the range" },
  { now: "agora, seja qual for o período" },
);

/** Beside the title of a card that knows no past: what it shows is of now, while a range is chosen. */
export function NowLabel() {
  const texts = useMessages(TEXTS);
  const { range } = useView();
  return range === "live" ? null : <span class="hint">{texts.now}</span>;
}
