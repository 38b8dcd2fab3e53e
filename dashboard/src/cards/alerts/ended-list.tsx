import { useEffect, useRef, useState } from "preact/hooks";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { ShowAll } from "../../parts/show-all.tsx";
import { useSession } from "../../session.ts";
import type { AlertView } from "../../../../src/stream/stream-frame.ts";
import { useStore } from "../../store.ts";
import { Elapsed } from "./elapsed.tsx";
import { noteEnds, type RecentEnd, type RecentEnds, shownEnds } from "./recent-ends.ts";
import { seriesText } from "./series-text.ts";
import { StateBadges } from "./state-badges.tsx";

const TEXTS = messages(
  {
    label: "Alerts that ended a moment ago",
    before: "ended",
    after: "ago",
    lasted: (duration: string) => `fired for ${duration}`,
    times: (times: string, duration: string) => `fired ${times} × in ${duration}`,
  },
  {
    label: "Alertas que terminaram há pouco",
    before: "terminou há",
    after: "",
    lasted: (duration: string) => `ficou disparado por ${duration}`,
    times: (times: string, duration: string) => `disparou ${times} × em ${duration}`,
  },
);

const MAX_SHOWN = 3;

/** What fired and ended while the page was open, for some minutes; nothing if nothing did. */
export function EndedList({ alerts }: { readonly alerts: ReadonlyMap<string, AlertView> }) {
  const texts = useMessages(TEXTS);
  const [isWhole, setWhole] = useState(false);
  const ends = useRecentEnds(alerts);
  if (ends.length === 0) return null;
  return (
    <>
      <ul class="alert-list" aria-label={texts.label}>
        {ends.slice(0, isWhole ? ends.length : MAX_SHOWN).map((end) => (
          <EndedRow key={end.alert.id} end={end} />
        ))}
      </ul>
      <ShowAll count={ends.length} shortCount={MAX_SHOWN} isAll={isWhole} onChange={setWhole} />
    </>
  );
}

function EndedRow({ end: { alert, endedAt, times, firstAt } }: { readonly end: RecentEnd }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const duration = format.duration(endedAt - firstAt);
  return (
    <li class="alert" data-ended={alert.id}>
      <div class="alert-line">
        <div class="alert-words">
          <StateBadges alert={{ severity: alert.severity, state: "resolved" }} />
          <span class="alert-what">
            <a href={`#alert=${alert.id}`}>{alert.rule}</a> {seriesText(alert)}
          </span>
          <span class="alert-value">
            {times === 1 ? texts.lasted(duration) : texts.times(format.count(times), duration)}
          </span>
          <span class="alert-time">
            {texts.before} <Elapsed at={endedAt} /> {texts.after}
          </span>
        </div>
      </div>
    </li>
  );
}

function useRecentEnds(alerts: ReadonlyMap<string, AlertView>): readonly RecentEnd[] {
  const session = useSession();
  const before = useRef(alerts);
  const [ends, setEnds] = useState<RecentEnds>(new Map());
  useEffect(() => {
    const was = before.current;
    before.current = alerts;
    setEnds((known) => noteEnds(known, was, alerts, session.nowMs()));
  }, [alerts, session]);
  // Told five times a second; renders when one has been told for long enough.
  useStore(session.freshness, () => shownEnds(ends, alerts, session.nowMs()).length);
  return shownEnds(ends, alerts, session.nowMs());
}
