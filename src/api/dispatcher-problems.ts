import type { CoordinatorHealth } from "../coordinator/coordinator-health.ts";
import { MINUTE_MS } from "../merge/slot-time.ts";
import {
  type ChannelHealth,
  type DispatcherHealth,
  REFUSALS_UNTIL_FAILING,
} from "../wire/dispatcher-rpc.ts";

/** Messages may wait, and the heartbeat may fail, for so long before somebody has to look. */
const WAIT_LIMIT_MS = 5 * MINUTE_MS;

const CHANNEL_PROBLEMS: Readonly<Record<ChannelHealth["state"], string>> = {
  ok: "does not keep up",
  failing: "fails",
  disabled: "is refused by its receiver until somebody changes a setting",
  // What it lacks, or that there is no such channel any more, is its last error.
  unconfigured: "is not configured",
};

/**
 * What is wrong with a dispatcher, each as a sentence; nothing if all is well. A channel alone is
 * no problem, as one may be named whose secret is not set yet, but messages that wait for it are, and
 * those that it lost: where a receiver refuses everything, nothing waits.
 * @param watchdogMs - how late its alarm, or the coordinator's sign of life, may be.
 */
export function dispatcherProblems(health: DispatcherHealth, watchdogMs: number): string[] {
  const { at, nextRunAt, lastError, channels, beat, reportsError } = health;
  const problems: string[] = [];
  if (lastError !== null) problems.push(`its last run failed: ${lastError}`);
  if (nextRunAt !== null && at - nextRunAt > watchdogMs) {
    problems.push(`it should have run ${at - nextRunAt} ms ago`);
  }
  const beatDueAt = beat?.nextTickAt ?? Infinity;
  if (at - beatDueAt > watchdogMs) {
    problems.push(`the coordinator should have given a sign of life ${at - beatDueAt} ms ago`);
  }
  problems.push(...channels.flatMap((channel) => channelProblem(channel, at) ?? []));
  if (reportsError !== null) problems.push(`reports cannot be written: ${reportsError}`);
  const heartbeat = heartbeatProblem(health);
  return heartbeat === undefined ? problems : [...problems, heartbeat];
}

/**
 * What a dispatcher puts up with, each as a sentence: channels that could deliver nothing now, and
 * a heartbeat that has not failed for long. What is a problem already is not among it.
 */
export function dispatcherWarnings(health: DispatcherHealth): string[] {
  const { at, channels, heartbeatError } = health;
  const warnings = channels.flatMap((channel) => {
    const { state, lastError } = channel;
    if (state === "ok" || channelProblem(channel, at) !== undefined) return [];
    const why = lastError === null ? "" : `: ${lastError}`;
    return [`the channel ${channel.channel} ${CHANNEL_PROBLEMS[state]}${why}`];
  });
  if (heartbeatError === null || heartbeatProblem(health) !== undefined) return warnings;
  return [...warnings, `the heartbeat URL did not answer well the last time: ${heartbeatError}`];
}

/** What is wrong with a dispatcher as the coordinator sees it from outside. */
export function handOverProblems({ dispatcherFault }: CoordinatorHealth): string[] {
  return dispatcherFault === null
    ? []
    : [`the coordinator takes it for stalled: ${dispatcherFault.reason}`];
}

function channelProblem(health: ChannelHealth, at: number): string | undefined {
  const { channel, state, queued, oldestQueuedAt, refused, lastError } = health;
  const why = lastError === null ? "" : `: ${lastError}`;
  if (state === "failing" && refused >= REFUSALS_UNTIL_FAILING) {
    return `the channel ${channel} loses what it is given, its receiver refused the last ${refused} messages${why}`;
  }
  if (oldestQueuedAt === null || at - oldestQueuedAt <= WAIT_LIMIT_MS) return undefined;
  return (
    `the channel ${channel} ${CHANNEL_PROBLEMS[state]}, and ${queued} messages wait, the oldest ` +
    `for ${at - oldestQueuedAt} ms${why}`
  );
}

function heartbeatProblem(health: DispatcherHealth): string | undefined {
  const { at, heartbeatAt, heartbeatError } = health;
  if (heartbeatError === null || at - (heartbeatAt ?? -Infinity) <= WAIT_LIMIT_MS) return undefined;
  return `the heartbeat URL does not answer well: ${heartbeatError}`;
}
