import { DAY_MS } from "../../../../src/merge/slot-time.ts";

/** As the server makes ids: its time in base 36, a number, and something random. */
const ID = /^([0-9a-z]{8,9})-[0-9a-z]+(?:-[0-9a-z]+)?$/;

/** How far back an alert is looked for whose id does not say when it began. */
const LOOKED_BACK_MS = 30 * DAY_MS;

/** How long after it began an alert may fire first: no rule waits for longer. */
const LONGEST_PENDING_MS = 7 * DAY_MS;

/**
 * Where in history an alert is to be found that ended. Times are epoch milliseconds.
 *
 * @param id - of the alert; nothing is taken for granted of it.
 */
export function whereInHistory(id: string, nowMs: number): { from: number; to: number } {
  const [, time = ""] = ID.exec(id) ?? [];
  const began = Number.parseInt(time, 36);
  if (!(began > 0 && began <= nowMs))
    return { from: Math.max(nowMs - LOOKED_BACK_MS, 0), to: nowMs + 1 };
  return { from: began, to: Math.min(began + LONGEST_PENDING_MS, nowMs) + 1 };
}
