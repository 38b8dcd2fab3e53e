import { describe, expect, test } from "vitest";
import type { OtlpOutbox, OtlpOutboxBounds } from "../../src/coordinator/otlp-outbox.ts";
import type { ExportRequest } from "../../src/export/otlp/export-requests.ts";

/**
 * Runs `use` with a new storage. `open` makes an outbox over it; what one wrote, the next one sees.
 * @param bounds those that differ from the ones in production.
 */
export type WithOtlpOutbox = (
  bounds: Partial<OtlpOutboxBounds>,
  use: (open: () => OtlpOutbox) => void,
) => Promise<void>;

const NOTHING = { capturedAt: null, checkpoint: 0, failures: 0, retryAt: 0 };

function request(byte: number, length = 3): ExportRequest {
  return { body: new Uint8Array(length).fill(byte), points: byte };
}

/** What every {@link OtlpOutbox} must do, whatever it is made of. */
export function otlpOutboxContract(name: string, withOutbox: WithOtlpOutbox): void {
  describe(`an OTLP outbox in ${name}`, () => {
    test("is empty at first, and nothing was ever captured", async () => {
      await withOutbox({}, (open) => {
        const outbox = open();
        expect(outbox.progress).toEqual(NOTHING);
        expect(outbox.backlog).toEqual({ pushes: 0, bytes: 0, oldestAt: null });
        expect(outbox.first()).toBeUndefined();
        expect(outbox.dropBefore(1_000)).toBe(0);
      });
    });

    test("gives what was put in, byte for byte and in order, also to a later life", async () => {
      await withOutbox({}, (open) => {
        const one = open();
        expect(one.append([request(1), request(2, 5)], { at: 100, checkpoint: 7 })).toBe(0);
        expect(one.append([request(3)], { at: 200, checkpoint: 8 })).toBe(0);
        for (const outbox of [one, open()]) {
          expect(outbox.progress).toEqual({ ...NOTHING, capturedAt: 200, checkpoint: 8 });
          expect(outbox.backlog).toEqual({ pushes: 3, bytes: 11, oldestAt: 100 });
          expect(outbox.first()).toEqual({ number: 1, at: 100, ...request(1) });
        }
        one.settle(1);
        expect(open().first()).toEqual({ number: 2, at: 100, ...request(2, 5) });
        open().settle(2);
        expect(open().first()).toEqual({ number: 3, at: 200, ...request(3) });
      });
    });

    test("uses no number twice, and settles one that is gone without harm", async () => {
      await withOutbox({}, (open) => {
        open().append([request(1)], { at: 100, checkpoint: 1 });
        open().settle(1);
        open().append([request(2)], { at: 200, checkpoint: 2 });
        const outbox = open();
        outbox.settle(1);
        expect(outbox.first()).toEqual({ number: 2, at: 200, ...request(2) });
      });
    });

    test("notes what was captured, also where it gave nothing to send", async () => {
      await withOutbox({}, (open) => {
        expect(open().append([], { at: 100, checkpoint: 3 })).toBe(0);
        expect(open().progress).toEqual({ ...NOTHING, capturedAt: 100, checkpoint: 3 });
        expect(open().backlog.pushes).toBe(0);
      });
    });

    test("keeps failures until something finds its end", async () => {
      await withOutbox({}, (open) => {
        const outbox = open();
        outbox.append([request(1), request(2)], { at: 100, checkpoint: 1 });
        outbox.postpone(2, 5_000);
        const progress = { capturedAt: 100, checkpoint: 1, failures: 2, retryAt: 5_000 };
        expect(open().progress).toEqual(progress);
        // More to send does not mean that the collector is back.
        outbox.append([request(3)], { at: 200, checkpoint: 2 });
        expect(open().progress).toEqual({ ...progress, capturedAt: 200, checkpoint: 2 });
        const later = open();
        later.settle(1);
        expect(later.progress).toEqual({ ...NOTHING, capturedAt: 200, checkpoint: 2 });
        expect(open().progress).toEqual(later.progress);
      });
    });

    test("a push that is refused is gone, and its totals are wanted again if none came later", async () => {
      await withOutbox({}, (open) => {
        const outbox = open();
        outbox.append([request(1)], { at: 100, checkpoint: 1 });
        outbox.append([request(2), request(3)], { at: 200, checkpoint: 2 });
        outbox.postpone(2, 5_000);
        outbox.refuse({ number: 1, at: 100 });
        for (const life of [outbox, open()]) {
          expect(life.progress).toEqual({ ...NOTHING, capturedAt: 200, checkpoint: 2 });
          expect(life.first()?.number).toBe(2);
        }
        outbox.refuse({ number: 2, at: 200 });
        for (const life of [outbox, open()]) {
          expect(life.progress).toEqual({ ...NOTHING, capturedAt: 200, checkpoint: 0 });
          expect(life.first()?.number).toBe(3);
        }
        outbox.append([request(4)], { at: 300, checkpoint: 2 });
        expect(open().progress).toEqual({ ...NOTHING, capturedAt: 300, checkpoint: 2 });
      });
    });

    test("beyond its number the oldest goes", async () => {
      await withOutbox({ maxPushes: 3 }, (open) => {
        const outbox = open();
        outbox.append([request(1), request(2)], { at: 100, checkpoint: 1 });
        expect(
          outbox.append([request(3), request(4), request(5)], { at: 200, checkpoint: 2 }),
        ).toBe(2);
        for (const life of [outbox, open()]) {
          expect(life.backlog).toEqual({ pushes: 3, bytes: 9, oldestAt: 200 });
          expect(life.first()?.number).toBe(3);
        }
      });
    });

    test("beyond its bytes the oldest goes, but never the newest", async () => {
      await withOutbox({ maxBytes: 10 }, (open) => {
        const outbox = open();
        expect(outbox.append([request(1), request(2), request(3)], { at: 1, checkpoint: 1 })).toBe(
          0,
        );
        expect(outbox.append([request(4, 6)], { at: 2, checkpoint: 2 })).toBe(2);
        expect(outbox.first()?.number).toBe(3);
        expect(outbox.append([request(5, 40)], { at: 3, checkpoint: 3 })).toBe(2);
        expect(open().backlog).toEqual({ pushes: 1, bytes: 40, oldestAt: 3 });
      });
    });

    test("drops what is of before a time", async () => {
      await withOutbox({}, (open) => {
        const outbox = open();
        outbox.append([request(1), request(2)], { at: 100, checkpoint: 1 });
        outbox.append([request(3)], { at: 200, checkpoint: 2 });
        expect(outbox.dropBefore(100)).toBe(0);
        expect(outbox.dropBefore(101)).toBe(2);
        expect(open().backlog).toEqual({ pushes: 1, bytes: 3, oldestAt: 200 });
      });
    });

    test("an append that fails in the middle changes nothing", async () => {
      await withOutbox({}, (open) => {
        const outbox = open();
        outbox.append([request(1)], { at: 100, checkpoint: 1 });
        function* breaking(): Generator<ExportRequest> {
          yield request(2);
          throw new Error("the totals cannot be read");
        }
        expect(() => outbox.append(breaking(), { at: 200, checkpoint: 2 })).toThrow("totals");
        for (const life of [outbox, open()]) {
          expect(life.backlog).toEqual({ pushes: 1, bytes: 3, oldestAt: 100 });
          expect(life.progress).toEqual({ ...NOTHING, capturedAt: 100, checkpoint: 1 });
        }
        outbox.append([request(4)], { at: 200, checkpoint: 2 });
        outbox.settle(1);
        expect(open().first()).toEqual({ number: 2, at: 200, ...request(4) });
      });
    });
  });
}
