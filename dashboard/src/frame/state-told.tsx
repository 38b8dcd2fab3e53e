import { useLayoutEffect, useMemo } from "preact/hooks";
import { firingCounts } from "../cards/summary/firing-counts.ts";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useLive, useSession } from "../session.ts";
import { useStore } from "../store.ts";

const NAME = "Tachograph";

const TEXTS = messages(
  {
    live: (status: string) => `Live. Status ${status}.`,
    notLive: (clock: string) => `not live since ${clock}, trying again`,
    connecting: "connecting …",
    notLiveTitle: "not live",
  },
  {
    live: (status) => `Ao vivo. Status ${status}.`,
    notLive: (clock) => `parado desde ${clock}, tentando de novo`,
    connecting: "conectando …",
    notLiveTitle: "parado",
  },
);

/**
 * The state in the window's title, and as a text that screen readers speak when it changes: the age
 * of the numbers is no part of it, for that changes all the time.
 */
export function StateTold() {
  const session = useSession();
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const isLive = useStore(session.freshness, (now) => now.isLive);
  const status = useLive(({ latest }) => latest?.status) ?? "UNKNOWN";
  const alerts = useLive((state) => state.alerts);
  const firing = useMemo(() => firingCounts(alerts.values()).firing, [alerts]);
  useLayoutEffect(() => {
    document.title = titleOf(isLive ? status : texts.notLiveTitle, isLive ? firing : 0);
  }, [isLive, status, firing, texts]);
  useLayoutEffect(
    () => () => {
      document.title = NAME;
    },
    [],
  );
  const { lastAt } = session.freshness.value;
  if (isLive) return texts.live(status);
  return lastAt === undefined
    ? texts.connecting
    : texts.notLive(format.clock(lastAt, session.nowMs()));
}

/** What is to be done comes first: a narrow tab shows no more. */
function titleOf(state: string, firing: number): string {
  return `${firing > 0 ? `(${firing}) ` : ""}${state} · ${NAME}`;
}
