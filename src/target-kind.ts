/**
 * What a target is. `platform` is somebody else's API and the default; targets that are named
 * `worker`, `d1`, `cache` or `queue` are of that kind unless the configuration says otherwise.
 */
export const TARGET_KINDS = ["platform", "worker", "d1", "cache", "queue"] as const;

export type TargetKind = (typeof TARGET_KINDS)[number];

/** The kind of a target of this name for which the configuration names none. */
export function defaultTargetKind(target: string): TargetKind {
  return TARGET_KINDS.find((kind) => kind === target) ?? "platform";
}
