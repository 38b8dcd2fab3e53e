import { logNormal } from "../lib/random.ts";
import { percentile } from "../lib/statistics.ts";

/** One shard with its reporters, and the coordinators between it and who looks. */
export interface AgeModel {
  /** Isolates that report to this shard. */
  readonly isolates: number;
  /** Of each of them, to this target. */
  readonly timingsPerSecond: number;
  readonly flushMs: number;
  /** From an isolate to the shard: log-normal around this. */
  readonly networkMs: number;
  /** How long a report keeps the shard busy: one at a time. */
  readonly serviceMs: number;
  readonly lingerMs: number;
  /** From the end of a group to its row in durable storage. */
  readonly commitMs: number;
  /** From the shard up. */
  readonly ticks: readonly {
    readonly intervalMs: number;
    /** From its beginning to its end. */
    readonly wallMs: number;
  }[];
}

/** How old a timing was, in milliseconds, when it was first shown; and where it waited. */
export interface Ages {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Medians: in the isolate, on the way and in the queue, for its group, for ticks. */
  readonly isolateMs: number;
  readonly wayMs: number;
  readonly groupMs: number;
  readonly ticksMs: number;
}

/** As many reports share a group at most. */
const MAX_GROUP = 256;
const NETWORK_SIGMA = 0.5;
/** A tick that takes too long is followed by the next one after so long. */
const MIN_ALARM_MS = 50;
/** Before, queues and phases settle. */
const WARM_UP_SHARE = 0.25;

interface Report {
  readonly sentAt: number;
  readonly arrivedAt: number;
  readonly sampleAt: number;
}

interface Committed {
  readonly report: Report;
  readonly startedAt: number;
  readonly durableAt: number;
}

/**
 * Simulates every report of one shard for some time, and every tick: timings come at random, an
 * isolate sends a flush after its first one, the shard takes one report at a time and groups them,
 * and each tier asks its children in the course of its own ticks, whose phase is random. Of each
 * report one timing is followed.
 * @param random uniform in [0, 1): the only source of chance.
 */
export function simulateAge(model: AgeModel, durationMs: number, random: () => number): Ages {
  const reports = [...reportsOf(model, durationMs, random)].toSorted(
    (left, right) => left.arrivedAt - right.arrivedAt,
  );
  const phases = model.ticks.map(({ intervalMs }) => random() * intervalMs);
  const followed: { age: number; parts: readonly number[] }[] = [];
  for (const { report, startedAt, durableAt } of grouped(model, reports)) {
    if (report.sentAt < durationMs * WARM_UP_SHARE) continue;
    let shownAt = durableAt;
    for (const [tier, { intervalMs, wallMs }] of model.ticks.entries()) {
      const every = Math.max(intervalMs, wallMs + MIN_ALARM_MS);
      // Asked for at some point of the tick; what was not there then is seen by the next one.
      const asksAfter = random() * wallMs;
      const phase = phases[tier] ?? 0;
      const ticksUntil = Math.ceil((shownAt - asksAfter - phase) / every);
      shownAt = phase + ticksUntil * every + wallMs;
    }
    followed.push({
      age: shownAt - report.sampleAt,
      parts: [
        report.sentAt - report.sampleAt,
        startedAt - report.sentAt,
        durableAt - startedAt,
        shownAt - durableAt,
      ],
    });
  }
  const ages = followed.map(({ age }) => age);
  const part = (i: number): number =>
    percentile(
      followed.map(({ parts }) => parts[i] ?? 0),
      50,
    );
  return {
    p50Ms: percentile(ages, 50),
    p99Ms: percentile(ages, 99),
    isolateMs: part(0),
    wayMs: part(1),
    groupMs: part(2),
    ticksMs: part(3),
  };
}

function* reportsOf(model: AgeModel, durationMs: number, random: () => number): Iterable<Report> {
  const meanGapMs = 1_000 / model.timingsPerSecond;
  const gap = (): number => -Math.log(1 - random()) * meanGapMs;
  for (let isolate = 0; isolate < model.isolates; isolate++) {
    let firstAt = random() * (model.flushMs + meanGapMs) + gap();
    while (firstAt < durationMs) {
      const sentAt = firstAt + model.flushMs;
      const networkMs = logNormal(random, model.networkMs, NETWORK_SIGMA);
      const isFirst = random() * (1 + model.flushMs / meanGapMs) < 1;
      const sampleAt = isFirst ? firstAt : firstAt + random() * model.flushMs;
      yield { sentAt, arrivedAt: sentAt + networkMs, sampleAt };
      firstAt = sentAt + gap();
    }
  }
}

/** One report after the other; who comes while a group is open shares its row. */
function grouped(model: AgeModel, reports: readonly Report[]): Committed[] {
  const committed: Committed[] = [];
  let freeAt = 0;
  let group: { readonly report: Report; readonly startedAt: number }[] = [];
  let closesAt = Infinity;
  const close = (at: number): void => {
    const durableAt = at + model.commitMs;
    for (const one of group) committed.push({ ...one, durableAt });
    group = [];
    closesAt = Infinity;
  };
  for (const report of reports) {
    const startedAt = Math.max(report.arrivedAt, freeAt);
    freeAt = startedAt + model.serviceMs;
    if (startedAt > closesAt) close(closesAt);
    if (group.length === 0) closesAt = startedAt + model.lingerMs;
    group.push({ report, startedAt });
    if (group.length >= MAX_GROUP) close(startedAt);
  }
  if (group.length > 0) close(closesAt);
  return committed;
}
