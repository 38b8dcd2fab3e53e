import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cursorOf,
  type LiveState,
  NOTHING_HEARD,
  seriesKey,
  takeFrame,
} from "../../../src/stream/live-state.ts";
import type {
  AlertFrame,
  AlertView,
  ContentFrame,
  LimitView,
  SeriesView,
} from "../../../src/stream/stream-frame.ts";
import { seedOf } from "../../support/seeded.ts";
import { aSeries } from "../dashboard/support/a-series.ts";
import { anAlert } from "../dashboard/support/an-alert.ts";
import { alertFrame, snapshotFrame, tickFrame } from "../dashboard/support/frames.ts";

const seed = seedOf("live state", process.env["SEED"]);

const NO_PILLARS = { latency: null, errors: null, throughput: null, d1: null, cache: null };

function aLimit(target: string, available: number): LimitView {
  return {
    target,
    capacity: 9,
    refillPerMinute: 60,
    available,
    outstanding: 0,
    blockedUntil: null,
    blockedReason: null,
    refillRate: 1,
    granted: 0,
    denied: 0,
    returned: 0,
    expired: 0,
    waiting: 0,
    allowedUnreached: 0,
    deniedUnreached: 0,
    isOverridden: false,
  };
}

function after(frames: readonly (ContentFrame | AlertFrame)[]): LiveState {
  let state = NOTHING_HEARD;
  for (const one of frames) {
    const next = takeFrame(state, one);
    if (next === undefined) throw new Error(`frame ${one.seq} was not taken`);
    state = next;
  }
  return state;
}

/** What happens on the server between two frames. */
type Change =
  | { readonly kind: "series"; readonly target: string; readonly operation: string; count: number }
  | { readonly kind: "goneSeries"; readonly target: string; readonly operation: string }
  | { readonly kind: "limit"; readonly target: string; readonly count: number }
  | { readonly kind: "goneLimit"; readonly target: string }
  | { readonly kind: "alert"; readonly id: string; readonly isOver: boolean };

const target = fc.constantFrom("meta", "meta-ads", "google", "a");
const operation = fc.constantFrom("*", "batch", "lookup");
const count = fc.nat(1_000);
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("series" as const), target, operation, count }),
  fc.record({ kind: fc.constant("goneSeries" as const), target, operation }),
  fc.record({ kind: fc.constant("limit" as const), target, count }),
  fc.record({ kind: fc.constant("goneLimit" as const), target }),
  fc.record({
    kind: fc.constant("alert" as const),
    id: fc.constantFrom("x", "y"),
    isOver: fc.boolean(),
  }),
);

/** A server that knows everything, and what it says of each change. */
class Server {
  readonly series = new Map<string, SeriesView>();
  readonly limits = new Map<string, LimitView>();
  readonly alerts = new Map<string, AlertView>();

  change(seq: number, change: Change): ContentFrame | AlertFrame {
    switch (change.kind) {
      case "series": {
        const view = aSeries(change.target, change.operation, { count: change.count });
        this.series.set(seriesKey(view), view);
        return tickFrame(seq, { series: [view] });
      }
      case "goneSeries": {
        this.series.delete(seriesKey(change));
        const { target: gone, operation: of } = change;
        return tickFrame(seq, {
          gone: { series: [{ target: gone, operation: of }], limits: [] },
        });
      }
      case "limit": {
        const view = aLimit(change.target, change.count);
        this.limits.set(view.target, view);
        return tickFrame(seq, { limits: [view] });
      }
      case "goneLimit":
        this.limits.delete(change.target);
        return tickFrame(seq, { gone: { series: [], limits: [change.target] } });
      case "alert": {
        const alert = anAlert({ id: change.id, state: change.isOver ? "resolved" : "firing" });
        if (change.isOver) this.alerts.delete(alert.id);
        else this.alerts.set(alert.id, alert);
        return { ...alertFrame(seq), ...alert };
      }
    }
  }
}

function sorted<View>(map: ReadonlyMap<string, View>): readonly (readonly [string, View])[] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

describe("takeFrame", () => {
  it("comes to what the server knows, in its order, whatever changed", () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 60 }), (changes) => {
        const server = new Server();
        const frames = changes.map((change, index) => server.change(index + 1, change));
        const state = after([snapshotFrame(0), ...frames]);
        expect([...state.series]).toEqual(sorted(server.series));
        expect([...state.limits]).toEqual(sorted(server.limits));
        expect([...state.alerts.keys()].toSorted()).toEqual([...server.alerts.keys()].toSorted());
        expect(cursorOf(state)).toEqual({ epoch: "e", seq: changes.length });
      }),
      { seed },
    );
  });

  it("forgets with a snapshot everything that was before it", () => {
    const full = snapshotFrame(7, {
      series: [aSeries("meta", "*")],
      limits: [aLimit("meta", 1)],
      alerts: [anAlert()],
      pillars: NO_PILLARS,
    });
    const state = after([full]);
    expect([state.series.size, state.limits.size, state.alerts.size]).toEqual([1, 1, 1]);
    const empty = snapshotFrame(2, { epoch: "f" });
    const heard = { ...NOTHING_HEARD, latest: empty, pillars: empty.pillars };
    expect(takeFrame(state, empty)).toEqual(heard);
  });

  it("takes nothing after a frame that is missing, that came already, or of another epoch", () => {
    const state = after([snapshotFrame(3)]);
    expect(takeFrame(state, tickFrame(4))).toBeDefined();
    for (const one of [
      tickFrame(3),
      tickFrame(5),
      tickFrame(4, { epoch: "f" }),
      alertFrame(5),
      { ...alertFrame(4), epoch: "f" },
    ]) {
      expect(takeFrame(state, one)).toBeUndefined();
    }
    expect(takeFrame(NOTHING_HEARD, tickFrame(1))).toBeUndefined();
    expect(cursorOf(NOTHING_HEARD)).toBeUndefined();
  });

  it("counts an alert as a frame, and keeps what the latest content said", () => {
    const state = after([snapshotFrame(3, { score: 4 }), alertFrame(4)]);
    expect(cursorOf(state)).toEqual({ epoch: "e", seq: 4 });
    expect(state.latest).toMatchObject({ type: "snapshot", at: 1_000_003, score: 4 });
  });

  it("keeps pillars until others come", () => {
    const pillars = { ...NO_PILLARS };
    const state = after([snapshotFrame(1, { pillars }), tickFrame(2)]);
    expect(state.pillars).toBe(pillars);
    const other = { ...NO_PILLARS };
    expect(takeFrame(state, tickFrame(3, { pillars: other }))?.pillars).toBe(other);
  });

  it("leaves the same maps where nothing changed, and never changes one", () => {
    const state = after([snapshotFrame(1, { series: [aSeries("meta", "*")] })]);
    const same = takeFrame(state, tickFrame(2));
    expect(same?.series).toBe(state.series);
    expect(same?.limits).toBe(state.limits);
    const gone = { series: [{ target: "meta", operation: "*" }], limits: [] };
    expect(takeFrame(state, tickFrame(2, { gone }))?.series.size).toBe(0);
    expect(state.series.size).toBe(1);
  });
});
