declare module "tdigest" {
  interface Centroid {
    readonly mean: number;
    readonly n: number;
  }

  /** The part that is measured. The package has no types of its own. */
  class TDigest {
    push(value: number): void;
    push_centroid(centroids: readonly Centroid[]): void;
    toArray(): Centroid[];
    /** @param p 0 to 1. */
    percentile(p: number): number | undefined;
  }

  const tdigest: { readonly TDigest: typeof TDigest };
  export default tdigest;
}
