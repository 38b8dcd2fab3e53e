/**
 * What a target is. `platform` is somebody else's API and the default; targets that are named
 * `worker`, `d1`, `cache`, `queue` or `probe` are of that kind, and `kv` is a cache, unless the
 * configuration says otherwise. So are those that begin with such a name and a dot, as `d1.orders`.
 */
export const TARGET_KINDS = ["platform", "worker", "d1", "cache", "queue", "probe"] as const;

export type TargetKind = (typeof TARGET_KINDS)[number];

/** The kind of a target of this name for which the configuration names none. */
export function defaultTargetKind(target: string): TargetKind {
  const [first] = target.split(".", 1);
  if (first === "kv") return "cache";
  return TARGET_KINDS.find((kind) => kind === first) ?? "platform";
}
