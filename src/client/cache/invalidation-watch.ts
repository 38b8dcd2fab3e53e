import type { CacheInvalidation, CacheLogAnswer, CacheScope } from "../../wire/cache-feed.ts";
import { MAX_LOGGED_INVALIDATIONS } from "../../wire/cache-feed.ts";
import { beforeDeadline } from "../before-deadline.ts";
import type { CacheClient } from "./cache-client.ts";
import type { CacheCounters } from "./cache-counters.ts";
import type { CacheOptions } from "./cache-options.ts";
import { InvalidationLog } from "./invalidation-log.ts";
import type { CacheMark } from "./l1-cache.ts";
import { type OwnInvalidation, OwnInvalidations } from "./own-invalidations.ts";
import { Pause } from "./pause.ts";
import { LOST, SingleFlight } from "./single-flight.ts";

/** After the log could not be read, or added to, so long nobody tries by himself. */
const RETRY_MS = 5_000;

/** Whether an entry is still good; `unverified` as far as is known, but there is news. */
export type Verdict = "valid" | "invalid" | "unverified";

type Told = Pick<CacheOptions, "name" | "timer" | "logTimeoutMs" | "publishTimeoutMs">;

/**
 * Knows what has become invalid: by the tenant's log, as far as it was read, and by what this
 * isolate made invalid itself and is not known to be in the log yet. The latter has numbers of its
 * own. An entry of another isolate has none of those, so whatever they match is not taken from KV.
 * What could not be published is sent again by later requests.
 */
export class InvalidationWatch {
  /** Grows with every change of what is invalid. */
  #revision = 1;
  #log = new InvalidationLog(MAX_LOGGED_INVALIDATIONS);
  readonly #own = new OwnInvalidations();
  /** Up to which version the log was read. */
  #version = 0;
  /** Entries with a smaller local version are from before the log began anew. */
  #beganAnewAt = 0;
  /** The head for whose sake the log was last read: it need not be read for it again. */
  #readFor = 0;
  /** The newest version that an entry in KV spoke of since the log was read. */
  #claimed = 0;
  #wasRead = false;
  #retryAt = Number.NEGATIVE_INFINITY;
  #resendAt = Number.NEGATIVE_INFINITY;
  /** While Tachograph cannot be reached nobody waits for it in order to publish. */
  readonly #publishing = new Pause();
  readonly #reads: SingleFlight<undefined, boolean>;
  readonly #told: Told;
  readonly #counters: CacheCounters;

  constructor(told: Told, counters: CacheCounters) {
    this.#told = told;
    this.#counters = counters;
    this.#reads = new SingleFlight(told.timer);
  }

  /** Invalidations of this isolate that are not known to be published. */
  get unpublished(): number {
    return this.#own.size;
  }

  /** Whether the log was never read. */
  get isCold(): boolean {
    return !this.#wasRead;
  }

  /** Whether there is news that was not read yet. */
  hasNews(head: number): boolean {
    return (head > this.#version && head !== this.#readFor) || this.#claimed > this.#version;
  }

  /** What a load that begins now is marked with. */
  mark(key: string, tags: readonly string[], head: number): CacheMark {
    return {
      key,
      tags,
      version: this.#headAfter(head),
      localVersion: this.#own.version,
      checkedRevision: this.#revision,
    };
  }

  /** Holds an entry or a flight against all that is known. No I/O. */
  check(mark: CacheMark, head: number): Verdict {
    if (mark.checkedRevision !== this.#revision) {
      const { key, tags, version, localVersion } = mark;
      if (localVersion < this.#beganAnewAt) return "invalid";
      if (this.#log.isInvalid(key, tags, version)) return "invalid";
      if (this.#own.isInvalid(key, tags, localVersion)) return "invalid";
      mark.checkedRevision = this.#revision;
    }
    if (!this.hasNews(head)) return "valid";
    const newest = Math.max(this.#headAfter(head), this.#claimed);
    return mark.version >= newest ? "valid" : "unverified";
  }

  /**
   * Holds what KV has against all that is known, after reading the log if it speaks of news.
   * @returns the mark for an entry made of it, or undefined if it is invalid, which is counted.
   */
  async admit(
    { key, tags, version }: Pick<CacheMark, "key" | "tags" | "version">,
    client: CacheClient,
    owner: object,
  ): Promise<CacheMark | undefined> {
    if (version > this.#headAfter(client.cacheFeed.head)) {
      this.#claimed = Math.max(this.#claimed, version);
      await this.catchUp(client, owner);
    }
    const { head } = client.cacheFeed;
    // The log never had this version: it began anew, so nothing is known of the entry.
    const isUnheardOf = !this.hasNews(head) && version > this.#version;
    const mark = this.mark(key, tags, head);
    if (
      isUnheardOf ||
      this.#own.isInvalid(key, tags, 0) ||
      this.#log.isInvalid(key, tags, version)
    ) {
      this.countInvalid({ key, tags, version, localVersion: 0 });
      return undefined;
    }
    return { ...mark, version: Math.min(version, mark.version) };
  }

  /**
   * Reads the log, once for all who want it, and waits at most `logTimeoutMs` for it, or a little
   * longer for another request's reading. It does nothing soon after it failed.
   */
  async catchUp(client: CacheClient, owner: object): Promise<void> {
    // The log that another reads may be from before this one heard of news.
    for (let turn = 0; turn < 2; turn += 1) {
      if (turn > 0 && !this.hasNews(client.cacheFeed.head)) return;
      const now = client.now();
      const flight = this.#reads.underWay("log", now);
      if (flight !== undefined) {
        const isRead = await this.#reads.follow(flight, owner);
        if (isRead !== true) {
          if (isRead === LOST) this.#reads.drop("log", flight);
          return;
        }
      } else if (!isSoonBefore(now, this.#retryAt, RETRY_MS)) {
        const expiresAt = now + 2 * this.#told.logTimeoutMs;
        await this.#reads.lead("log", owner, undefined, now, expiresAt, () => this.#read(client));
        return;
      }
    }
  }

  /** Counts an entry that was found invalid, by whether anything is known that made it so. */
  countInvalid(mark: Omit<CacheMark, "checkedRevision">): void {
    const { key, tags, version, localVersion } = mark;
    const isKnown =
      this.#log.isMatched(key, tags, version) || this.#own.isInvalid(key, tags, localVersion);
    this.#counters[isKnown ? "invalidated" : "forgotten"] += 1;
  }

  /** Makes entries invalid: here before it returns for the first time, elsewhere by the log. */
  invalidate(scopes: readonly CacheScope[], client: CacheClient): Promise<CacheLogAnswer> {
    const now = client.now();
    const mayTry = this.#publishing.mayTry(now, this.#told.publishTimeoutMs);
    const added = this.#own.add(scopes, mayTry ? this.#dueAfter(now) : now);
    this.#revision += 1;
    if (mayTry) return this.#publish(added, client);
    this.resend(client);
    return Promise.resolve({ ok: false, reason: "unavailable", detail: PASSED_OVER });
  }

  /**
   * Sends what could not be published, as far as a request carries it, and the rest after that if it
   * is taken. Nobody waits for it. It does nothing soon after it failed.
   */
  resend(client: CacheClient): void {
    if (this.#own.size === 0) return;
    const now = client.now();
    if (isSoonBefore(now, this.#resendAt, RETRY_MS)) return;
    const due = this.#own.takeDue(now, this.#dueAfter(now));
    if (due.length === 0) return;
    this.#resendAt = now + RETRY_MS;
    // Whoever would wait for the same need not.
    this.#publishing.mayTry(now, this.#told.publishTimeoutMs);
    client.keepAlive(this.#resend(due, client));
  }

  /** Never rejects. */
  async #resend(due: readonly OwnInvalidation[], client: CacheClient): Promise<void> {
    const answer = await this.#publish(due, client);
    if (!answer.ok) client.noteFailure("cache invalidation", answer.detail);
  }

  /** @returns what came of it in time; what comes later is taken note of. Never rejects. */
  async #publish(sent: readonly OwnInvalidation[], client: CacheClient): Promise<CacheLogAnswer> {
    const { name, timer, publishTimeoutMs } = this.#told;
    const since = this.#version;
    let isLate = false;
    const ask = async (): Promise<CacheLogAnswer> => {
      const scopes = sent.map(({ scope }) => scope);
      const answer = await client.cacheFeed.invalidate(name, scopes, since);
      if (answer.ok) {
        this.#apply(answer, since);
        this.#own.published(sent);
        this.#reached(client);
      } else if (answer.reason === "invalid") {
        this.#own.refused(sent);
      } else {
        const now = client.now();
        for (const one of sent) one.dueAt = now;
        this.#resendAt = now + RETRY_MS;
        if (!isLate) this.#publishing.begin(now);
      }
      return answer;
    };
    const asking = guarded(ask);
    client.keepAlive(asking);
    const done = await beforeDeadline(asking, publishTimeoutMs, timer);
    if (done !== undefined) return done.value;
    isLate = true;
    const now = client.now();
    this.#resendAt = now + RETRY_MS;
    this.#publishing.begin(now);
    const detail = `no answer within ${publishTimeoutMs} ms: it may be published yet`;
    return { ok: false, reason: "unavailable", detail };
  }

  /** Tachograph answers, so what it did not get before is sent. */
  #reached(client: CacheClient): void {
    this.#publishing.end();
    this.#resendAt = Number.NEGATIVE_INFINITY;
    this.resend(client);
  }

  /** When another may send what somebody sends now: whoever does may die before he hears of it. */
  #dueAfter(now: number): number {
    return now + 2 * this.#told.publishTimeoutMs;
  }

  #headAfter(head: number): number {
    // The log counts for more, once it was read for the sake of this head: it may have begun anew.
    return head === this.#readFor ? this.#version : Math.max(head, this.#version);
  }

  /** @returns whether the log was read in time. Never rejects. */
  async #read(client: CacheClient): Promise<boolean> {
    const since = this.#version;
    const { head } = client.cacheFeed;
    const claimed = this.#claimed;
    const { timer, logTimeoutMs } = this.#told;
    this.#counters.logReads += 1;
    const ask = async (): Promise<CacheLogAnswer> => {
      const answer = await client.cacheFeed.read(since, this.#told.name);
      if (!answer.ok) return answer;
      this.#apply(answer, since);
      this.#readFor = head;
      if (this.#claimed === claimed) this.#claimed = 0;
      this.#retryAt = Number.NEGATIVE_INFINITY;
      this.#reached(client);
      return answer;
    };
    const asking = guarded(ask);
    client.keepAlive(asking);
    const done = await beforeDeadline(asking, logTimeoutMs, timer);
    if (done?.value.ok === true) return true;
    this.#retryAt = client.now() + RETRY_MS;
    this.#counters.logFailures += 1;
    const why = done === undefined ? `no answer within ${logTimeoutMs} ms` : done.value.detail;
    client.noteFailure("cache log", why);
    return false;
  }

  #apply({ head, from, entries }: AppliedLog, since: number): void {
    // Nobody can have read further than the log goes: the old one is gone.
    if (head < since) this.#beginAnew();
    const known = this.#version;
    if (from > known) this.#log.raiseFloor(from);
    for (const { version, cache, scope, isFloor } of entries) {
      if (version <= known || cache !== this.#told.name) continue;
      if (isFloor === true) this.#log.raiseFloor(version);
      else this.#log.add(scope, version);
    }
    this.#version = Math.max(known, head);
    this.#wasRead = true;
    this.#revision += 1;
  }

  #beginAnew(): void {
    this.#log = new InvalidationLog(MAX_LOGGED_INVALIDATIONS);
    this.#version = 0;
    this.#beganAnewAt = this.#own.advance();
  }
}

const PASSED_OVER = "Tachograph could not be reached a moment ago: it is sent in the background";

/** Whether it is before `at`; a clock that went back is no reason to wait longer than `mostMs`. */
function isSoonBefore(now: number, at: number, mostMs: number): boolean {
  return now < at && at - now <= mostMs;
}

interface AppliedLog {
  readonly head: number;
  readonly from: number;
  readonly entries: readonly CacheInvalidation[];
}

/** A feed never rejects; should one do so all the same, it is unavailable. */
async function guarded(ask: () => Promise<CacheLogAnswer>): Promise<CacheLogAnswer> {
  try {
    return await ask();
  } catch (error) {
    return { ok: false, reason: "unavailable", detail: String(error) };
  }
}
