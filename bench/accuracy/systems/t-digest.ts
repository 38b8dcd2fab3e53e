import tdigest from "tdigest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { PercentileSystem } from "../percentile-system.ts";

type Digest = InstanceType<typeof tdigest.TDigest>;

/** Which centroids there are depends on the order in which they are shuffled. */
const SHUFFLE_SEED = 64;

/**
 * The package `tdigest` with its default compression: values are pushed, digests are merged by pushing
 * their centroids. It compresses by itself when it has many. Its page does so once more at the end,
 * which is left out: it saves a third of the centroids and costs several times the error.
 */
export const T_DIGEST: PercentileSystem<Digest, Digest> = {
  name: "tdigest",
  bound: "none",
  isRule: false,
  open: () => {
    const digest = new tdigest.TDigest();
    return {
      record: (valuesUs) =>
        shuffledAlike(() => {
          for (const value of valuesUs) digest.push(value);
        }),
      finish: () => digest,
    };
  },
  only: (digest) => digest,
  merger: (digests) => () => {
    const sum = new tdigest.TDigest();
    shuffledAlike(() => {
      for (const digest of digests) sum.push_centroid(digest.toArray());
    });
    return sum;
  },
  percentilesUs: (digest, percentiles) =>
    percentiles.map((percentile) => digest.percentile(percentile / 100) ?? Number.NaN),
  contents: (digest) => digest.toArray().flatMap(({ mean, n }) => [mean, n]),
  bytes: (digest) => JSON.stringify(digest.toArray()).length,
};

/** It shuffles with `Math.random`, so that no two runs would measure the same. */
function shuffledAlike(work: () => void): void {
  const { random } = Math;
  Math.random = seededRandom(SHUFFLE_SEED);
  try {
    work();
  } finally {
    Math.random = random;
  }
}
