import { useFormat } from "../../i18n/format.ts";
import { useSession } from "../../session.ts";
import { useStore } from "../../store.ts";

/** How long it is since a moment, or until it; counts on by itself. */
export function Elapsed({
  at,
  isAhead = false,
}: {
  /** Epoch milliseconds of the server's clock. */
  readonly at: number;
  /** Whether the time until then is meant. */
  readonly isAhead?: boolean;
}) {
  const session = useSession();
  const format = useFormat();
  // Told five times a second; renders when the second differs.
  const seconds = useStore(session.freshness, () => {
    const ms = isAhead ? at - session.nowMs() : session.nowMs() - at;
    return Math.max(Math.floor(ms / 1000), 0);
  });
  return <span>{wholeSeconds(format.duration(seconds * 1000))}</span>;
}

/** Below ten seconds a duration has tenths, which would always be zero here. */
function wholeSeconds(text: string): string {
  return text.replace(/^(\d)[.,]0 s$/, "$1 s");
}
