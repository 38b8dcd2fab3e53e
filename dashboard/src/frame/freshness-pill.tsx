import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useSession } from "../session.ts";
import { useStore } from "../store.ts";
import { isOldAge } from "./notices-of.ts";

const TEXTS = messages(
  {
    live: (age: string) => `live, ${age} old`,
    notLive: (clock: string) => `not live since ${clock}, trying again`,
    connecting: "connecting …",
  },
  {
    live: (age) => `ao vivo, há ${age}`,
    notLive: (clock) => `parado desde ${clock}, tentando de novo`,
    connecting: "conectando …",
  },
);

/** How fresh what is shown is. Changes several times a second, so it is not spoken. */
export function FreshnessPill() {
  const session = useSession();
  const { isLive, ageMs, lastAt } = useStore(session.freshness, (now) => now);
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const text = isLive
    ? texts.live(format.duration(ageMs))
    : lastAt === undefined
      ? texts.connecting
      : texts.notLive(format.clock(lastAt, session.nowMs()));
  return (
    <p id="freshness" class="freshness" data-live={isLive} data-old={isLive && isOldAge(ageMs)}>
      {text}
    </p>
  );
}
