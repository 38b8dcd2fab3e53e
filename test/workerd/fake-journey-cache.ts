import type { ResultCache } from "../../src/client/index.ts";
import type { CacheScope } from "../../src/wire/cache-feed.ts";

/** A cache of one isolate that never forgets by itself, and tells what it was asked for. */
export class FakeJourneyCache implements ResultCache {
  /** Full keys whose lookup fails. */
  readonly failing = new Set<string>();
  readonly loads: string[] = [];
  readonly invalidated: CacheScope[] = [];
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
    loader: () => Promise<Value>,
    { tags = [] }: { readonly tags?: readonly string[] } = {},
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

  async invalidate(scopes: readonly CacheScope[]): Promise<void> {
    this.invalidated.push(...scopes);
    for (const scope of scopes) {
      if (scope.kind !== "tag") throw new Error(`not expected: ${scope.kind}`);
      for (const [key, { tags }] of this.#entries) {
        if (tags.includes(scope.tag)) this.#entries.delete(key);
      }
    }
  }
}
