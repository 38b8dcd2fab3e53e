import { limitedTargets, limitRule, type TachographConfig } from "../config.ts";
import { projectView, untouchedView, type ViewHorizon } from "../limits/project-view.ts";
import { withTally } from "../limits/with-tally.ts";
import type { LimitView, PermitTally } from "../wire/permits.ts";
import type { CollectAnswer } from "../wire/shard-rpc.ts";

interface KnownBucket {
  /** Null if its target has no limit (any more). */
  readonly view: LimitView | null;
  readonly version: number;
  readonly horizon: ViewHorizon;
}

/** What is known of those who use a bucket. */
export interface BucketHolders {
  /** What they decided by themselves. */
  readonly tallyOf: (target: string) => PermitTally;
  /** Whether the shard that keeps the bucket has ever announced itself. */
  readonly isInUse: (target: string) => boolean;
}

/** The buckets of a tenant as their shards last told, and those that nobody has used yet. */
export class LimitBoard {
  readonly #config: TachographConfig;
  readonly #known = new Map<string, KnownBucket>();

  constructor(config: TachographConfig) {
    this.#config = config;
  }

  /** Takes over what a shard told. @returns whether more than time has changed. */
  update(target: string, limit: CollectAnswer["limit"], nowMs: number): boolean {
    if (limit === undefined) return false;
    const before = this.#known.get(target);
    const { view, version, fullSpeedAt } = limit;
    const { leaseMs, marginMs } = this.#config.leases;
    const horizon = { atMs: nowMs, leasesEndAt: nowMs + leaseMs + marginMs, fullSpeedAt };
    this.#known.set(target, { view, version, horizon });
    return limit.version !== (before?.version ?? 0);
  }

  /** Every target with a limit, by configuration or set at run time. */
  targets(): string[] {
    const told = [...this.#known].filter(([, { view }]) => view !== null).map(([name]) => name);
    return [...new Set([...limitedTargets(this.#config), ...told])];
  }

  /**
   * The buckets as they are now. One that is in use and has not told yet how it stands is left out:
   * it must not be taken for full.
   */
  views(nowMs: number, holders: BucketHolders): LimitView[] {
    const views: LimitView[] = [];
    for (const target of this.targets()) {
      const view = this.#view(target, nowMs, holders.isInUse(target));
      if (view !== undefined) views.push(withTally(view, holders.tallyOf(target)));
    }
    return views.toSorted((one, other) => (one.target < other.target ? -1 : 1));
  }

  #view(target: string, nowMs: number, isInUse: boolean): LimitView | undefined {
    const known = this.#known.get(target);
    if (known !== undefined) {
      return known.view === null ? undefined : projectView(known.view, known.horizon, nowMs);
    }
    const rule = limitRule(this.#config, target);
    return isInUse || rule === undefined ? undefined : untouchedView(target, rule);
  }
}
