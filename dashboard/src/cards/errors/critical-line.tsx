import { useMemo } from "preact/hooks";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { useLive } from "../../session.ts";
import type { LiveState } from "../../../../src/stream/live-state.ts";
import { criticalTargets } from "./error-row.ts";

/** More are counted, not named. */
const MAX_NAMES = 3;

const TEXTS = messages(
  {
    critical: (count: string, names: string) => `■ ${count} CRITICAL: ${names}`,
    more: (names: string, count: string) => `${names} and ${count} more`,
  },
  {
    critical: (count: string, names: string) => `■ ${count} CRITICAL: ${names}`,
    more: (names: string, count: string) => `${names} e mais ${count}`,
  },
);

/** Which targets' errors are CRITICAL now, in the line of the card's title; told when it changes. */
export function CriticalLine() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const series = useLive(seriesOf);
  const critical = useMemo(() => criticalTargets(series), [series]);
  const names = critical.slice(0, MAX_NAMES).join(", ");
  const others = critical.length - MAX_NAMES;
  const told = others > 0 ? texts.more(names, format.count(others)) : names;
  return (
    <span role="status" class="critical-line" data-count={critical.length}>
      {critical.length === 0 ? "" : texts.critical(format.count(critical.length), told)}
    </span>
  );
}

function seriesOf({ series }: LiveState): LiveState["series"] {
  return series;
}
