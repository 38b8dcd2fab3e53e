import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { QueuedRecord } from "../../../src/alerts/alert-store.ts";
import { ArchiveFlusher } from "../../../src/coordinator/archive-flusher.ts";
import type { ArchiveSink } from "../../../src/coordinator/ports.ts";
import { DAY_MS, HOUR_MS } from "../../../src/merge/slot-time.ts";
import { MemoryAlertStore } from "../../support/memory-alert-store.ts";
import { endedAlert, storedAlert } from "../../support/stored-alert.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const RETENTION = { minutesDays: 7, hoursDays: 90, daysDays: 730 };

/** An archive in memory that can be away, and be written to while it writes. */
class FakeArchive implements ArchiveSink {
  readonly writes: QueuedRecord[][] = [];
  readonly deletes: number[] = [];
  isAway = false;
  old = 0;
  meanwhile: () => void = () => undefined;

  async write(records: readonly QueuedRecord[]): Promise<void> {
    if (this.isAway) throw new Error("D1 is away");
    this.writes.push([...records]);
    this.meanwhile();
  }

  async deleteBefore(before: number): Promise<number> {
    if (this.isAway) throw new Error("D1 is away");
    this.deletes.push(before);
    const deleted = Math.min(this.old, 2_000);
    this.old -= deleted;
    return deleted;
  }
}

let store: MemoryAlertStore;
let archive: FakeArchive;
let flusher: ArchiveFlusher;

beforeEach(() => {
  store = new MemoryAlertStore();
  archive = new FakeArchive();
  flusher = new ArchiveFlusher(store, archive, RETENTION);
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

function queue(from: number, to: number): void {
  for (let number = from; number < to; number++) {
    store.commit({ records: [{ kind: "alert", alert: storedAlert(`a${number}`) }] });
  }
}

describe("carrying", () => {
  test("writes what waits, the oldest first, in bites, and then has nothing to do", async () => {
    expect(flusher.nextRunAt(NOW)).toBeUndefined();
    queue(0, 1_100);
    expect(flusher.nextRunAt(NOW)).toBe(NOW);
    await flusher.run(NOW);
    expect(archive.writes.map((records) => records.length)).toEqual([500, 500, 100]);
    expect(archive.writes[0]?.[0]?.record).toMatchObject({ alert: { id: "a0" } });
    expect(flusher.nextRunAt(NOW)).toBeUndefined();
    expect(flusher.health()).toMatchObject({ queued: 0, lastWrittenAt: NOW, lastError: null });
  });

  test("a long backlog is worked off in several runs", async () => {
    queue(0, 5_300);
    await flusher.run(NOW);
    expect(flusher.health().queued).toBe(300);
    await flusher.run(NOW + 50);
    expect(flusher.health().queued).toBe(0);
  });

  test("what changes while it is written is written again", async () => {
    queue(0, 1);
    archive.meanwhile = () => {
      archive.meanwhile = () => undefined;
      store.commit({ records: [{ kind: "alert", alert: endedAlert("a0") }] });
    };
    await flusher.run(NOW);
    const states = archive.writes.map(([first]) =>
      first?.record.kind === "alert" ? first.record.alert.state : undefined,
    );
    expect(states).toEqual(["firing", "resolved"]);
    expect(flusher.health().queued).toBe(0);
  });

  test("what fails stays and is tried again, later each time, up to a minute", async () => {
    queue(0, 1);
    archive.isAway = true;
    const pauses: number[] = [];
    let nowMs = NOW;
    for (let attempt = 0; attempt < 9; attempt++) {
      await flusher.run(nowMs);
      const at = flusher.nextRunAt(nowMs) ?? NaN;
      pauses.push((at - nowMs) / 1_000);
      const failures = flusher.health().failures;
      await flusher.run(at - 1);
      expect(flusher.health().failures).toBe(failures);
      nowMs = at;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(flusher.health()).toMatchObject({
      queued: 1,
      failures: 9,
      failingSince: NOW,
      lastError: "D1 is away",
      lastWrittenAt: null,
    });
    archive.isAway = false;
    await flusher.run(nowMs);
    expect(flusher.health()).toMatchObject({
      queued: 0,
      failures: 0,
      failingSince: null,
      lastError: null,
      lastWrittenAt: nowMs,
    });
  });

  test("a clock that goes back does not make it wait for the future", async () => {
    queue(0, 1);
    archive.isAway = true;
    await flusher.run(NOW);
    archive.isAway = false;
    const before = NOW - DAY_MS;
    expect(flusher.nextRunAt(before)).toBe(before);
    await flusher.run(before);
    expect(flusher.health().queued).toBe(0);
  });
});

describe("deleting", () => {
  test("what is too old goes once an hour, until nothing is left of it", async () => {
    archive.old = 4_500;
    await flusher.run(NOW);
    await flusher.run(NOW + HOUR_MS - 1);
    expect(archive.deletes).toEqual(Array.from({ length: 4 }, () => NOW - 730 * DAY_MS));
    expect(flusher.health().retention).toEqual({
      lastRunAt: NOW,
      deleted: 4_500,
      lastError: null,
    });
    await flusher.run(NOW + HOUR_MS);
    expect(archive.deletes).toHaveLength(5);
  });

  test("a failure is shown and tried again in an hour", async () => {
    archive.isAway = true;
    await flusher.run(NOW);
    expect(flusher.health().retention.lastError).toBe("D1 is away");
    archive.isAway = false;
    await flusher.run(NOW + HOUR_MS);
    expect(flusher.health().retention).toMatchObject({ lastError: null, deleted: 0 });
  });
});
