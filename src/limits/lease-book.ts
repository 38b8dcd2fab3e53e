import type { LeaseSettlement } from "../wire/permits.ts";

/** A lease that is open: some of its permits have an unknown fate. */
export interface OpenLease {
  readonly id: string;
  readonly holder: string;
  /** Permits that it was opened with. */
  readonly permits: number;
  /** Permits that the holder says were used; they are open no more. */
  spent: number;
  /** Permits that came back. */
  returned: number;
  /** When what is left counts as used, epoch milliseconds; a margin after the holder's own expiry. */
  readonly expiresAt: number;
}

/** How long expired leases may go unnoticed: to look for them costs a walk over all. */
const EXPIRY_STEP_MS = 25;

/** What is open of a lease. */
export function openPermits({ permits, spent, returned }: OpenLease): number {
  return permits - spent - returned;
}

/** The permits that are out, and who has them. Whole permits; it never gives any by itself. */
export class LeaseBook {
  readonly #leases = new Map<string, OpenLease>();
  /** The lease that each holder opened last. */
  readonly #latest = new Map<string, string>();
  #outstanding = 0;
  #nextExpiryAt = Infinity;
  #lookedAt = -Infinity;

  /** Permits that are leased and neither settled nor expired. */
  get outstanding(): number {
    return this.#outstanding;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** How many holders have a lease. */
  get holders(): number {
    return this.#latest.size;
  }

  /** The open leases, in the order in which they were opened. */
  leases(): Iterable<OpenLease> {
    return this.#leases.values();
  }

  get(leaseId: string): OpenLease | undefined {
    return this.#leases.get(leaseId);
  }

  latestOf(holder: string): OpenLease | undefined {
    const leaseId = this.#latest.get(holder);
    return leaseId === undefined ? undefined : this.#leases.get(leaseId);
  }

  open(lease: OpenLease): void {
    if (openPermits(lease) <= 0) return;
    this.restore(lease);
    this.#latest.set(lease.holder, lease.id);
  }

  /**
   * Opens a lease that was open before a crash. It is nobody's latest: the holder may have had
   * another one since, and what it says of that one must not settle this.
   */
  restore(lease: OpenLease): void {
    const open = openPermits(lease);
    if (open <= 0) return;
    this.#leases.set(lease.id, lease);
    this.#outstanding += open;
    this.#nextExpiryAt = Math.min(this.#nextExpiryAt, lease.expiresAt);
  }

  /**
   * Takes note of what a holder says. Numbers that are not above what is known change nothing, and
   * what is above the lease is cut: of a lease that is not open all is known. Nobody settles the
   * lease of another.
   *
   * @returns how many permits came back with it.
   */
  settle(holder: string, { leaseId, spent, returned }: LeaseSettlement): number {
    const lease = this.#leases.get(leaseId);
    if (lease?.holder !== holder) return 0;
    const moreSpent = Math.min(Math.max(0, spent - lease.spent), openPermits(lease));
    lease.spent += moreSpent;
    const moreReturned = Math.min(Math.max(0, returned - lease.returned), openPermits(lease));
    lease.returned += moreReturned;
    this.#outstanding -= moreSpent + moreReturned;
    if (openPermits(lease) === 0) this.#remove(lease);
    return moreReturned;
  }

  /** When the next lease expires, epoch milliseconds; infinity without leases. */
  get nextExpiryAt(): number {
    return this.#nextExpiryAt;
  }

  /**
   * Lets go of the leases that have expired, in the order of their ends.
   *
   * @param before - called before each with its end, while it still counts as outstanding.
   * @returns how many permits were open on them.
   */
  expire(nowMs: number, before: (expiresAt: number) => void = () => undefined): number {
    if (nowMs < this.#nextExpiryAt || Math.abs(nowMs - this.#lookedAt) < EXPIRY_STEP_MS) return 0;
    this.#lookedAt = nowMs;
    this.#nextExpiryAt = Infinity;
    const over: OpenLease[] = [];
    for (const lease of this.#leases.values()) {
      if (lease.expiresAt <= nowMs) over.push(lease);
      else this.#nextExpiryAt = Math.min(this.#nextExpiryAt, lease.expiresAt);
    }
    let expired = 0;
    for (const lease of over.toSorted((one, other) => one.expiresAt - other.expiresAt)) {
      before(lease.expiresAt);
      this.#outstanding -= openPermits(lease);
      expired += openPermits(lease);
      this.#remove(lease);
    }
    return expired;
  }

  #remove(lease: OpenLease): void {
    this.#leases.delete(lease.id);
    if (this.#latest.get(lease.holder) === lease.id) this.#latest.delete(lease.holder);
  }
}
