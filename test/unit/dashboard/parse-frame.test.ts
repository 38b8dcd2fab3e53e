import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFrame } from "../../../dashboard/src/stream/parse-frame.ts";
import { anAlert } from "./support/an-alert.ts";

const HELLO = { type: "hello", protocol: "tachograph.v1", epoch: "e", seq: 0, resumed: false };
const ALERT = { ...anAlert(), type: "alert", epoch: "e", seq: 2 };
const GRADE = { grade: "GOOD", color: "green", score: 9 };
const WINDOWS = { "1m": {}, "5m": {}, "1h": {} };
const PILLARS = {
  latency: { ...GRADE, trend: null, targets: [{ target: "meta", grade: GRADE }] },
  errors: { ...GRADE, trend: {}, targets: [] },
  throughput: { ...GRADE, trend: null },
  d1: { ...GRADE, trend: null, slowest: [{ target: "d1.a" }] },
  cache: { ...GRADE, trend: null, layers: [{}], caches: [] },
};
const NO_PILLARS = { latency: null, errors: null, throughput: null, d1: null, cache: null };
const TICK = {
  type: "tick",
  epoch: "e",
  seq: 1,
  tenant: "default",
  at: 1_795_190_000_000,
  staleMs: 12,
  status: "HEALTHY",
  score: null,
  coverage: { shards: 1, answered: 1, missing: [] },
  series: [
    { target: "meta", operation: "*", windows: WINDOWS, grades: { latency: GRADE, errors: null } },
  ],
  limits: [{ target: "meta" }],
  ledger: { rejected: {}, permits: {} },
};

function kindOf(value: unknown): string {
  return parseFrame(JSON.stringify(value)).kind;
}

describe("parseFrame", () => {
  it("takes every frame that the server sends", () => {
    const gone = { series: [{ target: "meta", operation: "*" }], limits: ["meta"] };
    for (const frame of [
      { ...HELLO, tickMs: 500 },
      TICK,
      { ...TICK, gone },
      { ...TICK, pillars: PILLARS },
      { ...TICK, type: "snapshot", alerts: [ALERT], pillars: PILLARS },
      { ...TICK, type: "snapshot", pillars: NO_PILLARS },
      ALERT,
      { type: "error", reason: "later" },
    ]) {
      expect(parseFrame(JSON.stringify(frame))).toEqual({ kind: "frame", frame });
    }
  });

  it("takes series with no other windows than were asked for", () => {
    const [series] = TICK.series;
    const text = JSON.stringify({ ...TICK, series: [{ ...series, windows: { "5m": {} } }] });
    expect(parseFrame(text, ["5m"]).kind).toBe("frame");
    expect(parseFrame(text).kind).toBe("garbage");
  });

  it("wants the pillars of a snapshot, all five", () => {
    expect(kindOf({ ...TICK, type: "snapshot" })).toBe("garbage");
    expect(kindOf({ ...TICK, type: "snapshot", pillars: {} })).toBe("garbage");
  });

  it("passes over a type that it does not know", () => {
    expect(kindOf({ type: "weather", epoch: "e", seq: 4 })).toBe("unknown");
  });

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["no type", '{"epoch":"e"}'],
  ])("calls %s garbage", (_, text) => {
    expect(parseFrame(text).kind).toBe("garbage");
  });

  it.each([
    ["an epoch", { epoch: undefined }],
    ["a whole seq", { seq: 1.5 }],
    ["a time", { at: null }],
    ["an age", { staleMs: "12" }],
    ["a list of series", { series: null }],
    ["series that are objects", { series: [null] }],
    ["series with an operation", { series: [{ ...TICK.series[0], operation: 7 }] }],
    [
      "windows that are objects",
      { series: [{ ...TICK.series[0], windows: { ...WINDOWS, "1m": 7 } }] },
    ],
    ["its three windows", { series: [{ ...TICK.series[0], windows: {} }] }],
    ["grades that say which", { series: [{ ...TICK.series[0], grades: {} }] }],
    ["a grade with its color", { series: [{ ...TICK.series[0], grades: { latency: {} } }] }],
    ["a list of exemplars", { series: [{ ...TICK.series[0], exemplars: {} }] }],
    [
      "exemplars with a trace",
      { series: [{ ...TICK.series[0], exemplars: [{ durationMs: 1, at: 1 }] }] },
    ],
    [
      "exemplars with a duration",
      { series: [{ ...TICK.series[0], exemplars: [{ traceId: "a", at: 1 }] }] },
    ],
    ["a list of buckets", { limits: {} }],
    ["buckets with a target", { limits: [{}] }],
    ["coverage", { coverage: 7 }],
    ["names of missing shards", { coverage: { missing: [7] } }],
    ["books", { ledger: [] }],
    ["alerts with an id", { alerts: [{ target: "meta", state: "firing" }] }],
    ["alerts with a summary", { alerts: [anAlert(), { ...anAlert(), summary: null }] }],
    ["pillars that are an object", { pillars: [] }],
    ["pillars that are graded", { pillars: { ...PILLARS, throughput: {} } }],
    ["a trend, or none, of a pillar", { pillars: { ...PILLARS, throughput: GRADE } }],
    ["targets of the latency", { pillars: { ...PILLARS, latency: PILLARS.throughput } }],
    ["targets of the errors", { pillars: { ...PILLARS, errors: PILLARS.throughput } }],
    ["queries of D1", { pillars: { ...PILLARS, d1: PILLARS.throughput } }],
    ["layers of the caches", { pillars: { ...PILLARS, cache: { ...PILLARS.cache, layers: 1 } } }],
    ["caches with a grade", { pillars: { ...PILLARS, cache: { ...PILLARS.cache, caches: [{}] } } }],
    ["what is gone", { gone: { series: [] } }],
  ])("calls a tick without %s garbage", (_, part) => {
    expect(kindOf({ ...TICK, ...part })).toBe("garbage");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        parseFrame(json);
        parseFrame(text);
        parseFrame(JSON.stringify(TICK).slice(0, text.length * 7));
      }),
    );
  });

  it("takes nothing that is cut off", () => {
    const text = JSON.stringify(TICK);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => {
        expect(parseFrame(text.slice(0, length)).kind).toBe("garbage");
      }),
    );
  });
});
