import { lazyPart } from "../../parts/lazy-part.tsx";

/** The distribution, whose code comes after what is seen first. */
export const { Part: LazyDistribution } = lazyPart(
  async () => (await import("./distribution.tsx")).Distribution,
);
