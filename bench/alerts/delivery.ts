import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { HttpPoster } from "../lib/http-poster.ts";
import { percentile } from "../lib/statistics.ts";
import { openStream } from "../lib/stream-client.ts";
import { ALERTS_TOKEN } from "./alerts-config.ts";
import { type AlertsSystem, startAlertsSystem } from "./alerts-system.ts";
import { type AlertEvent, type Arrival, EVENTS, Receivers } from "./receivers.ts";

const TARGETS_A_ROUND = 4;
const OPERATIONS = 50;
const ALERTS = TARGETS_A_ROUND * OPERATIONS;
const FAILING = { outcome: "error", timings: 5 } as const;
const RECOVERED = { outcome: "ok", timings: 7 } as const;
const WEBHOOKS = ["first", "second"] as const;
const GOAL_MS = 2_000;
const TICK_MS = 500;
/** What it takes to a receiver at a distance and back. */
const DISTANCE_MS = 50;
const CALM_MS = 8_000;
const PATIENCE_MS = 60_000;

/** What one run of rounds came to. */
interface Trial {
  readonly arrivals: readonly Arrival[];
  /** Milliseconds between frames before the first alert, and from then on. */
  readonly calmGapsMs: readonly number[];
  readonly gapsMs: readonly number[];
  /** In how many ticks the alerts of a round changed, on average. */
  readonly ticks: number;
  /** From an event of all alerts to the last message about it in the chat. */
  readonly chatMs: readonly number[];
  readonly chatMessages: number;
  readonly hanging: number;
  readonly expected: number;
}

/**
 * 200 operations begin to fail at once, and recover at once, round after round; whoever is told
 * listens in this process, on the same clock. One of four channels never answers.
 */
export async function measureDelivery({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const rounds = quick ? 1 : 5;
  progress(`delivery: ${rounds} rounds, receivers answer at once`);
  const near = await trial(rounds, 0);
  progress(`delivery: ${rounds} rounds, receivers answer after ${DISTANCE_MS} ms`);
  const far = await trial(rounds, DISTANCE_MS);
  return [
    delayRow("a receiver that answers at once", near),
    delayRow(`a receiver that answers after ${DISTANCE_MS} ms`, far),
    onceRow([near, far]),
    gapRow(near),
    chatRow(near),
  ];
}

async function trial(rounds: number, answerAfterMs: number): Promise<Trial> {
  const receivers = await Receivers.open();
  const system = await startAlertsSystem(receivers);
  const poster = new HttpPoster(TARGETS_A_ROUND, PATIENCE_MS);
  receivers.answerAfterMs = answerAfterMs;
  const frames: number[] = [];
  const stream = `${system.origin.replace("http", "ws")}/v1/stream?targets=nothing`;
  const client = await openStream(stream, ALERTS_TOKEN, (text) => {
    const { type } = JSON.parse(text) as { type: string };
    if (type === "tick" || type === "snapshot") frames.push(Date.now());
  });
  try {
    await sleep(CALM_MS);
    const calmUntil = Date.now();
    const chatMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const event of EVENTS) {
        await report(system, poster, round, event === "firing" ? FAILING : RECOVERED);
        await untilArrived(receivers, (round + 1) * ALERTS, event);
      }
      chatMs.push(await chatSettled(receivers));
    }
    const { arrivals, chat, hanging } = receivers;
    const changes = new Set(arrivals.map(({ event, changedAt }) => `${event} ${changedAt}`));
    return {
      arrivals,
      calmGapsMs: gapsOf(frames.filter((at) => at <= calmUntil)),
      gapsMs: gapsOf(frames.filter((at) => at > calmUntil)),
      ticks: changes.size / rounds / EVENTS.length,
      chatMs,
      chatMessages: chat.length,
      hanging,
      expected: rounds * EVENTS.length * WEBHOOKS.length * ALERTS,
    };
  } finally {
    client.close();
    poster.close();
    await system.stop();
    receivers.close();
  }
}

/** Timings of every operation of a round's targets, in one request. */
async function report(
  system: AlertsSystem,
  poster: HttpPoster,
  round: number,
  { outcome, timings }: { readonly outcome: string; readonly timings: number },
): Promise<void> {
  const all = Array.from({ length: ALERTS * timings }, (_, i) => ({
    target: `round-${round}-${i % TARGETS_A_ROUND}`,
    operation: `operation-${Math.floor(i / TARGETS_A_ROUND) % OPERATIONS}`,
    durationMs: 100,
    outcome,
  }));
  const headers = { authorization: `Bearer ${ALERTS_TOKEN}` };
  await poster.post(`${system.origin}/v1/timings`, JSON.stringify({ timings: all }), headers);
}

async function untilArrived(
  { arrivals }: Receivers,
  count: number,
  event: AlertEvent,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const arrived = (channel: string): number =>
    arrivals.filter((one) => one.channel === channel && one.event === event).length;
  while (WEBHOOKS.some((channel) => arrived(channel) < count)) {
    if (Date.now() >= deadline) {
      const counts = WEBHOOKS.map((channel) => `${channel} ${arrived(channel)}`).join(", ");
      throw new Error(`of ${count} alerts that are ${event} there arrived: ${counts}`);
    }
    await sleep(20);
  }
}

/** @returns from the last change of an alert to the last message in the chat. */
async function chatSettled({ chat, arrivals }: Receivers): Promise<number> {
  const changedAt = Math.max(...arrivals.map((arrival) => arrival.changedAt));
  for (let count = -1; count !== chat.length;) {
    count = chat.length;
    await sleep(3_000);
  }
  return (chat.at(-1) ?? Number.NaN) - changedAt;
}

function gapsOf(frames: readonly number[]): number[] {
  return frames.slice(1).map((at, i) => at - (frames[i] ?? Number.NaN));
}

function delayRow(receiver: string, { arrivals, ticks }: Trial): BenchRow {
  const delaysMs = arrivals.map(({ at, changedAt }) => at - changedAt);
  const p99 = percentile(delaysMs, 99);
  const byEvent = EVENTS.map((event) => {
    const ofEvent = arrivals.filter((arrival) => arrival.event === event);
    const late = percentile(
      ofEvent.map(({ at, changedAt }) => at - changedAt),
      99,
    );
    return `${event} p99 ${figure(late)} ms`;
  });
  return {
    what: `From the tick that finds ${ALERTS} alerts changed to the request at ${receiver}, one channel hanging`,
    goal: `p99 ≤ ${GOAL_MS} ms`,
    measured: `p99 ${figure(p99)} ms`,
    verdict: verdictOf(p99 <= GOAL_MS),
    spread: `p50 ${figure(percentile(delaysMs, 50))}, longest ${figure(Math.max(...delaysMs))} ms, n = ${delaysMs.length}`,
    note:
      `${byEvent.join(", ")}; ${WEBHOOKS.length} webhooks, which got ${messagesOf(arrivals)} messages, ` +
      `a chat, and one that accepts and never answers; a round's alerts changed in ${figure(ticks)} ticks`,
    data: { delaysMs },
  };
}

function onceRow(trials: readonly Trial[]): BenchRow {
  const arrivals = trials.flatMap((one) => one.arrivals);
  const expected = trials.reduce((sum, one) => sum + one.expected, 0);
  const told = new Set(
    trials.flatMap((one, i) =>
      one.arrivals.map(({ channel, alertId, event }) => `${i} ${channel} ${alertId} ${event}`),
    ),
  );
  const messages = trials.reduce((sum, one) => sum + messagesOf(one.arrivals), 0);
  const missing = expected - told.size;
  const doubled = arrivals.length - told.size;
  return {
    what: "Of these, alerts that are missing or were told more than once",
    goal: "0",
    measured: figure(Math.abs(missing) + doubled),
    verdict: verdictOf(missing === 0 && doubled === 0),
    spread: `n = ${expected}`,
    note:
      `by alert, event and channel; they came in ${messages} messages, ` +
      `${trials.reduce((sum, one) => sum + one.hanging, 0)} requests hung meanwhile`,
    data: { expected, arrived: arrivals.length, distinct: told.size, messages },
  };
}

/** How many messages, by `webhook-id`, alerts arrived in. */
function messagesOf(arrivals: readonly Arrival[]): number {
  return new Set(arrivals.map(({ messageId }) => messageId)).size;
}

function gapRow({ gapsMs, calmGapsMs }: Trial): BenchRow {
  const p99 = percentile(gapsMs, 99);
  return {
    what: "Between two frames of the stream meanwhile, watched",
    goal: "–",
    measured: `p99 ${figure(p99)} ms (before ${figure(percentile(calmGapsMs, 99))})`,
    verdict: "info",
    spread: `p50 ${figure(percentile(gapsMs, 50))}, longest ${figure(Math.max(...gapsMs))} ms, n = ${gapsMs.length}`,
    note: `a tick every ${TICK_MS} ms; workerd runs coordinator, dispatcher and shards on one thread here`,
    data: { gapsMs, calmGapsMs },
  };
}

function chatRow({ chatMs, chatMessages }: Trial): BenchRow {
  return {
    what: `The same ${ALERTS} alerts in a chat, several in a message: until the last message`,
    goal: "–",
    measured: `${figure(percentile(chatMs, 50))} ms`,
    verdict: "info",
    spread: `longest ${figure(Math.max(...chatMs))} ms, n = ${chatMs.length}`,
    note: `after all of a round ended; ${chatMessages} messages in all, at most one a second (Slack's limit)`,
    data: { chatMs },
  };
}
