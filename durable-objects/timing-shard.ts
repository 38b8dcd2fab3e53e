import { DurableObject } from "cloudflare:workers";
import { config } from "../src/configured.ts";
import { withDeadline } from "../src/deadline.ts";
import { ByteReader } from "../src/histogram/byte-reader.ts";
import { readDelta } from "../src/merge/delta.ts";
import { GroupCommit } from "../src/merge/group-commit.ts";
import { addRejections } from "../src/merge/intake-ledger.ts";
import { ShardExemplars } from "../src/merge/shard-exemplars.ts";
import { timingsOffered } from "../src/merge/report-group.ts";
import { ReportPace } from "../src/merge/report-pace.ts";
import { MAX_ROW_WEIGHT, rowWeight } from "../src/merge/row-weight.ts";
import { parseShardName } from "../src/merge/shard-name.ts";
import { ShardState, type Verdict } from "../src/merge/shard-state.ts";
import type { AnnounceAnswer } from "../src/wire/coordinator-rpc.ts";
import type { RejectionCounts } from "../src/wire/report.ts";
import { decodeShardReport, encodeShardAnswer } from "../src/wire/shard-message.ts";
import type {
  CollectAnswer,
  CollectRequest,
  ShardAnswer,
  ShardReport,
} from "../src/wire/shard-rpc.ts";
import type { LimitRule } from "../src/limits/limit-rule.ts";
import type {
  LeaseOutcome,
  LeaseRequest,
  TakeOutcome,
  TakeRequest,
} from "../src/limits/limit-requests.ts";
import type { LimitAnswer } from "../src/wire/limit-rpc.ts";
import type { LimitView, PermitRequest, PermitTally, PlatformSignal } from "../src/wire/permits.ts";
import { withTally } from "../src/limits/with-tally.ts";
import { ShardPermits } from "./shard-permits.ts";
import { ShardSession } from "./shard-session.ts";
import { SqliteShardStore } from "./storage/sqlite-shard-store.ts";

/** How long a report waits for the coordinator to take note of this shard. */
const ANNOUNCE_DEADLINE_MS = 2_000;

/** After a failure, how long reports are taken in without another attempt to announce. */
const ANNOUNCE_PAUSE_MS = 5_000;

/**
 * Takes in the timings of one target (or of one share of its reporters), keeps them in a log and
 * hands them to the coordinator. A report is answered when its log row is in durable storage. Shard
 * 0 keeps the target's bucket, too; the others sublease from it.
 */
export class TimingShard extends DurableObject<Env> {
  readonly #state: ShardState;
  readonly #group: GroupCommit<ShardReport, Verdict>;
  readonly #permits: ShardPermits;
  readonly #exemplars = new ShardExemplars(() => Math.random());
  readonly #pace = new ReportPace();
  readonly #name: string;
  #isWatched = false;
  /** The newest invalidation of the tenant's caches that the coordinator told of. */
  #cacheHead = 0;
  /** The coordinator does not know that there is something to collect. */
  #mustAnnounce = true;
  #announceNotBefore = 0;
  /** Announcements that the coordinator has not answered. */
  #announcements = 0;
  /** The bucket's announcement, which a report must not overtake: it may not be admitted. */
  #announcing: Promise<void> | undefined;
  #bucketAnnouncedAt = -Infinity;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.id.name ?? "";
    const shard = parseShardName(ctx.id.name);
    const store = new SqliteShardStore(ctx.storage);
    this.#state = new ShardState(store, config.maxOperationsPerTarget);
    this.#permits = new ShardPermits({
      shard,
      store,
      shardNamed: (name) => env.TIMING_SHARD.getByName(name),
      onChange: () => this.#announceBucket(),
      keepAlive: (promise) => ctx.waitUntil(promise),
    });
    this.#group = new GroupCommit({
      commit: (reports) => this.#commit(reports),
      senderOf: ({ reporter }) => reporter,
      weightOf: rowWeight,
      maxWeight: MAX_ROW_WEIGHT,
      lingerMs: () => (this.#isWatched ? config.linger.watchedMs : config.linger.unwatchedMs),
      now: () => Date.now(),
      startTimer: (callback, durationMs) => {
        const timer = setTimeout(callback, durationMs);
        return () => clearTimeout(timer);
      },
    });
  }

  /** Opens a session: `report` and `permit` at the price of one request, for as long as it is held. */
  open(): ShardSession {
    return new ShardSession(this);
  }

  /**
   * Counts a report, together with those that arrive at the same time.
   * @param message what `encodeShardReport` made of it.
   * @returns the answer, for `decodeShardAnswer`.
   */
  async report(message: Uint8Array): Promise<string> {
    return encodeShardAnswer(await this.#answer(message));
  }

  async #answer(message: Uint8Array): Promise<ShardAnswer> {
    try {
      const mayHold = this.#pace.note(Date.now());
      const verdict = await this.#group.submit(decodeShardReport(message));
      if (!verdict.ok) return verdict;
      const { watchedMs, unwatchedMs } = config.flush;
      const flushMs = this.#isWatched ? watchedMs : unwatchedMs;
      const news = this.#cacheHead > 0 ? { cacheHead: this.#cacheHead } : {};
      return { ...verdict, flushMs, ...news, ...(mayHold && { holdOpen: true }) };
    } catch (cause) {
      console.error(`${this.#name}: a group was not stored`, cause);
      return {
        ok: false,
        reason: "unavailable",
        detail: "the timings could not be stored; send them again",
      };
    }
  }

  /**
   * Grants or denies permits, and takes note of what a holder tells. What is granted is in durable
   * storage first: the runtime holds the answer until what was written before it is.
   * @param request what `JSON.stringify` made of a `PermitRequest`; the answer likewise.
   */
  async permit(request: string): Promise<string> {
    const asked: PermitRequest = JSON.parse(request);
    return JSON.stringify(await this.#permits.permit(asked));
  }

  /** Grants permits that count as used at once. Null without a limit. Shard 0 only, as all below. */
  takePermits(request: TakeRequest): LimitAnswer<TakeOutcome> | null {
    return this.#permits.take(request);
  }

  /** Leases permits to a holder that speaks HTTP. */
  leasePermits(request: LeaseRequest): LimitAnswer<LeaseOutcome> | null {
    return this.#permits.lease(request);
  }

  /** Takes note of what the platform said. */
  feedback(signal: PlatformSignal): LimitView | null {
    return this.#withTally(this.#permits.feedback(signal));
  }

  /** Opens the bucket again whatever the platform said. */
  reopen(): LimitView | null {
    return this.#withTally(this.#permits.reopen());
  }

  /** Overrides the configured limit; null goes back to it. Who lists the limits then sees it. */
  async setLimit(rule: LimitRule | null): Promise<LimitView | null> {
    const view = this.#withTally(this.#permits.setLimit(rule));
    await this.#announcing;
    return view;
  }

  /** The bucket as it is now. */
  limit(): LimitView | null {
    return this.#withTally(this.#permits.view());
  }

  /** What holders who report here decided about permits by themselves. Every shard has its own. */
  tally(): PermitTally {
    return this.#state.tally;
  }

  /** Gives the coordinator what it has not seen, with the reports that wait for company. */
  async collect(request: CollectRequest): Promise<CollectAnswer> {
    this.#isWatched = request.watched;
    this.#hearOf(request.cacheHead);
    // A commit that has to announce this shard waits for the coordinator, which waits for this answer.
    if (!this.#mustAnnounce && this.#announcements === 0) await this.#group.flush();
    const answer = {
      ...this.#state.collect(request, Date.now()),
      ...this.#permits.collect(),
      ...this.#exemplars.collect(),
    };
    // Only an announcement ends the need for one: a request that was on its way for long may have
    // been sent before the coordinator fell asleep.
    if (request.dormant && answer.to === this.#state.head) this.#mustAnnounce = true;
    return answer;
  }

  /** Announces what the coordinator could not be told of when it was counted. */
  override async alarm(): Promise<void> {
    const isWorthIt = !this.#state.isNew || this.#permits.hasNews;
    if (this.#mustAnnounce && isWorthIt) await this.#announce([]);
  }

  /** In the background: nobody's permit waits for the coordinator. */
  #announceBucket(): void {
    const nowMs = Date.now();
    const isSoon = Math.abs(nowMs - this.#bucketAnnouncedAt) < ANNOUNCE_PAUSE_MS;
    if (!this.#mustAnnounce || isSoon) return;
    this.#bucketAnnouncedAt = nowMs;
    this.#announcing = this.#announce([]).then(
      () => undefined,
      (cause: unknown) => console.error(`${this.#name}: its bucket is not announced`, cause),
    );
    this.ctx.waitUntil(this.#announcing);
  }

  /** Undefined from a coordinator that has no such log yet. */
  #hearOf(cacheHead = 0): void {
    this.#cacheHead = Math.max(this.#cacheHead, cacheHead);
  }

  #withTally(view: LimitView | null): LimitView | null {
    return view && withTally(view, this.#state.tally);
  }

  async #commit(reports: readonly ShardReport[]): Promise<readonly Verdict[]> {
    if (this.#announcing !== undefined) {
      await this.#announcing;
      this.#announcing = undefined;
    }
    while (this.#mustAnnounce && !this.#isPausing()) {
      const refused = await this.#announce(reports);
      if (refused !== undefined) return refused;
    }
    if (this.#mustAnnounce && this.#state.isNew) {
      throw new Error("the coordinator could not be reached a moment ago");
    }
    const nowMs = Date.now();
    const verdicts = this.#state.commit(reports, nowMs);
    this.#exemplars.note(reports, verdicts, (name) => this.#state.countedAs(name), nowMs);
    return verdicts;
  }

  /** Whether an announcement failed a moment ago. A clock that went back ends the pause. */
  #isPausing(): boolean {
    const restMs = this.#announceNotBefore - Date.now();
    return restMs > 0 && restMs <= ANNOUNCE_PAUSE_MS;
  }

  /** @returns verdicts if the group must not be counted; undefined if it may. */
  async #announce(reports: readonly ShardReport[]): Promise<readonly Verdict[] | undefined> {
    // Before the call: if the coordinator lets go of this shard while it answers, another follows.
    this.#mustAnnounce = false;
    this.#announcements += 1;
    try {
      const coordinator = this.env.COORDINATOR.getByName(parseShardName(this.#name).tenant);
      const timings = reports.reduce((sum, { content }) => sum + timingsOffered(content), 0);
      const refused: RejectionCounts = {};
      for (const report of reports) addRejections(refused, report.refused);
      const call: PromiseLike<AnnounceAnswer> = coordinator.announce(this.#name, timings, refused);
      const answer = await withDeadline(call, ANNOUNCE_DEADLINE_MS, "the coordinator's answer");
      if (!answer.admitted) {
        this.#mustAnnounce = true;
        return reports.map((report) => notAdmitted(report));
      }
      this.#isWatched = answer.watched;
      this.#hearOf(answer.cacheHead);
      return undefined;
    } catch (cause) {
      console.error(`${this.#name}: the coordinator cannot be reached`, cause);
      this.#mustAnnounce = true;
      // A shard that is known counts on, and its alarm announces it; one that is not must not
      // keep timings to itself that nobody would ever ask for.
      this.#announceNotBefore = Date.now() + ANNOUNCE_PAUSE_MS;
      if (!this.#state.isNew || this.#permits.hasNews) {
        await this.ctx.storage.setAlarm(this.#announceNotBefore);
      }
      if (this.#state.isNew) throw cause;
      return undefined;
    } finally {
      this.#announcements -= 1;
    }
  }
}

function notAdmitted(report: ShardReport): Verdict {
  const { content } = report;
  const rejected = { too_many_targets: timingsOffered(content) };
  const reason = "too_many_targets";
  // Entries of a delta may hold measures alone, of which the timings say nothing.
  const rejectedAt =
    content.kind === "histograms"
      ? readDelta(new ByteReader(content.delta)).map(({ aggregate: { count } }, position) => {
          return { position, reason, count } as const;
        })
      : Array.from({ length: rejected.too_many_targets }, (_, position) => {
          return { position, reason } as const;
        });
  return { ok: true, accepted: 0, duplicate: false, rejected, rejectedAt };
}
