/** Numbers older than this are called old, though the stream itself is live. */
const OLD_MS = 3_000;

/** Frames that take so much longer than the fastest one are called late. */
const LATE_MS = 2_500;

const MINUTE_MS = 60_000;

/** What whoever reads the numbers has to know of them. */
export type Notice =
  | { readonly kind: "missing"; readonly shards: readonly string[] }
  | { readonly kind: "old" }
  /** Frames come, but take so many seconds longer than they did. */
  | { readonly kind: "late"; readonly seconds: number }
  /** This browser's clock differs from the server's by so many minutes: ahead if above 0. */
  | { readonly kind: "clock"; readonly minutes: number };

/** What notices are made of. */
interface NoticeFacts {
  readonly isLive: boolean;
  readonly isOld: boolean;
  /** See {@link secondsLate}. */
  readonly lateSeconds: number;
  /** See {@link minutesOff}. */
  readonly clockMinutes: number;
  /** Names of the shards that do not answer. */
  readonly missing: readonly string[];
}

/** The notices in the order of their weight; none if all is well. */
export function noticesOf(facts: NoticeFacts): Notice[] {
  const { isLive, isOld, lateSeconds, clockMinutes, missing } = facts;
  const notices: Notice[] = [];
  if (missing.length > 0) notices.push({ kind: "missing", shards: missing });
  if (lateSeconds > 0) notices.push({ kind: "late", seconds: lateSeconds });
  // What is not live is called so already, and gets no younger.
  else if (isLive && isOld) notices.push({ kind: "old" });
  if (clockMinutes !== 0) notices.push({ kind: "clock", minutes: clockMinutes });
  return notices;
}

/** Whether numbers of this age are called old. */
export function isOldAge(ageMs: number): boolean {
  return ageMs > OLD_MS;
}

/** How many seconds frames are noticeably late, rounded; 0 if they are not. */
export function secondsLate(lateMs: number): number {
  return lateMs <= LATE_MS ? 0 : Math.round(lateMs / 1000);
}

/**
 * By how many minutes a clock that is `aheadMs` ahead is noticeably off, rounded; 0 up to a minute.
 */
export function minutesOff(aheadMs: number): number {
  return Math.abs(aheadMs) <= MINUTE_MS ? 0 : Math.round(aheadMs / MINUTE_MS);
}
