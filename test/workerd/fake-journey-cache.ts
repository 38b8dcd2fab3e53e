import type { JourneyCache } from "../../examples/tracking-worker/attribution/journeys.ts";
import type { Invalidated, LookupOptions } from "../../src/client/index.ts";
import type { CacheScope } from "../../src/wire/cache-feed.ts";

/** A cache of one isolate that never forgets by itself, and tells what it was asked for. */
export class FakeJourneyCache implements JourneyCache {
  /** Full keys whose lookup fails. */
  readonly failing = new Set<string>();
  readonly loads: string[] = [];
  readonly invalidated: CacheScope[] = [];
  /** Whether other isolates hear of it. */
  isPublishing = true;
  /** Most loads that were under way together. */
  mostAtOnce = 0;
  readonly #entries = new Map<
    string,
    { readonly json: string; readonly tags: readonly string[] }
  >();
  #underWay = 0;

  async get<Value>(
    kind: string,
    key: string,
    loader: () => Value | PromiseLike<Value>,
    { tags = [] }: LookupOptions = {},
  ): Promise<Value> {
    const full = `${kind}:${key}`;
    if (this.failing.has(full)) throw new Error(`${full} cannot be loaded`);
    const known = this.#entries.get(full);
    if (known !== undefined) return JSON.parse(known.json) as Value;
    this.loads.push(full);
    this.#underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    const value = await loader();
    this.#underWay -= 1;
    this.#entries.set(full, { json: JSON.stringify(value), tags });
    return value;
  }

  async invalidate(asked: CacheScope | readonly CacheScope[]): Promise<Invalidated> {
    const scopes = [asked].flat();
    this.invalidated.push(...scopes);
    for (const scope of scopes) {
      if (scope.kind !== "tag") throw new Error(`not expected: ${scope.kind}`);
      for (const [key, { tags }] of this.#entries) {
        if (tags.includes(scope.tag)) this.#entries.delete(key);
      }
    }
    if (this.isPublishing) return { isPublished: true, version: this.invalidated.length };
    return { isPublished: false, detail: "out of reach" };
  }
}
