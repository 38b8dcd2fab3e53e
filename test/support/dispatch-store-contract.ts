import { describe, expect, test, vi } from "vitest";
import {
  type Batch,
  type ChannelRecord,
  type DispatchStore,
  newChannelRecord,
  type QueueItem,
} from "../../src/dispatcher/dispatch-store.ts";
import { queueItem } from "./dispatcher-items.ts";

/**
 * Runs `use` with a new storage. `open` makes a store over it; what one wrote, the next one sees.
 * From `spoil` on an entry, by its id, cannot be read.
 */
export type WithDispatchStorage = (
  use: (open: () => DispatchStore, spoil: (id: string) => void) => void,
) => Promise<void>;

const T0 = Date.UTC(2026, 10, 20);
const DAY_MS = 86_400_000;

const record = newChannelRecord("ops");

const ids = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);

/** Puts one entry into a message of its own. */
function formOne(store: DispatchStore, item: QueueItem, atMs = T0): Batch {
  store.enqueue([item]);
  return store.form(item.channel, `key-${item.id}`, [item.id], atMs);
}

/** What every {@link DispatchStore} must do, whatever it is made of. */
export function dispatchStoreContract(name: string, withStorage: WithDispatchStorage): void {
  describe(`a dispatcher's store in ${name}`, () => {
    test("is empty at first", async () => {
      await withStorage((open) => {
        const store = open();
        expect(store.queues()).toEqual([]);
        expect(store.candidates("ops", 10, T0)).toEqual([]);
        expect(store.batches("ops")).toEqual([]);
        expect(store.loadChannel("ops")).toBeUndefined();
        expect(store.counts("ops")).toEqual({ delivered: 0, dead: 0, dropped: 0, superseded: 0 });
        expect(store.list(undefined, 10)).toEqual([]);
        expect(store.oldestSettledAt()).toBeUndefined();
        expect(store.forget(T0, T0, 10)).toBe(0);
        expect(store.recall("beat")).toBeUndefined();
      });
    });

    test("takes an entry once, as it came first, and keeps it for a later life", async () => {
      await withStorage((open) => {
        const item = queueItem("a1:firing/ops", { queuedAt: T0 });
        expect(open().enqueue([item, item])).toBe(1);
        expect(open().enqueue([{ ...item, queuedAt: T0 + 5 }])).toBe(0);
        expect(open().candidates("ops", 10, T0)).toEqual([item]);
        expect(open().queues()).toEqual([
          { channel: "ops", queued: 1, oldestAt: T0, expiresFrom: T0 },
        ]);
      });
    });

    test("does not take an entry again whose fate is known", async () => {
      await withStorage((open) => {
        const store = open();
        const item = queueItem("a1:firing/ops");
        const batch = formOne(store, item);
        store.settle(batch, { state: "delivered", at: T0, reason: null }, record);
        expect(store.enqueue([item])).toBe(0);
        expect(store.queues()).toEqual([]);
        expect(open().list(undefined, 10)).toHaveLength(1);
      });
    });

    test("gives the oldest entry of each subject, and none that an earlier one holds back", async () => {
      await withStorage((open) => {
        const store = open();
        store.enqueue([
          queueItem("a:firing/ops"),
          queueItem("b:firing/ops"),
          queueItem("a:resolved/ops"),
          queueItem("c:firing/other"),
          queueItem("d:firing/ops"),
        ]);
        expect(ids(store.candidates("ops", 10, T0))).toEqual([
          "a:firing/ops",
          "b:firing/ops",
          "d:firing/ops",
        ]);
        expect(ids(store.candidates("ops", 2, T0))).toEqual(["a:firing/ops", "b:firing/ops"]);
        const batch = store.form("ops", "k", ["a:firing/ops", "b:firing/ops"], T0);
        expect(ids(open().candidates("ops", 10, T0))).toEqual(["d:firing/ops"]);
        store.settle(batch, { state: "dead", at: T0, reason: "no" }, record);
        expect(ids(open().candidates("ops", 10, T0))).toEqual(["a:resolved/ops", "d:firing/ops"]);
      });
    });

    test("keeps a message with its entries in the order in which they came", async () => {
      await withStorage((open) => {
        const store = open();
        store.enqueue([
          queueItem("b:firing/ops", { queuedAt: T0 + 7 }),
          queueItem("a:firing/ops", { queuedAt: T0 }),
        ]);
        const formed = store.form("ops", "k1", ["a:firing/ops", "b:firing/ops"], T0 + 10);
        expect(formed).toEqual({
          channel: "ops",
          key: "k1",
          createdAt: T0 + 10,
          newestAt: T0 + 7,
          attempts: 0,
          failures: 0,
          wait: { from: T0 + 10, until: T0 + 10 },
          lastError: null,
        });
        for (const life of [store, open()]) {
          expect(life.batches("ops")).toEqual([formed]);
          expect(life.batches("other")).toEqual([]);
          expect(ids(life.itemsOf("ops", "k1", T0))).toEqual(["b:firing/ops", "a:firing/ops"]);
        }
      });
    });

    test("two channels may have a message of the same key", async () => {
      await withStorage((open) => {
        const store = open();
        store.enqueue([queueItem("a:firing/ops"), queueItem("a:firing/other")]);
        const one = store.form("ops", "k", ["a:firing/ops"], T0);
        store.form("other", "k", ["a:firing/other"], T0);
        store.settle(one, { state: "delivered", at: T0, reason: null }, record);
        expect(store.batches("ops")).toEqual([]);
        expect(ids(store.itemsOf("other", "k", T0))).toEqual(["a:firing/other"]);
      });
    });

    test("gives messages in the order in which they were formed, saves what changed, and the channel with it", async () => {
      await withStorage((open) => {
        const store = open();
        const second = formOne(store, queueItem("z:firing/ops"));
        const first = formOne(store, queueItem("a:firing/ops"));
        const tried: Batch = {
          ...second,
          attempts: 3,
          failures: 2,
          wait: { from: T0 + 1, until: T0 + 9 },
          lastError: "answered 500",
        };
        const failing: ChannelRecord = {
          channel: "ops",
          wait: { from: T0 + 1, until: T0 + 5 },
          failures: 2,
          refused: 4,
          failingSince: T0 - 3,
          isDisabled: true,
          triedAt: T0 + 1,
          lastDeliveredAt: T0,
          lastError: "answered 500",
        };
        store.save(tried, failing);
        expect(open().batches("ops")).toEqual([tried, first]);
        expect(open().loadChannel("ops")).toEqual(failing);
        const well = { ...failing, isDisabled: false, failingSince: null, lastDeliveredAt: null };
        store.saveChannel(well);
        expect(open().loadChannel("ops")).toEqual(well);
      });
    });

    test("counts what became of entries, for each channel", async () => {
      await withStorage((open) => {
        const store = open();
        store.enqueue([queueItem("a:firing/ops"), queueItem("b:firing/ops")]);
        const two = store.form("ops", "k", ["a:firing/ops", "b:firing/ops"], T0);
        store.settle(two, { state: "delivered", at: T0, reason: null }, record);
        const dead = formOne(store, queueItem("c:firing/ops"));
        store.settle(dead, { state: "dead", at: T0, reason: "no" }, record);
        expect(open().counts("ops")).toEqual({ delivered: 2, dead: 1, dropped: 0, superseded: 0 });
        expect(open().counts("other")).toEqual({
          delivered: 0,
          dead: 0,
          dropped: 0,
          superseded: 0,
        });
        expect(open().queues()).toEqual([]);
      });
    });

    test("lets go of reminders that something newer waits behind, and of nothing else", async () => {
      await withStorage((open) => {
        const store = open();
        const fate = { at: T0 + 1, reason: "superseded" };
        store.enqueue([
          queueItem("a:firing/ops"),
          queueItem("a:repeat:1/ops"),
          queueItem("a:repeat:2/ops"),
          queueItem("a:repeat:1/other"),
          queueItem("a:repeat:2/other"),
          queueItem("b:repeat:1/ops"),
          queueItem("b:repeat:2/ops"),
        ]);
        store.form("ops", "k", ["b:repeat:1/ops"], T0);
        expect(store.supersede("ops", "a", fate)).toBe(1);
        expect(store.supersede("ops", "a", fate)).toBe(0);
        // What is in a message stays, and the newest stays.
        expect(store.supersede("ops", "b", fate)).toBe(0);
        expect(store.supersede("ops", "nobody", fate)).toBe(0);
        store.enqueue([
          queueItem("a:resolved/ops"),
          queueItem("b:resolved/ops"),
          queueItem("a:firing:2/ops"),
        ]);
        expect(store.supersede("ops", "a", fate)).toBe(1);
        expect(store.supersede("ops", "b", fate)).toBe(1);
        expect(ids(open().list("queued", 9)).toReversed()).toEqual([
          "a:firing/ops",
          "a:repeat:1/other",
          "a:repeat:2/other",
          "b:repeat:1/ops",
          "a:resolved/ops",
          "b:resolved/ops",
          "a:firing:2/ops",
        ]);
        const lastError = "superseded";
        expect(open().list("dead", 9)).toMatchObject([
          { id: "b:repeat:2/ops", state: "dead", attempts: 0, nextAt: null, lastError },
          { id: "a:repeat:2/ops", state: "dead", lastError },
          { id: "a:repeat:1/ops", state: "dead", lastError },
        ]);
        expect(open().counts("ops")).toEqual({ delivered: 0, dead: 0, dropped: 0, superseded: 3 });
        expect(store.oldestSettledAt()).toBe(T0 + 1);
        // It is not taken again, and forgotten in its time.
        expect(store.enqueue([queueItem("a:repeat:1/ops")])).toBe(0);
        expect(store.forget(T0 + 2, 0, 9)).toBe(3);
      });
    });

    test("drops the oldest repeats first, then the oldest, and nothing that is in a message", async () => {
      await withStorage((open) => {
        const store = open();
        formOne(store, queueItem("kept:firing/ops"));
        store.enqueue([
          queueItem("a:firing/ops"),
          queueItem("a:repeat:1/ops"),
          queueItem("b:repeat:1/ops"),
          queueItem("c:firing/ops"),
          queueItem("d:firing/other"),
        ]);
        const fate = { at: T0 + 1, reason: "dropped" };
        expect(store.trim("ops", 4, fate)).toBe(0);
        expect(store.trim("ops", 3, fate)).toBe(1);
        expect(store.trim("ops", 1, fate)).toBe(2);
        expect(ids(store.candidates("ops", 9, T0))).toEqual(["c:firing/ops"]);
        expect(open().counts("ops")).toEqual({ delivered: 0, dead: 0, dropped: 3, superseded: 0 });
        expect(
          open()
            .queues()
            .map(({ channel, queued }) => [channel, queued]),
        ).toEqual([
          ["ops", 2],
          ["other", 1],
        ]);
        expect(ids(open().list("dead", 9))).toEqual([
          "b:repeat:1/ops",
          "a:repeat:1/ops",
          "a:firing/ops",
        ]);
      });
    });

    test("ends what is too old: entries, and messages all of whose entries are", async () => {
      await withStorage((open) => {
        const store = open();
        store.enqueue([
          queueItem("m1:firing/ops", { queuedAt: T0 }),
          queueItem("m2:firing/ops", { queuedAt: T0 + 20 }),
          queueItem("m3:firing/ops", { queuedAt: T0 }),
        ]);
        const young = store.form("ops", "young", ["m1:firing/ops", "m2:firing/ops"], T0);
        const old = store.form("ops", "old", ["m3:firing/ops"], T0);
        store.save({ ...old, attempts: 2 }, record);
        store.enqueue([
          queueItem("w1:firing/ops", { queuedAt: T0 + 10 }),
          queueItem("w2:firing/ops", { queuedAt: T0 + 11 }),
          queueItem("w3:firing/other", { queuedAt: T0 }),
        ]);
        expect(store.queues()[0]).toEqual({
          channel: "ops",
          queued: 5,
          oldestAt: T0,
          expiresFrom: T0,
        });
        const fate = { at: T0 + 99, reason: "too old" };
        expect(store.expire("ops", T0 + 10, fate, "old")).toBe(1);
        expect(store.expire("ops", T0 + 10, fate, undefined)).toBe(1);
        expect(store.expire("ops", T0 + 10, fate, undefined)).toBe(0);
        expect(open().batches("ops")).toEqual([young]);
        expect(open().queues()[0]).toEqual({
          channel: "ops",
          queued: 3,
          oldestAt: T0,
          expiresFrom: T0 + 11,
        });
        expect(open().counts("ops").dead).toBe(2);
        expect(open().list("dead", 9)).toMatchObject([
          { id: "w1:firing/ops", attempts: 0, lastError: "too old", nextAt: null },
          { id: "m3:firing/ops", attempts: 2, lastError: "too old", nextAt: null },
        ]);
      });
    });

    test("lists the newest first, each with where it stands", async () => {
      await withStorage((open) => {
        const store = open();
        const sent = formOne(store, queueItem("a:firing/ops", { queuedAt: T0 }));
        store.settle(
          { ...sent, attempts: 2 },
          { state: "delivered", at: T0 + 5, reason: null },
          record,
        );
        const open1 = formOne(store, queueItem("b:firing/ops", { queuedAt: T0 + 1 }));
        store.save(
          { ...open1, attempts: 1, wait: { from: T0, until: T0 + 50 }, lastError: "answered 503" },
          { ...record, wait: { from: T0, until: T0 + 40 } },
        );
        store.enqueue([queueItem("c:firing/ops", { queuedAt: T0 + 2 })]);
        expect(open().list(undefined, 10)).toEqual([
          {
            id: "c:firing/ops",
            channel: "ops",
            alert: "c",
            event: "firing",
            state: "queued",
            attempts: 0,
            queuedAt: T0 + 2,
            nextAt: T0 + 40,
            deliveredAt: null,
            lastError: null,
          },
          {
            id: "b:firing/ops",
            channel: "ops",
            alert: "b",
            event: "firing",
            state: "queued",
            attempts: 1,
            queuedAt: T0 + 1,
            nextAt: T0 + 50,
            deliveredAt: null,
            lastError: "answered 503",
          },
          {
            id: "a:firing/ops",
            channel: "ops",
            alert: "a",
            event: "firing",
            state: "delivered",
            attempts: 2,
            queuedAt: T0,
            nextAt: null,
            deliveredAt: T0 + 5,
            lastError: null,
          },
        ]);
        expect(ids(store.list("queued", 1))).toEqual(["c:firing/ops"]);
        expect(ids(store.list("delivered", 9))).toEqual(["a:firing/ops"]);
        expect(store.list("dead", 9)).toEqual([]);
      });
    });

    test("forgets what got its fate long ago, reports later, and never what waits", async () => {
      await withStorage((open) => {
        const store = open();
        const end = { state: "delivered", reason: null } as const;
        const [early, late] = ["a:firing/ops", "b:firing/ops"].map((id) =>
          formOne(store, queueItem(id)),
        );
        const report = formOne(store, queueItem("report:daily:2026-11-20/ops", { report: true }));
        if (early === undefined || late === undefined) throw new Error("not formed");
        store.settle(report, { ...end, at: T0 - DAY_MS }, record);
        store.settle(early, { ...end, at: T0 }, record);
        store.settle(late, { ...end, at: T0 + 10 }, record);
        store.enqueue([queueItem("w:firing/ops", { queuedAt: 1 })]);
        expect(store.oldestSettledAt()).toBe(T0);
        expect(store.forget(T0, T0 - DAY_MS, 10)).toBe(0);
        expect(store.forget(T0 + 11, T0 - DAY_MS, 1)).toBe(1);
        expect(store.forget(T0 + 11, T0 - DAY_MS, 9)).toBe(1);
        expect(ids(open().list(undefined, 9))).toEqual([
          "w:firing/ops",
          "report:daily:2026-11-20/ops",
        ]);
        expect(store.oldestSettledAt()).toBeUndefined();
        expect(store.forget(T0, T0 - DAY_MS + 1, 9)).toBe(1);
        expect(open().counts("ops").delivered).toBe(3);
      });
    });

    test("gives back a report and an alert as they were", async () => {
      await withStorage((open) => {
        const store = open();
        const alert = queueItem("a:firing/ops");
        const report = queueItem("report:daily:2026-11-20/ops", { report: true });
        store.enqueue([alert, report]);
        expect(open().candidates("ops", 9, T0)).toEqual([alert, report]);
      });
    });

    test("an entry that cannot be read is dead when it is its turn, and those behind it come", async () => {
      await withStorage((open, spoil) => {
        const error = vi.spyOn(console, "error").mockReturnValue();
        const store = open();
        const good = ["a:resolved/ops", "c:firing/ops", "d:firing/ops"];
        const bad = ["a:firing/ops", "b:firing/ops"];
        const all = [...bad, ...good, "z:firing/other"];
        store.enqueue(all.map((id) => queueItem(id)));
        for (const id of [...bad, "z:firing/other"]) spoil(id);
        expect(ids(store.candidates("ops", 2, T0 + 7))).toEqual(good.slice(0, 2));
        for (const life of [store, open()]) {
          expect(ids(life.candidates("ops", 9, T0 + 8))).toEqual(good);
          expect(life.counts("ops")).toEqual({ delivered: 0, dead: 2, dropped: 0, superseded: 0 });
          expect(life.queues()).toMatchObject([
            { channel: "ops", queued: 3 },
            { channel: "other", queued: 1 },
          ]);
          expect(life.list("dead", 9)).toMatchObject(
            bad.toReversed().map((id) => ({
              id,
              attempts: 0,
              nextAt: null,
              lastError: expect.stringMatching(/cannot be read/),
            })),
          );
        }
        expect(store.oldestSettledAt()).toBe(T0 + 7);
        // It is not taken again, as nothing is that has its fate.
        expect(store.enqueue([queueItem("b:firing/ops")])).toBe(0);
        expect(store.candidates("other", 1, T0)).toEqual([]);
        error.mockRestore();
      });
    });

    test("a message loses the entries that cannot be read, and ends without any", async () => {
      await withStorage((open, spoil) => {
        const error = vi.spyOn(console, "error").mockReturnValue();
        const store = open();
        const [one, other] = ["a:firing/ops", "b:firing/ops"] as const;
        store.enqueue([queueItem(one), queueItem(other)]);
        const batch = { ...store.form("ops", "k", [one, other], T0), attempts: 3 };
        store.save(batch, record);
        spoil(one);
        expect(ids(store.itemsOf("ops", "k", T0 + 1))).toEqual([other]);
        spoil(other);
        expect(open().itemsOf("ops", "k", T0 + 2)).toEqual([]);
        store.settle(batch, { state: "dead", at: T0 + 3, reason: null }, record);
        expect(open().batches("ops")).toEqual([]);
        expect(open().queues()).toEqual([]);
        expect(open().counts("ops")).toEqual({ delivered: 0, dead: 2, dropped: 0, superseded: 0 });
        expect(open().list("dead", 9)).toMatchObject([{ attempts: 3 }, { attempts: 3 }]);
        error.mockRestore();
      });
    });

    test("remembers small things by name until they are forgotten", async () => {
      await withStorage((open) => {
        const store = open();
        const beat = { beat: { at: T0, nextTickAt: null }, receivedAt: T0 + 1 };
        store.remember("beat", { ...beat, receivedAt: T0 });
        store.remember("beat", beat);
        store.remember("run", { ranAt: T0 });
        const failing = { ops: { at: T0, channels: ["other"], endedAt: null } };
        store.remember("failing", failing);
        expect(open().recall("failing")).toEqual(failing);
        expect(open().recall("beat")).toEqual(beat);
        expect(open().recall("watch")).toBeUndefined();
        store.remember("beat", undefined);
        expect(open().recall("beat")).toBeUndefined();
        expect(open().recall("run")).toEqual({ ranAt: T0 });
      });
    });
  });
}
