import { describe, expect, test } from "vitest";
import type { ShardStore, StoredLogRow } from "../../src/merge/shard-store.ts";
import { Random } from "./random.ts";
import { seedOf } from "./seeded.ts";

/** Runs `use` with a new storage. `open` makes a store over it; what one wrote, the next one sees. */
export type WithShardStorage = (use: (open: () => ShardStore) => void) => Promise<void>;

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

function seqs(store: ShardStore, after = 0, maxBytes = NO_LIMIT): number[] {
  return store.readAfter(after, maxBytes).map(({ seq }) => seq);
}

/** What tells rows apart whose bodies are of one value each. */
function shape({ seq, body }: StoredLogRow): readonly (number | undefined)[] {
  return [seq, body.length, body[0], body.at(-1)];
}

/** Appends, trims and begins new lives at random, and compares with a list after each. */
function holdsTheRest(open: () => ShardStore, random: Random): void {
  let store = open();
  let held: { readonly seq: number; readonly timings: number; readonly body: Uint8Array }[] = [];
  let [head, trimmed, state] = [0, 0, 0];
  for (let step = 0; step < 60; step++) {
    const choice = random.integer(0, 9);
    if (choice <= 6) {
      head += 1;
      // Some are longer than what is worth keeping for its place.
      const body = new Uint8Array(random.pick([0, 3, 3_000, 20_000])).fill(head);
      const row = { seq: head, timings: random.integer(0, 9), body };
      store.append(row.seq, row.timings, row.body);
      held.push(row);
    } else if (choice <= 8) {
      trimmed = random.integer(trimmed, head);
      state = step;
      store.trim(trimmed, bytes(step));
      held = held.filter(({ seq }) => seq > trimmed);
    } else {
      store = open();
    }
    for (const life of [store, open()]) {
      expect(life.readAfter(trimmed, NO_LIMIT).map(shape)).toEqual(held.map(shape));
      const timings = held.reduce((sum, row) => sum + row.timings, 0);
      expect(life.timingsAfter(trimmed)).toBe(timings);
      expect(life.loadState()?.[0] ?? 0).toBe(state);
    }
  }
}

/**
 * What every {@link ShardStore} must do, whatever it is made of.
 * @param seed of what is random, if it is given from outside.
 */
export function shardStoreContract(
  name: string,
  withStorage: WithShardStorage,
  seed?: string,
): void {
  describe(`a shard's store in ${name}`, () => {
    test("is empty at first", async () => {
      await withStorage((open) => {
        const store = open();
        expect(store.loadState()).toBeUndefined();
        expect(seqs(store)).toEqual([]);
        expect(store.timingsAfter(0)).toBe(0);
      });
    });

    test("gives rows back in order, byte by byte, also to a later life", async () => {
      await withStorage((open) => {
        const store = open();
        store.append(1, 3, bytes(1, 2, 3));
        store.append(2, 0, bytes());
        store.append(3, 5, bytes(255, 0));
        for (const life of [store, open()]) {
          const rows = life.readAfter(0, NO_LIMIT);
          expect(rows.map(({ seq, body }) => [seq, ...body])).toEqual([
            [1, 1, 2, 3],
            [2],
            [3, 255, 0],
          ]);
        }
      });
    });

    test("counts the timings of the rows after a row", async () => {
      await withStorage((open) => {
        const store = open();
        store.append(1, 3, bytes(1));
        store.append(2, 5, bytes(2));
        store.append(3, 10_000, bytes(3));
        expect([0, 1, 2, 3, 9].map((seq) => store.timingsAfter(seq))).toEqual([
          10_008, 10_005, 10_000, 0, 0,
        ]);
      });
    });

    test("stops reading when the bodies reach the limit, but never before the first", async () => {
      await withStorage((open) => {
        const store = open();
        for (const seq of [1, 2, 3, 4]) store.append(seq, 1, new Uint8Array(10));
        expect(seqs(store, 0, 1)).toEqual([1]);
        expect(seqs(store, 0, 10)).toEqual([1]);
        expect(seqs(store, 0, 11)).toEqual([1, 2]);
        expect(seqs(store, 2, 20)).toEqual([3, 4]);
        expect(seqs(store, 4, 20)).toEqual([]);
      });
    });

    test("lets go of rows and keeps the state together", async () => {
      await withStorage((open) => {
        const store = open();
        for (const seq of [1, 2, 3]) store.append(seq, seq, bytes(seq));
        store.trim(2, bytes(7, 7));
        for (const life of [store, open()]) {
          expect(seqs(life, 2)).toEqual([3]);
          expect([...(life.loadState() ?? [])]).toEqual([7, 7]);
          expect(life.timingsAfter(2)).toBe(3);
        }
        store.trim(3, bytes(8));
        expect([...(open().loadState() ?? [])]).toEqual([8]);
        expect(seqs(open(), 3)).toEqual([]);
        expect(open().timingsAfter(3)).toBe(0);
      });
    });

    test("holds what it was not told to let go of, through trims and lives", async () => {
      const random = new Random(seedOf(`shard store in ${name}`, seed));
      for (let run = 0; run < 20; run++) {
        await withStorage((open) => holdsTheRest(open, random));
      }
    });

    test("takes no row twice, and then has not changed", async () => {
      await withStorage((open) => {
        const store = open();
        store.append(1, 1, bytes(1));
        expect(() => store.append(1, 9, bytes(9))).toThrow(/already|UNIQUE/);
        expect(store.readAfter(0, NO_LIMIT).map(({ body }) => [...body])).toEqual([[1]]);
        expect(store.timingsAfter(0)).toBe(1);
      });
    });

    test("keeps what a row changed of streams with the row", async () => {
      await withStorage((open) => {
        const store = open();
        const all = (life: ShardStore) =>
          Array.from(life.loadStreams(), ({ stream, heardAt }) => [
            stream,
            heardAt,
            ...(life.readStream(stream) ?? []),
          ]);
        expect(all(store)).toEqual([]);
        expect(store.readStream("a")).toBeUndefined();
        const total = (stream: string, heardAt: number, value: number) => ({
          stream,
          heardAt,
          body: bytes(value),
        });
        store.append(1, 1, bytes(1), {
          put: [total("a", 20, 1), total("c", 20, 2), total("b", 10, 3)],
          forget: [],
        });
        store.append(2, 1, bytes(2));
        for (const life of [store, open()]) {
          expect(all(life)).toEqual([
            ["b", 10, 3],
            ["a", 20, 1],
            ["c", 20, 2],
          ]);
        }
        store.append(3, 1, bytes(3), { put: [total("a", 30, 9)], forget: ["c", "unknown"] });
        // A row that cannot be stored changes nothing, and a trim has nothing to do with streams.
        expect(() =>
          store.append(3, 1, bytes(4), { put: [total("d", 40, 4)], forget: ["b"] }),
        ).toThrow(/already|UNIQUE/);
        store.trim(3, bytes(5));
        for (const life of [store, open()]) {
          expect(all(life)).toEqual([
            ["b", 10, 3],
            ["a", 30, 9],
          ]);
          expect(life.readStream("c")).toBeUndefined();
        }
      });
    });

    test("keeps nothing of a row whose streams cannot be stored", async () => {
      await withStorage((open) => {
        const store = open();
        const streamsOf = (life: ShardStore) => Array.from(life.loadStreams());
        const total = (stream: string, length: number) => ({
          stream,
          heardAt: 1,
          body: new Uint8Array(length),
        });
        const tooLong = { put: [total("a", 1), total("b", 2_000_000)], forget: [] };
        expect(() => store.append(1, 1, bytes(1), tooLong)).toThrow(RangeError);
        for (const life of [store, open()]) {
          expect([seqs(life), streamsOf(life)]).toEqual([[], []]);
        }
        store.append(1, 1, bytes(1), { put: [total("a", 1)], forget: [] });
        const forgetful = { put: [total("b", 2_000_000)], forget: ["a"] };
        expect(() => store.append(2, 1, bytes(2), forgetful)).toThrow(RangeError);
        for (const life of [store, open()]) {
          expect([seqs(life), streamsOf(life)]).toEqual([[1], [{ stream: "a", heardAt: 1 }]]);
        }
      });
    });

    test("keeps its own copy of what it is given", async () => {
      await withStorage((open) => {
        const store = open();
        const body = bytes(1, 2);
        const state = bytes(3);
        const total = bytes(4);
        store.append(1, 1, body, {
          put: [{ stream: "a", heardAt: 1, body: total }],
          forget: [],
        });
        store.trim(0, state);
        for (const given of [body, state, total]) given.fill(0);
        expect([...(store.readAfter(0, NO_LIMIT)[0]?.body ?? [])]).toEqual([1, 2]);
        expect([...(store.loadState() ?? [])]).toEqual([3]);
        expect([...(store.readStream("a") ?? [])]).toEqual([4]);
      });
    });
  });
}
