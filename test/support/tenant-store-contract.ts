import { describe, expect, test } from "vitest";
import { emptyLedger } from "../../src/merge/intake-ledger.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/merge/slot-time.ts";
import type {
  Checkpoint,
  StepMs,
  StoredShard,
  StoredSlot,
  TenantStore,
} from "../../src/merge/tenant-store.ts";

/** Runs `use` with a new storage. `open` makes a store over it; what one wrote, the next one sees. */
export type WithTenantStorage = (use: (open: () => TenantStore) => void) => Promise<void>;

const T0 = Date.UTC(2026, 10, 20);

const LEDGER = {
  offered: 20,
  accepted: 12,
  duplicates: 5,
  rejected: { too_old: 2, bad_duration: 1 },
  givenUp: 4,
  capped: 1,
  permits: { denied: 3, allowedUnreached: 2, deniedUnreached: 0 },
};

function shard(name: string, durable = 0): StoredShard {
  const errors = { length: 2, longest: Number.MAX_SAFE_INTEGER, at: T0 };
  const known = { name, target: "meta", durable, merged: 7, ledger: LEDGER, pending: 5, errors };
  // Of every other one it is not known.
  return { ...known, addedAt: durable % 2 === 0 ? undefined : T0 + durable };
}

function slot(at: number, stepMs: StepMs = MINUTE_MS, more: Partial<StoredSlot> = {}): StoredSlot {
  const body = Uint8Array.of(1, 2, 3);
  return { stepMs, at, target: "meta", operation: "events", part: 0, body, ...more };
}

function checkpoint(part: Partial<Checkpoint>): Checkpoint {
  const tenant = { checkpoint: 1, refused: emptyLedger() };
  const nothing = { shards: [], slots: [], outbox: [], minutes: [], firstSeen: [] };
  return { tenant, ...nothing, ...part };
}

function due(at: number, stepMs: StepMs = MINUTE_MS, dueAt = at + stepMs) {
  return { stepMs, at, dueAt };
}

function plain(slots: readonly StoredSlot[]) {
  return slots.map(({ body, ...rest }) => ({ ...rest, body: [...body] }));
}

function keys(slots: readonly StoredSlot[]): string[] {
  return slots
    .map(({ stepMs, at, target, operation, part }) =>
      [stepMs, at - T0, target, operation, part].join(" "),
    )
    .toSorted();
}

/** What every {@link TenantStore} must do, whatever it is made of. */
export function tenantStoreContract(name: string, withStorage: WithTenantStorage): void {
  describe(`a coordinator's store in ${name}`, () => {
    test("is empty at first", async () => {
      await withStorage((open) => {
        const store = open();
        expect(store.loadTenant()).toBeUndefined();
        expect(store.loadShards()).toEqual([]);
        expect(store.seriesSince(0)).toEqual([]);
        expect(store.nextDueAt()).toBeUndefined();
        expect(store.backlog(T0)).toEqual({ count: 0, oldestAt: null });
        expect(store.dueEntries(T0, 10)).toEqual([]);
        expect(store.forgottenBefore(MINUTE_MS)).toBe(0);
        expect(store.loadMinutes(0)).toEqual([]);
        expect(store.loadFirstSeen()).toEqual([]);
      });
    });

    test("keeps the minutes of all targets, the latest of each, in order and from a time", async () => {
      await withStorage((open) => {
        const minute = (i: number, ...body: number[]) => ({
          at: T0 + i * MINUTE_MS,
          body: Uint8Array.from(body),
        });
        const store = open();
        store.commit(checkpoint({ minutes: [minute(2, 7), minute(0, 1), minute(1, 2)] }));
        store.commit(checkpoint({ minutes: [minute(1, 9, 9)] }));
        for (const life of [store, open()]) {
          expect(life.loadMinutes(0)).toEqual([minute(0, 1), minute(1, 9, 9), minute(2, 7)]);
          expect(life.loadMinutes(T0 + MINUTE_MS)).toEqual([minute(1, 9, 9), minute(2, 7)]);
          expect(life.loadMinutes(T0 + MINUTE_MS + 1)).toEqual([minute(2, 7)]);
        }
        store.forgetMinutes(T0 + MINUTE_MS);
        expect(open().loadMinutes(0)).toEqual([minute(1, 9, 9), minute(2, 7)]);
      });
    });

    test("remembers when a target was first seen, whatever is said later", async () => {
      await withStorage((open) => {
        const store = open();
        store.commit(checkpoint({ firstSeen: [{ target: "meta", at: T0 }] }));
        const firstSeen = [
          { target: "meta", at: T0 + 1 },
          { target: "google", at: T0 + 2 },
        ];
        store.commit(checkpoint({ firstSeen }));
        store.forgetMinutes(T0 + DAY_MS);
        const seen = Object.fromEntries(
          open()
            .loadFirstSeen()
            .map(({ target, at }) => [target, at]),
        );
        expect(seen).toEqual({ meta: T0, google: T0 + 2 });
      });
    });

    test("registers a shard once and keeps what it knows of it", async () => {
      await withStorage((open) => {
        const store = open();
        store.addShard(shard("a/meta#0"));
        store.commit(checkpoint({ shards: [shard("a/meta#0", 9)] }));
        store.addShard(shard("a/meta#0"));
        for (const life of [store, open()]) {
          expect(life.loadShards()).toEqual([shard("a/meta#0", 9)]);
        }
      });
    });

    test("a checkpoint keeps everything of it, also for a later life", async () => {
      await withStorage((open) => {
        const tenant = { checkpoint: 4, refused: LEDGER, createdAt: T0 - 7 };
        const shards = [shard("a/meta#0", 3), shard("a/meta#1", 4)];
        expect(open().loadTenant()).toBeUndefined();
        open().commit(checkpoint({ tenant, shards, slots: [slot(T0)], outbox: [due(T0)] }));
        const store = open();
        expect(store.loadTenant()).toEqual(tenant);
        expect(store.loadShards()).toEqual(shards);
        expect([...(store.readSlot(MINUTE_MS, T0, "meta", "events") ?? [])]).toEqual([1, 2, 3]);
        expect(store.readSlot(HOUR_MS, T0, "meta", "events")).toBeUndefined();
        expect(store.readSlot(MINUTE_MS, T0, "meta", "*")).toBeUndefined();
        expect(store.dueEntries(T0 + MINUTE_MS, 10)).toEqual([{ ...due(T0), version: 1 }]);
      });
    });

    test("a slot that is stored again is replaced; a part stands beside it", async () => {
      await withStorage((open) => {
        const store = open();
        const longer = slot(T0, MINUTE_MS, { body: Uint8Array.of(9) });
        const part = slot(T0, MINUTE_MS, { part: 3 });
        store.commit(checkpoint({ slots: [slot(T0)] }));
        store.commit(checkpoint({ slots: [longer, part] }));
        expect(plain(store.slotsAt(MINUTE_MS, T0)).toSorted((a, b) => a.part - b.part)).toEqual(
          plain([longer, part]),
        );
        expect([...(store.readSlot(MINUTE_MS, T0, "meta", "events") ?? [])]).toEqual([9]);
      });
    });

    test("gives the rows of one stretch and of no other", async () => {
      await withStorage((open) => {
        const store = open();
        const slots = [
          slot(T0),
          slot(T0, MINUTE_MS, { operation: "*" }),
          slot(T0, HOUR_MS),
          slot(T0 + MINUTE_MS),
        ];
        store.commit(checkpoint({ slots }));
        expect(keys(store.slotsAt(MINUTE_MS, T0))).toEqual(keys(slots.slice(0, 2)));
        expect(keys(store.slotsAt(HOUR_MS, T0))).toEqual(keys([slot(T0, HOUR_MS)]));
        expect(store.slotsAt(DAY_MS, T0)).toEqual([]);
      });
    });

    test("lists each series with a minute since a time, once", async () => {
      await withStorage((open) => {
        const store = open();
        const slots = [
          slot(T0),
          slot(T0 + MINUTE_MS),
          slot(T0, MINUTE_MS, { target: "google" }),
          slot(T0 + HOUR_MS, HOUR_MS, { target: "tiktok" }),
        ];
        store.commit(checkpoint({ slots }));
        const since = (from: number): string[] =>
          store
            .seriesSince(from)
            .map(({ target, operation }) => `${target}/${operation}`)
            .toSorted();
        expect(since(T0)).toEqual(["google/events", "meta/events"]);
        expect(since(T0 + 1)).toEqual(["meta/events"]);
        expect(since(T0 + HOUR_MS)).toEqual([]);
      });
    });

    test("gives due entries, the oldest first, up to a limit", async () => {
      await withStorage((open) => {
        const store = open();
        const later = due(T0 + MINUTE_MS);
        const hour = due(T0, HOUR_MS);
        store.commit(checkpoint({ outbox: [hour, later, due(T0)] }));
        expect(store.nextDueAt()).toBe(T0 + MINUTE_MS);
        const at = (nowMs: number, limit = 10): string[] =>
          store.dueEntries(nowMs, limit).map((entry) => `${entry.stepMs} ${entry.at - T0}`);
        expect(at(T0 + MINUTE_MS - 1)).toEqual([]);
        expect(at(T0 + MINUTE_MS)).toEqual(["60000 0"]);
        expect(at(T0 + HOUR_MS)).toEqual(["60000 0", "60000 60000", "3600000 0"]);
        expect(at(T0 + HOUR_MS, 2)).toEqual(["60000 0", "60000 60000"]);
        expect(store.backlog(T0 + HOUR_MS - 1)).toEqual({ count: 2, oldestAt: T0 });
      });
    });

    test("settles an entry only if nothing was added to it since it was read", async () => {
      await withStorage((open) => {
        const store = open();
        store.commit(checkpoint({ outbox: [due(T0)] }));
        const [entry] = store.dueEntries(Infinity, 10);
        if (entry === undefined) throw new Error("there is no entry");
        store.commit(checkpoint({ outbox: [due(T0, MINUTE_MS, T0 + DAY_MS)] }));
        store.settle(entry);
        const [again] = store.dueEntries(Infinity, 10);
        expect(again?.dueAt).toBe(entry.dueAt);
        expect(again?.version).toBeGreaterThan(entry.version);
        if (again !== undefined) store.settle(again);
        expect(open().dueEntries(Infinity, 10)).toEqual([]);
        expect(store.nextDueAt()).toBeUndefined();
      });
    });

    test("drops entries of one length that began before a time, and keeps their rows", async () => {
      await withStorage((open) => {
        const store = open();
        const outbox = [due(T0), due(T0 + MINUTE_MS), due(T0 + 2 * MINUTE_MS), due(T0, HOUR_MS)];
        store.commit(checkpoint({ slots: [slot(T0)], outbox }));
        expect(store.dropEntries(MINUTE_MS, T0 + 2 * MINUTE_MS)).toBe(2);
        expect(store.dropEntries(MINUTE_MS, T0 + 2 * MINUTE_MS)).toBe(0);
        const left = open().dueEntries(Infinity, 10);
        expect(left.map((entry) => [entry.stepMs, entry.at - T0])).toEqual([
          [MINUTE_MS, 2 * MINUTE_MS],
          [HOUR_MS, 0],
        ]);
        expect(store.slotsAt(MINUTE_MS, T0)).toHaveLength(1);
        store.forget(MINUTE_MS, T0 + MINUTE_MS);
        expect(store.slotsAt(MINUTE_MS, T0)).toHaveLength(0);
      });
    });

    test("gives the rows that wait for D1 and touch a range", async () => {
      await withStorage((open) => {
        const store = open();
        const waiting = [
          slot(T0, DAY_MS),
          slot(T0, HOUR_MS),
          slot(T0),
          slot(T0 + MINUTE_MS),
          slot(T0 + MINUTE_MS, MINUTE_MS, { part: 8 }),
        ];
        const others = [
          slot(T0 + MINUTE_MS, MINUTE_MS, { operation: "*" }),
          slot(T0 + 2 * MINUTE_MS),
          slot(T0 - MINUTE_MS),
        ];
        const outbox = [due(T0, DAY_MS), due(T0, HOUR_MS), due(T0), due(T0 + MINUTE_MS)];
        store.commit(checkpoint({ slots: [...waiting, ...others], outbox }));
        const found = (from: number, to: number): string[] =>
          keys(store.unsettled("meta", "events", from, to));
        expect(found(T0, T0 + DAY_MS)).toEqual(keys(waiting));
        expect(found(T0 + MINUTE_MS, T0 + 2 * MINUTE_MS)).toEqual(
          keys(waiting.filter((one) => one.stepMs > MINUTE_MS || one.at > T0)),
        );
        expect(found(T0 + HOUR_MS, T0 + DAY_MS)).toEqual(keys([slot(T0, DAY_MS)]));
        expect(found(T0 - HOUR_MS, T0)).toEqual([]);
      });
    });

    test("gives the rows of an operation that wait for D1 and begin in a range", async () => {
      await withStorage((open) => {
        const store = open();
        const whole = { operation: "*" };
        const waiting = [
          slot(T0, MINUTE_MS, whole),
          slot(T0, MINUTE_MS, { ...whole, target: "google" }),
          slot(T0 + MINUTE_MS, MINUTE_MS, whole),
          slot(T0 + MINUTE_MS, MINUTE_MS, { ...whole, part: 8 }),
        ];
        const others = [
          slot(T0),
          slot(T0, HOUR_MS, whole),
          slot(T0 - MINUTE_MS, MINUTE_MS, whole),
          slot(T0 + 2 * MINUTE_MS, MINUTE_MS, whole),
        ];
        const outbox = [due(T0 - MINUTE_MS), due(T0, HOUR_MS), due(T0), due(T0 + MINUTE_MS)];
        store.commit(checkpoint({ slots: [...waiting, ...others], outbox }));
        const found = (from: number, to: number): string[] =>
          keys(store.unsettledOf("*", MINUTE_MS, from, to));
        expect(found(T0, T0 + DAY_MS)).toEqual(keys(waiting));
        expect(found(T0, T0 + MINUTE_MS)).toEqual(keys(waiting.slice(0, 2)));
        expect(found(T0 + 1, T0 + 1)).toEqual([]);
        expect(found(T0 + 1, T0 + MINUTE_MS + 1)).toEqual(keys(waiting.slice(2)));
        expect(keys(store.unsettledOf("*", HOUR_MS, 0, T0 + 1))).toEqual(
          keys([slot(T0, HOUR_MS, whole)]),
        );
        expect(store.unsettledOf("*", DAY_MS, 0, T0 + DAY_MS)).toEqual([]);
      });
    });

    test("forgets what is old and in D1, and remembers how far it did", async () => {
      await withStorage((open) => {
        const store = open();
        const slots = [0, 1, 2, 3].map((i) => slot(T0 + i * MINUTE_MS));
        store.commit(
          checkpoint({ slots: [...slots, slot(T0, HOUR_MS)], outbox: [due(T0 + MINUTE_MS)] }),
        );
        store.forget(MINUTE_MS, T0 + 3 * MINUTE_MS);
        const left = [0, 1, 2, 3].filter(
          (i) => store.slotsAt(MINUTE_MS, T0 + i * MINUTE_MS).length > 0,
        );
        // The second waits for D1; the fourth began later.
        expect(left).toEqual([1, 3]);
        expect(store.slotsAt(HOUR_MS, T0)).toHaveLength(1);
        for (const life of [store, open()]) {
          expect(life.forgottenBefore(MINUTE_MS)).toBe(T0 + 3 * MINUTE_MS);
          expect(life.forgottenBefore(HOUR_MS)).toBe(0);
        }
        store.forget(MINUTE_MS, T0);
        expect(store.forgottenBefore(MINUTE_MS)).toBe(T0 + 3 * MINUTE_MS);
      });
    });

    test("keeps since when a series counts, whatever is said later", async () => {
      await withStorage((open) => {
        const store = open();
        const events = { target: "meta", operation: "events", createdAt: T0 };
        const lookup = { target: "meta", operation: "lookup", createdAt: T0 + 1 };
        store.addTotals([events]);
        store.addTotals([{ ...events, createdAt: T0 + 9 }, lookup]);
        for (const life of [store, open()]) {
          expect(new Set(life.loadTotals())).toEqual(
            new Set([events, lookup].map((one) => ({ ...one, folded: undefined }))),
          );
          expect(new Set(life.loadSeriesSince())).toEqual(new Set([events, lookup]));
        }
      });
    });

    test("folds the days that it forgets into their series, and no others", async () => {
      await withStorage((open) => {
        const store = open();
        const day = (at: number, body: number, more: Partial<StoredSlot> = {}): StoredSlot =>
          slot(at, DAY_MS, { body: Uint8Array.of(body), ...more });
        const next = T0 + DAY_MS;
        const slots = [
          day(T0, 1),
          day(T0, 2, { part: 7 }),
          day(T0, 3, { operation: "lookup" }),
          day(T0, 4, { operation: "*" }),
          day(next, 5),
          day(next + DAY_MS, 6),
          slot(T0, HOUR_MS),
        ];
        store.addTotals([{ target: "meta", operation: "events", createdAt: T0 + 5 }]);
        store.commit(checkpoint({ slots, outbox: [due(next, DAY_MS)] }));
        const join = (folded: Uint8Array | undefined, body: Uint8Array): Uint8Array =>
          Uint8Array.of(...(folded ?? []), ...body);
        const folded = (): Record<string, readonly number[]> =>
          Object.fromEntries(
            [...open().loadTotals()].map((one) => [one.operation, [...(one.folded ?? [])]]),
          );
        store.foldDays(next + DAY_MS, join, 9);
        expect(folded()).toEqual({ events: [1, 2], lookup: [3] });
        // The one that waited for D1 is there by now, and those that went do not come again.
        const [waiting] = store.dueEntries(Number.MAX_SAFE_INTEGER, 1);
        if (waiting !== undefined) store.settle(waiting);
        store.foldDays(next + DAY_MS + 1, join, 9);
        expect(folded()).toEqual({ events: [1, 2, 5, 6], lookup: [3] });
        expect([...store.eachSlot(DAY_MS)]).toEqual([]);
        expect(plain([...store.eachSlot(HOUR_MS)])).toEqual(plain([slot(T0, HOUR_MS)]));
        expect([...open().loadTotals()].find((one) => one.operation === "events")?.createdAt).toBe(
          T0 + 5,
        );
      });
    });

    test("folds as many days at once as it is told to, and keeps what cannot be folded", async () => {
      await withStorage((open) => {
        const store = open();
        const slots = ["a", "b", "c", "*"].map((operation) => slot(T0, DAY_MS, { operation }));
        store.commit(checkpoint({ slots }));
        const left = (): string[] => [...store.eachSlot(DAY_MS)].map((one) => one.operation);
        const bodyOf = (_: unknown, body: Uint8Array): Uint8Array => body;
        store.foldDays(T0 + DAY_MS, () => undefined, 9);
        expect(left()).toEqual(["a", "b", "c"]);
        expect(store.forgottenBefore(DAY_MS)).toBe(T0 + DAY_MS);
        store.foldDays(T0 + DAY_MS, bodyOf, 2);
        expect(left()).toHaveLength(1);
        store.foldDays(T0, bodyOf, 9);
        expect(left()).toHaveLength(1);
        store.foldDays(T0 + DAY_MS, bodyOf, 9);
        expect(left()).toEqual([]);
        expect([...open().loadTotals()].map(({ operation }) => operation).toSorted()).toEqual([
          "a",
          "b",
          "c",
        ]);
      });
    });

    test("forgets nothing if a day cannot be folded", async () => {
      await withStorage((open) => {
        const store = open();
        store.commit(
          checkpoint({ slots: [slot(T0, DAY_MS), slot(T0, DAY_MS, { operation: "z" })] }),
        );
        const fail = (): Uint8Array => {
          throw new Error("no memory");
        };
        expect(() => store.foldDays(T0 + DAY_MS, fail, 9)).toThrow("no memory");
        expect(store.slotsAt(DAY_MS, T0)).toHaveLength(2);
        expect(open().forgottenBefore(DAY_MS)).toBe(0);
      });
    });
  });
}
