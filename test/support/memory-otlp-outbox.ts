import {
  OTLP_OUTBOX_BOUNDS,
  type OtlpBacklog,
  type OtlpOutbox,
  type OtlpOutboxBounds,
  type OtlpProgress,
  type OtlpPush,
} from "../../src/coordinator/otlp-outbox.ts";
import type { ExportRequest } from "../../src/export/otlp/export-requests.ts";

/** What a {@link MemoryOtlpOutbox} keeps; it outlives the outbox over it. */
export interface StoredPushes {
  progress: OtlpProgress;
  nextNumber: number;
  pushes: readonly OtlpPush[];
}

export function noPushes(): StoredPushes {
  const progress = { capturedAt: null, checkpoint: 0, failures: 0, retryAt: 0 };
  return { progress, nextNumber: 1, pushes: [] };
}

/** An outbox in memory, whose disk may be full. */
export class MemoryOtlpOutbox implements OtlpOutbox {
  isFull = false;
  readonly #stored: StoredPushes;
  readonly #bounds: OtlpOutboxBounds;

  constructor(stored: StoredPushes = noPushes(), bounds: Partial<OtlpOutboxBounds> = {}) {
    this.#stored = stored;
    this.#bounds = { ...OTLP_OUTBOX_BOUNDS, ...bounds };
  }

  get progress(): OtlpProgress {
    return this.#stored.progress;
  }

  get backlog(): OtlpBacklog {
    const { pushes } = this.#stored;
    return {
      pushes: pushes.length,
      bytes: bytesOf(pushes),
      oldestAt: pushes.length === 0 ? null : Math.min(...pushes.map(({ at }) => at)),
    };
  }

  append(requests: Iterable<ExportRequest>, captured: { at: number; checkpoint: number }): number {
    const all = Array.from(requests, ({ body, points }) => ({ body: body.slice(), points }));
    this.#write();
    const stored = this.#stored;
    const { maxPushes, maxBytes } = this.#bounds;
    const first = stored.nextNumber;
    const { at, checkpoint } = captured;
    const added = all.map((request, index) => ({ ...request, number: first + index, at }));
    stored.nextNumber += added.length;
    stored.progress = { ...stored.progress, capturedAt: at, checkpoint };
    let left = [...stored.pushes, ...added];
    const before = left.length;
    while (left.length > 1 && (left.length > maxPushes || bytesOf(left) > maxBytes)) {
      left = left.slice(1);
    }
    stored.pushes = left;
    return before - left.length;
  }

  first(): OtlpPush | undefined {
    return this.#stored.pushes[0];
  }

  settle(number: number): void {
    this.#write();
    const stored = this.#stored;
    stored.pushes = stored.pushes.filter((push) => push.number !== number);
    stored.progress = { ...stored.progress, failures: 0, retryAt: 0 };
  }

  refuse({ number, at }: Pick<OtlpPush, "number" | "at">): void {
    this.settle(number);
    const { progress } = this.#stored;
    if (at === progress.capturedAt) this.#stored.progress = { ...progress, checkpoint: 0 };
  }

  postpone(failures: number, retryAt: number): void {
    this.#write();
    this.#stored.progress = { ...this.#stored.progress, failures, retryAt };
  }

  dropBefore(at: number): number {
    const stored = this.#stored;
    const before = stored.pushes.length;
    stored.pushes = stored.pushes.filter((push) => push.at >= at);
    return before - stored.pushes.length;
  }

  #write(): void {
    if (this.isFull) throw new Error("the disk is full");
  }
}

function bytesOf(pushes: readonly OtlpPush[]): number {
  return pushes.reduce((sum, { body }) => sum + body.length, 0);
}
