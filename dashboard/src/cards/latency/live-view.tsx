import { useEffect, useMemo, useState } from "preact/hooks";
import { HistoryFault } from "../../history/history-fault.tsx";
import { messages, useMessages } from "../../i18n/language.ts";
import { LatencyFeed, type LatencyChoice, type LiveLatency } from "../../live/latency-feed.ts";
import { LIVE_SPAN_MS } from "../../range.ts";
import { useSession } from "../../session.ts";
import { Store, useStore } from "../../store.ts";
import { LatencyPicture } from "./latency-picture.tsx";

const TEXTS = messages(
  { quiet: "not live: filled in from history" },
  { quiet: "sem dados ao vivo: preenchido pelo histórico" },
);

const NOT_YET = new Store<LiveLatency | undefined>(undefined);

/** The latency of the last minutes, as it comes. */
export function LiveView({
  target,
  operation,
  window,
  series,
}: LatencyChoice & { readonly series: string }) {
  const texts = useMessages(TEXTS);
  const live = useFeed({ target, operation, window });
  const quiet = live?.quiet;
  const bands = useMemo(
    () =>
      (quiet ?? []).map((stretch) => ({ ...stretch, color: "soft" as const, label: texts.quiet })),
    [quiet, texts],
  );
  if (live === undefined) return null;
  const to = live.newestAt ?? 0;
  return (
    <>
      <HistoryFault fault={live.fault} />
      <LatencyPicture
        series={series}
        range="live"
        points={live.points}
        tally={live.tally}
        columns={live.columns}
        bands={bands}
        from={to - LIVE_SPAN_MS}
        to={to}
        mapTo={live.columns.at(-1)?.to ?? to}
      />
    </>
  );
}

function useFeed({ target, operation, window }: LatencyChoice): LiveLatency | undefined {
  const session = useSession();
  const [feed, setFeed] = useState<LatencyFeed | undefined>();
  useEffect(() => {
    const made = new LatencyFeed(session, { target, operation, window });
    setFeed(made);
    return () => {
      setFeed(undefined);
      made.close();
    };
  }, [session, target, operation, window]);
  return useStore<LiveLatency | undefined, LiveLatency | undefined>(feed?.live ?? NOT_YET, same);
}

function same(live: LiveLatency | undefined): LiveLatency | undefined {
  return live;
}
