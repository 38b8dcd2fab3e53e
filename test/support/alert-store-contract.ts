import { describe, expect, test, vi } from "vitest";
import type { AlertStore, AlertStoreBounds, QueuedRecord } from "../../src/alerts/alert-store.ts";
import type { ArchiveRecord } from "../../src/alerts/archive.ts";
import type { Silence } from "../../src/alerts/silence.ts";
import { endedAlert, queuedNotification, SINCE, storedAlert } from "./stored-alert.ts";

/** Runs `use` with a new storage. `open` makes a store over it; what one wrote, the next one sees. */
export type WithAlertStorage = (
  bounds: AlertStoreBounds | undefined,
  use: (open: () => AlertStore) => void,
) => Promise<void>;

const SILENCE: Silence = {
  id: "s-1",
  match: { target: "meta", severity: "HIGH" },
  from: SINCE,
  to: SINCE + 3_600_000,
  by: "ana",
  why: "the platform is being changed",
};

const ofAlert = (id: string, more: object = {}): ArchiveRecord => ({
  kind: "alert",
  alert: storedAlert(id, more),
});

const ofAudit = (id: string): ArchiveRecord => ({
  kind: "audit",
  entry: {
    id,
    at: SINCE,
    by: "token:0a1b2c3d",
    action: "limit.set",
    subject: "meta",
    detail: { capacity: 5, before: null, tags: ["a"] },
  },
});

const idsOf = (records: readonly QueuedRecord[]): string[] =>
  records.map(({ record }) => (record.kind === "alert" ? record.alert.id : record.entry.id));

/** What every {@link AlertStore} must do, whatever it is made of. */
export function alertStoreContract(name: string, withStorage: WithAlertStorage): void {
  const inStorage = (use: (open: () => AlertStore) => void): Promise<void> =>
    withStorage(undefined, use);

  describe(`a store of alerts in ${name}`, () => {
    test("is empty at first", async () => {
      await inStorage((open) => {
        const store = open();
        expect(store.load()).toEqual({ alerts: [], nextNumber: 1, silences: [] });
        expect(store.outgoing(10)).toEqual([]);
        expect(store.queuedRecords(10)).toEqual([]);
        expect([store.outgoingCount(), store.queuedRecordCount()]).toEqual([0, 0]);
        expect(store.losses).toEqual({ notifications: 0, records: 0, unreadable: 0 });
      });
    });

    test("keeps everything of a change, also for a later life", async () => {
      await inStorage((open) => {
        const silences: Silence[] = [SILENCE, { ...SILENCE, id: "s-2", match: { rule: "a" } }];
        const alerts = [storedAlert("1"), storedAlert("2", { state: "pending", value: null })];
        const notifications = [
          queuedNotification("1"),
          queuedNotification("1", "repeat", "on-call", 3),
          { ...queuedNotification("2"), notice: { ...queuedNotification("2").notice, at: SINCE } },
        ];
        const records = [ofAudit("x"), ofAlert("1")];
        open().commit({
          nextNumber: 3,
          put: alerts,
          notifications,
          records,
          putSilences: silences,
        });
        const store = open();
        expect(store.load()).toEqual({ alerts, nextNumber: 3, silences });
        expect(store.outgoing(10)).toEqual(notifications);
        expect(store.queuedRecords(10).map(({ record }) => record)).toEqual(records);
        expect([store.outgoingCount(), store.queuedRecordCount()]).toEqual([3, 2]);
        expect(store.losses).toEqual({ notifications: 0, records: 0, unreadable: 0 });
      });
    });

    test("replaces and removes alerts and silences, and leaves what a change does not name", async () => {
      await inStorage((open) => {
        const store = open();
        const put = [storedAlert("1"), storedAlert("2"), storedAlert("3")];
        store.commit({ nextNumber: 4, put, putSilences: [SILENCE, { ...SILENCE, id: "s-2" }] });
        const resolved = storedAlert("2", { state: "nodata", acknowledged: null });
        store.commit({ put: [resolved], remove: ["1", "unknown"], removeSilences: ["s-1"] });
        expect(open().load()).toEqual({
          alerts: [resolved, storedAlert("3")],
          nextNumber: 4,
          silences: [{ ...SILENCE, id: "s-2" }],
        });
        store.commit({});
        store.commit({ records: [ofAlert("1")] });
        expect(open().load().nextNumber).toBe(4);
      });
    });

    test("keeps its own copy of what it is given, and gives one away", async () => {
      await inStorage((open) => {
        const store = open();
        const toldChannels = ["on-call"];
        store.commit({ put: [storedAlert("1", { toldChannels })] });
        toldChannels.push("mail");
        expect(store.load().alerts[0]?.toldChannels).toEqual(["on-call"]);
      });
    });

    test("hands out notifications in the order in which they came, each once", async () => {
      await inStorage((open) => {
        const store = open();
        const [first, second, third] = ["9", "1", "5"].map((id) => queuedNotification(id));
        if (!first || !second || !third) throw new Error("there are three");
        store.commit({ notifications: [first, second] });
        store.commit({ notifications: [second, third, first] });
        expect(store.outgoing(2)).toEqual([first, second]);
        expect(open().outgoing(10)).toEqual([first, second, third]);
        expect(store.outgoingCount()).toBe(3);
        store.settleOutgoing([first.id, "unknown", second.id]);
        expect(open().outgoing(10)).toEqual([third]);
        expect(store.outgoingCount()).toBe(1);
        store.settleOutgoing([]);
        store.commit({ notifications: [first] });
        expect(store.outgoing(10)).toEqual([third, first]);
      });
    });

    test("a record that changes again takes its place, under a higher version", async () => {
      await inStorage((open) => {
        const store = open();
        store.commit({ records: [ofAlert("1"), ofAudit("x"), ofAlert("2")] });
        const before = store.queuedRecords(10);
        expect(new Set(before.map(({ version }) => version)).size).toBe(3);
        const ended: ArchiveRecord = { kind: "alert", alert: endedAlert("1") };
        open().commit({ records: [ended] });
        const after = store.queuedRecords(10);
        expect(idsOf(after)).toEqual(["1", "x", "2"]);
        expect(after[0]?.record).toEqual(ended);
        expect(after[0]?.version).toBeGreaterThan(
          Math.max(...before.map(({ version }) => version)),
        );
        expect(idsOf(store.queuedRecords(1))).toEqual(["1"]);

        // What was written meanwhile is the older one.
        store.settleRecords(before);
        expect(idsOf(open().queuedRecords(10))).toEqual(["1"]);
        expect(store.queuedRecordCount()).toBe(1);
        store.settleRecords(after);
        expect(open().queuedRecords(10)).toEqual([]);
      });
    });

    test("a version is never given twice, also when its record is long gone", async () => {
      await inStorage((open) => {
        const store = open();
        store.commit({ records: [ofAlert("1")] });
        const written = store.queuedRecords(10);
        store.settleRecords(written);
        open().commit({ records: [ofAlert("1", { value: 9 })] });
        store.settleRecords(written);
        expect(store.queuedRecordCount()).toBe(1);
        expect(store.queuedRecords(1)[0]?.version).toBeGreaterThan(written[0]?.version ?? NaN);
      });
    });

    test("finds in the queue what touches a range, the newest first, up to a limit", async () => {
      await inStorage((open) => {
        const store = open();
        const entry = (id: string, at: number): ArchiveRecord => {
          const record = ofAudit(id);
          return record.kind === "audit"
            ? { kind: "audit", entry: { ...record.entry, at: SINCE + at } }
            : record;
        };
        const ended = endedAlert("ended", { firedAt: SINCE + 1, resolvedAt: SINCE + 10 });
        store.commit({
          records: [
            ofAlert("open", { firedAt: SINCE }),
            { kind: "alert", alert: ended },
            ofAlert("later", { firedAt: SINCE + 20 }),
            ofAlert("twin", { firedAt: SINCE + 20 }),
            ofAlert("unfired", { firedAt: null, since: SINCE + 5 }),
            entry("a", 0),
            entry("b", 10),
            entry("c", 20),
            entry("d", 20),
          ],
        });
        const alerts = (from: number, to: number, limit = 9): string[] =>
          store.queuedAlerts(SINCE + from, SINCE + to, limit).map(({ id }) => id);
        const audit = (from: number, to: number, limit = 9): string[] =>
          store.queuedAudit(SINCE + from, SINCE + to, limit).map(({ id }) => id);
        expect(alerts(0, 100)).toEqual(["twin", "later", "unfired", "ended", "open"]);
        expect(alerts(0, 100, 2)).toEqual(["twin", "later"]);
        expect(alerts(0, 100, 0)).toEqual([]);
        expect(alerts(10, 20)).toEqual(["unfired", "ended", "open"]);
        expect(alerts(11, 21)).toEqual(["twin", "later", "unfired", "open"]);
        expect(alerts(-5, 0)).toEqual([]);
        expect(audit(0, 100)).toEqual(["d", "c", "b", "a"]);
        expect(audit(0, 100, 1)).toEqual(["d"]);
        expect(audit(10, 20)).toEqual(["b"]);
        expect(store.queuedAlerts(SINCE, SINCE + 2, 9)).toContainEqual(ended);
        // Looking takes nothing out, and what changed is found as it is now.
        expect(store.queuedRecordCount()).toBe(9);
        const over = endedAlert("open", { firedAt: SINCE, resolvedAt: SINCE + 2 });
        open().commit({ records: [{ kind: "alert", alert: over }] });
        expect(alerts(3, 20)).toEqual(["unfired", "ended"]);
        expect(store.queuedAlerts(SINCE, SINCE + 1, 9)).toEqual([over]);
      });
    });

    test("an alert and an entry of the same id are two records", async () => {
      await inStorage((open) => {
        const store = open();
        store.commit({ records: [ofAlert("1"), ofAudit("1")] });
        expect(store.queuedRecordCount()).toBe(2);
      });
    });

    test("too many notifications: the oldest repeats go first, then the oldest; it is counted", async () => {
      const error = vi.spyOn(console, "error").mockReturnValue();
      await withStorage({ outgoing: 3, records: 100 }, (open) => {
        const store = open();
        const fires = ["1", "2"].map((id) => queuedNotification(id));
        const repeats = [1, 2].map((n) => queuedNotification("1", "repeat", "on-call", n));
        store.commit({ notifications: [...fires, ...repeats] });
        expect(store.outgoing(10)).toEqual([...fires, repeats[1]]);
        const more = ["3", "4"].map((id) => queuedNotification(id));
        store.commit({ notifications: more });
        expect(store.outgoing(10)).toEqual([fires[1], ...more]);
        expect(store.outgoingCount()).toBe(3);
        expect(store.losses).toEqual({ notifications: 3, records: 0, unreadable: 0 });
      });
      error.mockRestore();
    });

    test("too many records: the oldest go; it is counted", async () => {
      const error = vi.spyOn(console, "error").mockReturnValue();
      await withStorage({ outgoing: 100, records: 2 }, (open) => {
        const store = open();
        store.commit({ records: [ofAudit("a"), ofAlert("1"), ofAudit("b")] });
        store.commit({ records: [ofAudit("c")] });
        expect(idsOf(store.queuedRecords(10))).toEqual(["b", "c"]);
        expect(store.losses).toEqual({ notifications: 0, records: 2, unreadable: 0 });
      });
      error.mockRestore();
    });
  });
}
