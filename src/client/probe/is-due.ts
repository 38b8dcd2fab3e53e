/** How far apart two runs of a cron of every minute are, milliseconds. */
const CRON_MS = 60_000;

/**
 * Whether a probe is to run now: once in each interval, by the first run of the cron in it. It takes
 * the times alone, so that every isolate says the same: a cron that is late is as good as one in
 * time as long as it is the same minute, and a run that is skipped is left to the next interval.
 *
 * @param everyMs - how often, from the beginning of the epoch on.
 * @param nowMs - best the time for which the cron was planned (`controller.scheduledTime`), which is
 * exact however late it is.
 */
export function isDue(everyMs: number, nowMs: number): boolean {
  const minute = Math.floor(nowMs / CRON_MS) * CRON_MS;
  const next = Math.ceil(minute / everyMs) * everyMs;
  return next < minute + CRON_MS;
}
