import { useEffect, useMemo, useState } from "preact/hooks";
import type { LiveState } from "../../../src/stream/live-state.ts";
import type { ContentFrame } from "../../../src/stream/stream-frame.ts";
import { LiveLine, type LiveLineQuery } from "../live/live-line.ts";
import { useLive, useSession } from "../session.ts";

/**
 * One number at each tick, whether it is painted or not, and from history where no
 * tick was heard.
 *
 * @param subject - names what the number is of; of another, all of the line is another.
 */
export function useLiveLine(subject: string, query: LiveLineQuery): LiveLine {
  const session = useSession();
  const [, render] = useState(0);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the query is made anew by each rendering; the subject says when it is another
  const line = useMemo(() => new LiveLine(query, () => render(add1)), [session, subject]);
  useEffect(() => {
    line.begin(session.live.value);
    const forget = session.onContent((frame) => line.take(frame));
    return () => {
      forget();
      line.close();
    };
  }, [session, line]);
  // The line itself tells nobody of a tick: it is drawn when what was heard is painted.
  useLive(latestOf);
  return line;
}

function add1(count: number): number {
  return count + 1;
}

function latestOf({ latest }: LiveState): ContentFrame | undefined {
  return latest;
}
