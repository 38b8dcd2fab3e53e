import { describe, expect, it } from "vitest";
import { nodeSqlite } from "../../../bench/lib/node-sqlite.ts";
import {
  EventLog,
  MAX_LOGGED_EVENTS,
  MAX_LOGGED_ID_LENGTH,
} from "../../../examples/platforms/event-log.ts";

function newLog(): EventLog {
  return new EventLog(nodeSqlite().sql as SqlStorage);
}

describe("EventLog", () => {
  it("keeps the events in order, each with the time of its call", () => {
    const log = newLog();
    log.add(["b", "a"], 5);
    log.add([null], 7);
    const events = [
      { id: "b", at: 5 },
      { id: "a", at: 5 },
      { id: null, at: 7 },
    ];
    expect(log.show()).toEqual({ events, dropped: 0 });
  });

  it("keeps the newest and counts the rest", () => {
    const log = newLog();
    const ids = (from: number) => Array.from({ length: 1_000 }, (_, i) => String(from + i));
    for (let from = 0; from < MAX_LOGGED_EVENTS + 2_000; from += 1_000) log.add(ids(from), from);
    const { events, dropped } = log.show();
    expect([events.length, dropped]).toEqual([MAX_LOGGED_EVENTS, 2_000]);
    expect(events[0]).toEqual({ id: "2000", at: 2_000 });
    expect(events.at(-1)?.id).toBe(String(MAX_LOGGED_EVENTS + 1_999));
  });

  it("begins anew when it is cleared", () => {
    const log = newLog();
    for (let i = 0; i < 30; i++) log.add(Array.from({ length: 1_000 }, String), i);
    log.clear();
    expect(log.show()).toEqual({ events: [], dropped: 0 });
    log.add(["x"], 1);
    expect(log.show()).toEqual({ events: [{ id: "x", at: 1 }], dropped: 0 });
  });

  it("survives its object", () => {
    const { sql } = nodeSqlite();
    new EventLog(sql as SqlStorage).add(["x"], 1);
    expect(new EventLog(sql as SqlStorage).show().events).toEqual([{ id: "x", at: 1 }]);
  });

  it("cuts an id that is too long", () => {
    const log = newLog();
    log.add(["x".repeat(1_000)], 1);
    expect(log.show().events[0]?.id).toHaveLength(MAX_LOGGED_ID_LENGTH);
  });
});
