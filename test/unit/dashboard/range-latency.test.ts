import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryAnswer } from "../../../src/api/history-answer.ts";
import { HEAT_CLASSES } from "../../../dashboard/src/live/latency-classes.ts";
import {
  type HistoryQuestion,
  type RangeLatencyPorts,
  RangeLatencyReader,
} from "../../../dashboard/src/history/range-latency.ts";
import { historyRange, type RangeName } from "../../../dashboard/src/range.ts";
import type { RollupRow } from "../../../src/merge/history.ts";
import { toPoints } from "../../../src/merge/history.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { aggregateStats } from "../../../src/merge/window-stats.ts";
import { anyDurations, serverAggregate, serverText } from "./support/timings.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("latency of a range", process.env["SEED"]);

const START = Date.UTC(2026, 10, 21, 12);

/** Nothing ends reading. */
const WANTED = new AbortController().signal;

const STEPS = {
  "1m": MINUTE_MS,
  "1h": HOUR_MS,
  "1d": DAY_MS,
  all: "all",
} as const;

/** What the server would answer, of minutes that may change. */
class Server {
  readonly minutes = new Map<number, readonly number[]>();
  readonly questions: HistoryQuestion[] = [];

  ask(question: HistoryQuestion): HistoryAnswer {
    this.questions.push(question);
    const { from, to, step } = question;
    const within = [...this.minutes].filter(([at]) => at >= from && at < to);
    const rows = within.map(([at, durations]): RollupRow => ({
      stepMs: MINUTE_MS,
      at,
      part: 0,
      aggregate: serverAggregate(durations),
    }));
    const points = toPoints(rows, { from, to, step: STEPS[step] }).map(
      ({ aggregate, ...point }) => {
        const durations = within
          .filter(([at]) => at >= point.at && at < point.at + point.stepMs)
          .flatMap(([, minute]) => minute);
        return {
          ...point,
          ...aggregateStats(aggregate, point.coveredMs),
          histogram: serverText(durations),
        };
      },
    );
    return { target: "meta", operation: "*", from, to, points };
  }
}

function readerOf(server: Server, ports: Partial<RangeLatencyPorts> = {}): RangeLatencyReader {
  return new RangeLatencyReader({
    ask: async (question) => server.ask(question),
    pause: async () => {},
    onProgress: () => {},
    ...ports,
  });
}

describe("RangeLatencyReader", () => {
  it("knows as time goes on what it would know if it asked for all of it", async () => {
    const anyMinute = fc.record({
      passedMinutes: fc.integer({ min: 0, max: 90 }),
      /** At most so much that a timing may come late, and that the last minutes are asked again. */
      lateMinutes: fc.integer({ min: 0, max: 5 }),
      durations: anyDurations,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<RangeName>("1h", "6h", "24h", "7d"),
        fc.array(anyMinute, { minLength: 1, maxLength: 12 }),
        async (name, steps) => {
          const server = new Server();
          const reader = readerOf(server);
          let nowMs = START;
          for (const { passedMinutes, lateMinutes, durations } of steps) {
            nowMs += passedMinutes * MINUTE_MS;
            server.minutes.set(nowMs - lateMinutes * MINUTE_MS, durations);
            const range = historyRange(name, nowMs);
            const read = await reader.read(range, WANTED);
            const { points, columns, total } = await readerOf(server).read(range, WANTED);
            expect(read.points).toEqual(points);
            expect(read.columns).toEqual(columns);
            expect(read.total).toEqual(total);
            const counted = read.columns.reduce((sum, { counts }) => sum + counts.total, 0);
            expect(counted).toBe(total?.count ?? 0);
            expect(read.tally.total).toBe(total?.count ?? 0);
            expect(read.fault).toBe("");
          }
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  it("asks only for what is new or may have changed", async () => {
    const server = new Server();
    const reader = readerOf(server);
    await reader.read(historyRange("24h", START), WANTED);
    server.questions.length = 0;
    await reader.read(historyRange("24h", START + MINUTE_MS), WANTED);
    const steps = server.questions.filter(({ step }) => step === "1m");
    expect(steps).toHaveLength(1);
    expect((steps[0]?.to ?? 0) - (steps[0]?.from ?? 0)).toBeLessThanOrEqual(10 * MINUTE_MS);
  });

  it("asks for all of it again when the clock went back", async () => {
    const server = new Server();
    const reader = readerOf(server);
    await reader.read(historyRange("1h", START), WANTED);
    server.questions.length = 0;
    const back = historyRange("1h", START - 120 * MINUTE_MS);
    server.minutes.set(back.from, [1_000]);
    const { points } = await reader.read(back, WANTED);
    expect(server.questions[0]).toMatchObject({ from: back.from, to: back.to });
    expect(points.map(({ at }) => at)).toEqual([back.from]);
  });

  it("says which histogram it could not read as long as it is shown, and shows the rest", async () => {
    const server = new Server();
    server.minutes.set(START, [1_000]);
    const reader = readerOf(server, {
      ask: async (question) => {
        const answer = server.ask(question);
        if (question.step === "all") return answer;
        const points = answer.points.map((point) => ({ ...point, histogram: "HISTF" }));
        return { ...answer, points };
      },
    });
    // At first it is read; later it is one of those that are not asked for again.
    for (const passedMinutes of [0, 1, 30, 59]) {
      const nowMs = START + passedMinutes * MINUTE_MS;
      const { fault, points, total } = await reader.read(historyRange("1h", nowMs), WANTED);
      expect(fault).toContain("2026-11-21T12:00:00.000Z");
      expect(points[0]?.p50Ms).toBe(1);
      expect(total?.count).toBe(1);
    }
    const later = await reader.read(historyRange("1h", START + 70 * MINUTE_MS), WANTED);
    expect(later).toMatchObject({ fault: "", points: [] });
  });

  it("stops reading when that is not wanted any more, and tells no progress after it", async () => {
    const server = new Server();
    for (let minute = 0; minute < 400; minute += 1) {
      server.minutes.set(START - minute * MINUTE_MS, [1_000]);
    }
    const ended = new AbortController();
    const told: number[] = [];
    let pauseCount = 0;
    const reader = readerOf(server, {
      onProgress: (fraction) => told.push(ended.signal.aborted ? Number.NaN : fraction),
      pause: async () => {
        pauseCount += 1;
        ended.abort();
      },
    });
    await expect(reader.read(historyRange("24h", START), ended.signal)).rejects.toThrow("aborted");
    expect(pauseCount).toBe(1);
    expect(told).not.toContain(Number.NaN);
    expect(told).not.toContain(1);
  });

  it("keeps what it had when it is not answered", async () => {
    const server = new Server();
    server.minutes.set(START - 30 * MINUTE_MS, [1_000]);
    let isDown = false;
    const reader = readerOf(server, {
      ask: async (question) => {
        if (isDown) throw new Error("down");
        return server.ask(question);
      },
    });
    const range = historyRange("1h", START);
    await reader.read(range, WANTED);
    isDown = true;
    await expect(reader.read(range, WANTED)).rejects.toThrow("down");
    isDown = false;
    expect((await reader.read(range, WANTED)).points).toHaveLength(1);
  });

  it("has at most 240 columns", async () => {
    const server = new Server();
    for (let at = START - 1_440 * MINUTE_MS; at <= START; at += MINUTE_MS) {
      server.minutes.set(at, [20_000]);
    }
    const { columns, points } = await readerOf(server).read(historyRange("24h", START), WANTED);
    expect(points).toHaveLength(1_441);
    expect(columns.length).toBeLessThanOrEqual(240);
    expect(columns[0]?.counts.first).toBe(HEAT_CLASSES.indexOf(20_000));
  });
});
