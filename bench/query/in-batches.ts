import type { PlatformTimings } from "./timings.ts";

export interface BatchOptions {
  /** Timings in a batch. */
  readonly size: number;
  /** Batches under way at a time. */
  readonly connections: number;
  /** Is told how many timings are in, after each batch. */
  readonly loaded: (count: number) => void;
}

/** Sends timings a batch at a time, each of one platform; what fails ends it. */
export async function inBatches(
  all: readonly PlatformTimings[],
  { size, connections, loaded }: BatchOptions,
  send: (batch: PlatformTimings) => Promise<unknown>,
): Promise<void> {
  const batches = batchesOf(all, size);
  let count = 0;
  const work = async (): Promise<void> => {
    // One iterator of all of them: each batch is taken once.
    for (const batch of batches) {
      await send(batch);
      count += batch.ats.length;
      loaded(count);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
}

function* batchesOf(all: readonly PlatformTimings[], size: number): Generator<PlatformTimings> {
  for (const { target, ats, durationsUs } of all) {
    for (let i = 0; i < ats.length; i += size) {
      yield {
        target,
        ats: ats.subarray(i, i + size),
        durationsUs: durationsUs.subarray(i, i + size),
      };
    }
  }
}
