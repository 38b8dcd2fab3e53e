import { setTimeout as sleep } from "node:timers/promises";

/** How events are offered. */
export interface Offer {
  /** The tracking Workers, one after the other. */
  readonly tracking: readonly string[];
  readonly platforms: readonly string[];
  readonly perSecond: number;
  readonly events: number;
}

/** What was said about an event that is sent later. */
export interface Promised {
  readonly id: string;
  readonly platform: string;
  readonly job: string;
  /** The isolate that said it. */
  readonly tracking: string;
  /** Epoch milliseconds. */
  readonly deferredUntil: number;
}

/** What the tracking Worker answered to the events. */
export interface Offered {
  /** When the first was offered, epoch milliseconds. */
  readonly startedAt: number;
  /** From the first offer to the last, in milliseconds: longer than planned on a busy machine. */
  readonly offeredMs: number;
  /** About what was not sent at once. */
  readonly promised: readonly Promised[];
  /** Answers that were neither, as text: there should be none. */
  readonly faults: readonly string[];
}

type Told = Pick<Offered, "promised" | "faults">;

/** The part of the answer to `POST /track` that counts here. */
interface TrackAnswer {
  readonly platforms: Readonly<
    Record<string, { outcome: string; deferredUntil?: number | null; job?: string }>
  >;
}

/** The id of the `n`-th event. */
export function eventId(n: number): string {
  return `event-${n}`;
}

/** Offers events at a rate that does not depend on how fast they are taken. */
export async function offerEvents(offer: Offer): Promise<Offered> {
  const { tracking, perSecond, events } = offer;
  const startedAt = Date.now();
  const answers: Promise<Told>[] = [];
  for (let n = 0; n < events; n++) {
    const waitMs = startedAt + (n * 1_000) / perSecond - Date.now();
    if (waitMs > 1) await sleep(waitMs);
    answers.push(track(isolateOf(tracking, n), eventId(n), offer.platforms));
  }
  const offeredMs = Date.now() - startedAt;
  const told = await Promise.all(answers);
  return {
    startedAt,
    offeredMs,
    promised: told.flatMap(({ promised }) => promised),
    faults: told.flatMap(({ faults }) => faults),
  };
}

function isolateOf(tracking: readonly string[], n: number): string {
  const url = tracking[n % tracking.length];
  if (url === undefined) throw new Error("no tracking Worker to offer events to");
  return url;
}

async function track(tracking: string, id: string, platforms: readonly string[]): Promise<Told> {
  const body = JSON.stringify({ event: "Purchase", id, platforms });
  const response = await fetch(`${tracking}/track`, { method: "POST", body });
  if (response.status !== 202) {
    return { promised: [], faults: [`${response.status}: ${await response.text()}`] };
  }
  const answer = await response.json<TrackAnswer>();
  const promised: Promised[] = [];
  const faults: string[] = [];
  for (const [platform, told] of Object.entries(answer.platforms)) {
    const { outcome, deferredUntil, job } = told;
    if (outcome === "ok") continue;
    if (outcome === "deferred" && typeof deferredUntil === "number" && job !== undefined) {
      promised.push({ id, platform, job, tracking, deferredUntil });
    } else faults.push(`${platform}: ${JSON.stringify(told)}`);
  }
  return { promised, faults };
}
