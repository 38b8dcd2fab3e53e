import fc from "fast-check";
import { expect, test } from "vitest";
import { LeaseBook, type OpenLease } from "../../../src/limits/lease-book.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const seed = seedOf("lease book", process.env["SEED"]);

function lease(more: Partial<OpenLease> = {}): OpenLease {
  const expiresAt = NOW + 15_000;
  return { id: "a.1", holder: "a", permits: 10, spent: 0, returned: 0, expiresAt, ...more };
}

test("a settlement that comes again, or late, changes nothing", () => {
  const book = new LeaseBook();
  book.open(lease());
  const first = { leaseId: "a.1", spent: 3, returned: 2 };
  const second = { leaseId: "a.1", spent: 5, returned: 4 };
  expect([first, first, second, first, second].map((one) => book.settle("a", one))).toEqual([
    2, 0, 2, 0, 0,
  ]);
  expect(book.outstanding).toBe(1);
  expect(book.settle("a", { leaseId: "a.1", spent: 6, returned: 4 })).toBe(0);
  expect([book.outstanding, book.size, book.holders]).toEqual([0, 0, 0]);
  expect(book.settle("a", second)).toBe(0);
});

test("a settlement above the lease is cut, and of an unknown lease nothing comes back", () => {
  const book = new LeaseBook();
  book.open(lease());
  expect(book.settle("b", { leaseId: "b.9", spent: 0, returned: 10 })).toBe(0);
  expect(book.settle("a", { leaseId: "a.1", spent: 8, returned: 10_000_000 })).toBe(2);
  expect([book.outstanding, book.size]).toEqual([0, 0]);
});

test("nobody settles the lease of another", () => {
  const book = new LeaseBook();
  book.open(lease());
  expect(book.settle("b", { leaseId: "a.1", spent: 0, returned: 10 })).toBe(0);
  expect(book.outstanding).toBe(10);
});

test("leases end in the order of their ends, each while it still counts", () => {
  const book = new LeaseBook();
  book.open(lease({ expiresAt: NOW + 9_000 }));
  book.open(lease({ id: "b.1", holder: "b", expiresAt: NOW + 2_000 }));
  const seen: [number, number][] = [];
  expect(book.expire(NOW + 60_000, (endedAt) => seen.push([endedAt - NOW, book.outstanding]))).toBe(
    20,
  );
  expect(seen).toEqual([
    [2_000, 20],
    [9_000, 10],
  ]);
});

test("a lease of nothing is not opened", () => {
  const book = new LeaseBook();
  book.open(lease({ permits: 0 }));
  book.open(lease({ id: "a.2", spent: 4, returned: 6 }));
  expect([book.outstanding, book.size]).toEqual([0, 0]);
});

test("at its expiry what is open of a lease is let go, once, and not a moment before", () => {
  const book = new LeaseBook();
  book.open(lease({ spent: 3 }));
  book.open(lease({ id: "b.1", holder: "b", expiresAt: NOW + 20_000 }));
  expect(book.expire(NOW + 14_999)).toBe(0);
  expect(book.outstanding).toBe(17);
  expect(book.expire(NOW + 15_000)).toBe(7);
  expect(book.expire(NOW + 15_100)).toBe(0);
  expect(book.settle("a", { leaseId: "a.1", spent: 0, returned: 10 })).toBe(0);
  expect(book.expire(NOW + 86_400_000)).toBe(10);
  expect([book.outstanding, book.size, book.holders]).toEqual([0, 0, 0]);
});

test("a clock that was set back lets nothing go early", () => {
  const book = new LeaseBook();
  book.open(lease());
  expect(book.expire(NOW - 3_600_000)).toBe(0);
  expect(book.expire(NOW + 14_999)).toBe(0);
  expect(book.expire(NOW + 15_025)).toBe(10);
});

test("the last lease of a holder is the one it opened last; one from before a crash is not", () => {
  const book = new LeaseBook();
  book.restore(lease({ id: "a.0" }));
  expect(book.latestOf("a")).toBeUndefined();
  book.open(lease());
  book.open(lease({ id: "a.2" }));
  expect(book.latestOf("a")?.id).toBe("a.2");
  book.settle("a", { leaseId: "a.2", spent: 10, returned: 0 });
  expect(book.latestOf("a")).toBeUndefined();
  expect([book.size, book.outstanding]).toEqual([2, 20]);
});

test("outstanding is the sum of what is open, and every permit has one fate", () => {
  const settlement = fc.record({
    leaseId: fc.constantFrom("a.1", "a.2", "b.1", "c.1"),
    spent: fc.nat(14),
    returned: fc.nat(14),
  });
  const passed = fc.record({ passedMs: fc.nat(6_000) });
  fc.assert(
    fc.property(fc.array(fc.oneof(settlement, passed), { maxLength: 40 }), (events) => {
      const book = new LeaseBook();
      book.open(lease());
      book.open(lease({ id: "a.2", permits: 5, expiresAt: NOW + 9_000 }));
      book.open(lease({ id: "b.1", holder: "b", permits: 1, expiresAt: NOW + 30_000 }));
      let [nowMs, returned, expired] = [NOW, 0, 0];
      for (const event of events) {
        if ("passedMs" in event) expired += book.expire((nowMs += event.passedMs));
        else returned += book.settle(event.leaseId.slice(0, 1), event);
        const open = [...book.leases()].map((one) => one.permits - one.spent - one.returned);
        expect(book.outstanding).toBe(open.reduce((sum, permits) => sum + permits, 0));
        expect(open.every((permits) => permits > 0)).toBe(true);
        expect(returned + expired + book.outstanding).toBeLessThanOrEqual(16);
      }
    }),
    { seed },
  );
});
