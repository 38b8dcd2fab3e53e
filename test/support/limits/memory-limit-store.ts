import type { LimitStore } from "../../../src/limits/limit-store.ts";

/** A bucket's store in memory. It outlives the `Limiter` over it, as storage outlives an object. */
export class MemoryLimitStore implements LimitStore {
  #body: Uint8Array | undefined;
  #failures = 0;
  #saves = 0;

  /** How often something was saved. */
  get saves(): number {
    return this.#saves;
  }

  /** Lets the next `count` saves throw. */
  failSaves(count: number): void {
    this.#failures = count;
  }

  loadLimit(): Uint8Array | undefined {
    return this.#body?.slice();
  }

  saveLimit(body: Uint8Array): void {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new DiskFull();
    }
    this.#saves += 1;
    this.#body = body.slice();
  }
}

/** What a save that was told to fail throws. */
export class DiskFull extends Error {
  constructor() {
    super("the disk is full");
  }
}
