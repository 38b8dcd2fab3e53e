import { describe, expect, test } from "vitest";
import type { LimitStore } from "../../src/limits/limit-store.ts";

/** Runs `use` with a new storage. `open` makes a store over it; what one wrote, the next one sees. */
export type WithLimitStorage = (use: (open: () => LimitStore) => void) => Promise<void>;

function loaded(store: LimitStore): number[] | undefined {
  const body = store.loadLimit();
  return body && [...body];
}

/** What every {@link LimitStore} must do, whatever it is made of. */
export function limitStoreContract(name: string, withStorage: WithLimitStorage): void {
  describe(`a bucket's store in ${name}`, () => {
    test("is empty at first, which is not the same as an empty body", async () => {
      await withStorage((open) => {
        expect(open().loadLimit()).toBeUndefined();
        open().saveLimit(new Uint8Array());
        expect(loaded(open())).toEqual([]);
      });
    });

    test("gives back what was saved last, byte by byte, also to a later life", async () => {
      await withStorage((open) => {
        const store = open();
        store.saveLimit(Uint8Array.of(1, 2, 3, 4));
        store.saveLimit(Uint8Array.of(255, 0));
        for (const life of [store, open()]) expect(loaded(life)).toEqual([255, 0]);
        open().saveLimit(Uint8Array.of(7));
        expect(loaded(store)).toEqual([7]);
      });
    });

    test("saves a part of a larger buffer as that part", async () => {
      await withStorage((open) => {
        const buffer = Uint8Array.of(9, 9, 1, 2, 9);
        open().saveLimit(buffer.subarray(2, 4));
        expect(loaded(open())).toEqual([1, 2]);
      });
    });

    test("keeps its own copy of what it is given, and gives one away", async () => {
      await withStorage((open) => {
        const store = open();
        const body = Uint8Array.of(1, 2);
        store.saveLimit(body);
        body.fill(0);
        expect(loaded(store)).toEqual([1, 2]);
        store.loadLimit()?.fill(0);
        expect(loaded(store)).toEqual([1, 2]);
      });
    });

    test("takes a body of a megabyte", async () => {
      await withStorage((open) => {
        const body = Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 251);
        open().saveLimit(body);
        expect(open().loadLimit()).toEqual(body);
      });
    });
  });
}
