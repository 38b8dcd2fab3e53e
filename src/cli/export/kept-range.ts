import * as v from "valibot";
import type { WhoamiAnswer } from "../../api/whoami-answer.ts";
import type { TimeRange } from "../../merge/history.ts";
import { DAY_MS, startOf } from "../../merge/slot-time.ts";
import { Shape } from "../api/shape.ts";
import { withRetries } from "../api/with-retries.ts";
import { formatCountOf, formatTime } from "../output/format.ts";
import { noteWait } from "../output/note-wait.ts";
import type { CliSession } from "../session.ts";

/** A range that goes back no further is a few requests at most: it is not worth one more. */
const FREE_MS = 31 * DAY_MS;

const ATTEMPTS = 4;

const KEPT = new Shape<Pick<WhoamiAnswer, "historyDays">>(
  v.looseObject({ historyDays: v.exactOptional(v.number()) }),
);

/**
 * What of a range history may have: days that are not kept any more would be thousands of requests
 * for nothing. Says so if something is taken off.
 * @throws CliError if the server does not answer.
 */
export async function keptRange(session: CliSession, range: TimeRange): Promise<TimeRange> {
  const { api, clock, io, printer } = session;
  if (range.from >= clock.nowMs() - FREE_MS) return range;
  const { signal, pause: wait } = io;
  const { historyDays } = await withRetries(
    { attempts: ATTEMPTS, signal, onWait: noteWait(printer), wait },
    () => api.read("/v1/whoami", KEPT),
  );
  if (historyDays === undefined) return range;
  // The day in which the first kept moment lies: a day is kept whole, or not at all. Of a range that
  // ended before, its last day remains, so that there is an answer to write the header of.
  const first = startOf(clock.nowMs() - historyDays * DAY_MS, DAY_MS);
  const from = Math.min(first, startOf(range.to - 1, DAY_MS));
  if (range.from >= from) return range;
  printer.warn(
    `history is kept for ${formatCountOf(historyDays, "day")}: what is exported begins at ` +
      formatTime(from),
  );
  return { from, to: range.to };
}
