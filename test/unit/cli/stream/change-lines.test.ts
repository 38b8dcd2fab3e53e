import { describe, expect, it } from "vitest";
import { ALERT_FRAME, CONTENT_FRAME } from "../../../../src/cli/api/live-shapes.ts";
import { paintFor } from "../../../../src/cli/output/colour.ts";
import { changedAlerts, changeLines } from "../../../../src/cli/stream/change-lines.ts";
import { type LiveState, NOTHING_HEARD, takeFrame } from "../../../../src/stream/live-state.ts";
import type { AlertFrame, ContentFrame } from "../../../../src/stream/stream-frame.ts";
import { alertBody, limitBody, liveBody, seriesBody } from "../support/live-body.ts";

const OPTIONS = { isAlertsOnly: false, hasOperations: false };

function content(type: "snapshot" | "tick", seq: number, over: object = {}): ContentFrame {
  const frame: unknown = JSON.parse(JSON.stringify({ type, ...liveBody({ seq, ...over }) }));
  if (CONTENT_FRAME.fits(frame)) return frame;
  throw new Error(CONTENT_FRAME.faultOf(frame));
}

function alertFrame(seq: number, over: Readonly<Record<string, unknown>>): AlertFrame {
  const frame: unknown = { ...alertBody(over), type: "alert", epoch: "e1", seq };
  if (ALERT_FRAME.fits(frame)) return frame;
  throw new Error(ALERT_FRAME.faultOf(frame));
}

/** The lines of each of some frames, without their times. */
function follow(...frames: readonly (ContentFrame | AlertFrame)[]): string[][] {
  let before: LiveState = NOTHING_HEARD;
  return frames.map((frame) => {
    const state = takeFrame(before, frame);
    if (state === undefined) throw new Error("frames are missing");
    const lines = changeLines({ frame, before, state }, OPTIONS, paintFor(false));
    before = state;
    return lines.map((line) => line.replace(/^\S+ /, ""));
  });
}

describe("the lines of changes", () => {
  it("has none for a snapshot that brings nothing new", () => {
    const over = { alerts: [alertBody()], limits: [limitBody("meta")] };
    const [first, again] = follow(content("snapshot", 1, over), content("snapshot", 9, over));
    expect(first).toHaveLength(5);
    expect(again).toEqual([]);
  });

  it("tells what is gone, by a tick or by a snapshot that lacks it", () => {
    const first = content("snapshot", 1, {
      series: [seriesBody("google"), seriesBody("google", {}, "search"), seriesBody("meta")],
      limits: [limitBody("google"), limitBody("meta")],
    });
    const gone = { series: [{ target: "google", operation: "*" }], limits: ["google"] };
    const tick = content("tick", 2, { series: [], limits: [], alerts: undefined, gone });
    const last = content("snapshot", 9, { series: [], limits: [] });
    const [, byTick, bySnapshot] = follow(first, tick, last);
    expect(byTick).toEqual(["series google is gone", "limit google is gone"]);
    expect(bySnapshot).toEqual(["series meta is gone", "limit meta is gone"]);
  });

  it("tells of an alert who silenced, implied or took it on, and not each of its values", () => {
    const tick = (seq: number, over: object): ContentFrame =>
      content("tick", seq, { series: [], alerts: [alertBody({ ...over })] });
    const [, ...lines] = follow(
      content("snapshot", 1, { alerts: [alertBody()] }),
      tick(2, { value: 900 }),
      tick(3, { value: 900, silencedBy: "s1" }),
      tick(4, { value: 901, silencedBy: "s1" }),
      tick(5, { value: 901, silencedBy: "s1", inhibitedBy: "down" }),
      tick(6, { value: 902, inhibitedBy: "down", acknowledgedBy: "ana" }),
    );
    expect(lines.map((some) => some.map((line) => line.replace(/^[^[]*/, "")))).toEqual([
      [],
      ["[silenced (s1)]"],
      [],
      ["[silenced (s1), implied by down]"],
      ["[acknowledged by ana, implied by down]"],
    ]);
  });

  it("tells how an alert ended, also one that nobody heard of before", () => {
    const [, known, unknown] = follow(
      content("snapshot", 1, { alerts: [alertBody()] }),
      alertFrame(2, { state: "resolved", value: 703 }),
      alertFrame(3, { id: "a2", state: "resolved", value: 1 }),
    );
    expect(known).toEqual(["alert resolved HIGH slow meta: now 703 ms, fires at >= 800 ms"]);
    expect(unknown).toHaveLength(1);
  });

  it("gives an alert that a snapshot lacks as it was, resolved", () => {
    const before = takeFrame(NOTHING_HEARD, content("snapshot", 1, { alerts: [alertBody()] }));
    const frame = content("snapshot", 2);
    const state = takeFrame(NOTHING_HEARD, frame);
    if (before === undefined || state === undefined) throw new Error("no snapshot was taken");
    expect(changedAlerts({ frame, before, state })).toMatchObject([
      { id: "a1", state: "resolved" },
    ]);
  });
});
