/** How long leases hold. */
export interface LeaseTimes {
  /** How long a holder may use a lease, from the moment it asked, in milliseconds. */
  readonly leaseMs: number;
  /**
   * How much later the bucket lets go of it, in milliseconds: as much as a holder's clock may lag.
   * In a Worker it stands still between one I/O and the next.
   */
  readonly marginMs: number;
}
