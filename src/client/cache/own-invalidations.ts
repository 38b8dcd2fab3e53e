import { type CacheScope, MAX_REQUEST_SCOPES } from "../../wire/cache-feed.ts";
import { InvalidationLog } from "./invalidation-log.ts";

/** Beyond so many that are not published, everything counts as invalid instead. */
const MAX_UNPUBLISHED = 1_000;

/** Something that this isolate made invalid and that is not known to be published. */
export interface OwnInvalidation {
  readonly scope: CacheScope;
  /** By the isolate's own count. */
  readonly version: number;
  /** From then on it may be sent (again), epoch milliseconds. */
  dueAt: number;
}

/**
 * What one isolate made invalid and the tenant's log is not known to have: here it is invalid all
 * the same, and it waits to be sent. Too much of it becomes one invalidation of everything.
 */
export class OwnInvalidations {
  #version = 0;
  readonly #log = new InvalidationLog(MAX_UNPUBLISHED + MAX_REQUEST_SCOPES);
  /** By scope, as JSON; those that have waited for longest first. */
  readonly #waiting = new Map<string, OwnInvalidation>();

  /** The newest, by the isolate's own count. */
  get version(): number {
    return this.#version;
  }

  /** How many are not known to be published. */
  get size(): number {
    return this.#log.size;
  }

  /**
   * @param scopes at most {@link MAX_REQUEST_SCOPES}
   * @param dueAt when they are to be sent by somebody else, if the caller's own attempt is never over
   * @returns what is to be sent now.
   */
  add(scopes: readonly CacheScope[], dueAt: number): readonly OwnInvalidation[] {
    const added = scopes.map((scope) => this.#add(scope, dueAt));
    if (this.#log.size <= MAX_UNPUBLISHED) return added;
    this.#waiting.clear();
    return [this.#add({ kind: "all" }, dueAt)];
  }

  /** Counts on: whoever is older than this is from before something. */
  advance(): number {
    this.#version += 1;
    return this.#version;
  }

  /** Whether an entry of this isolate, from its own `version`, was made invalid since. */
  isInvalid(key: string, tags: readonly string[], version: number): boolean {
    return this.#log.isInvalid(key, tags, version);
  }

  /**
   * Takes those that are due, as many as a request carries.
   * @param dueAt when they are due again, if it never becomes known what came of it
   */
  takeDue(now: number, dueAt: number): readonly OwnInvalidation[] {
    const taken: OwnInvalidation[] = [];
    for (const one of this.#waiting.values()) {
      if (taken.length === MAX_REQUEST_SCOPES) break;
      // Nothing is due later than that, unless the clock went back.
      if (now < one.dueAt && one.dueAt <= dueAt) continue;
      one.dueAt = dueAt;
      taken.push(one);
    }
    return taken;
  }

  /** They are in the tenant's log, and what that says was applied. */
  published(sent: readonly OwnInvalidation[]): void {
    for (const one of sent) this.#log.forget(one.scope, one.version);
    this.refused(sent);
  }

  /** They can never be published: this isolate alone knows. */
  refused(sent: readonly OwnInvalidation[]): void {
    for (const one of sent) {
      const id = JSON.stringify(one.scope);
      if (this.#waiting.get(id) === one) this.#waiting.delete(id);
    }
  }

  #add(scope: CacheScope, dueAt: number): OwnInvalidation {
    const one = { scope, version: this.advance(), dueAt };
    if (scope.kind === "all") this.#waiting.clear();
    const id = JSON.stringify(scope);
    this.#waiting.delete(id);
    this.#waiting.set(id, one);
    this.#log.add(scope, one.version);
    return one;
  }
}
