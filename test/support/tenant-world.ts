import { alarmToSet } from "../../src/alarm-to-set.ts";
import { DEFAULT_RULES } from "../../src/alerts/default-rules.ts";
import {
  parseConfig,
  type TachographConfig,
  type TachographConfigInput,
} from "../../src/config.ts";
import { keptFrom } from "../../src/coordinator/retention.ts";
import { TenantCoordinator } from "../../src/coordinator/tenant-coordinator.ts";
import {
  coverRange,
  type AggregatePoint,
  type HistoryStep,
  overlay,
  type RollupRow,
  rowsIn,
  toPoints,
  withRetention,
} from "../../src/merge/history.ts";
import type { SeriesName } from "../../src/merge/series-name.ts";
import { ShardState, type Verdict } from "../../src/merge/shard-state.ts";
import { decodeSlotList, sumSlots } from "../../src/merge/slot-list.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../../src/wire/horizon.ts";
import type { CollectAnswer, CollectRequest } from "../../src/wire/shard-rpc.ts";
import { columnsOf, type ReportedTiming } from "./columns.ts";
import { FakeDispatcher } from "./fake-dispatcher.ts";
import { MemoryAlertStore } from "./memory-alert-store.ts";
import { MemoryArchive } from "./memory-archive.ts";
import type { FakeOtlpSink } from "./fake-otlp-sink.ts";
import { MemoryInvalidationLog, type StoredInvalidations } from "./memory-invalidation-log.ts";
import { MemoryOtlpOutbox, noPushes, type StoredPushes } from "./memory-otlp-outbox.ts";
import { MemoryRollupSink } from "./memory-rollup-sink.ts";
import { MemoryShardStore } from "./memory-shard-store.ts";
import { MemoryTenantStore } from "./memory-tenant-store.ts";
import { PlainList } from "./plain-list.ts";

export const TENANT = "acme";

/** Without rules a tenant that is left alone sleeps at once: what is tested of them says so. */
const NO_RULES = Object.fromEntries(DEFAULT_RULES.map(({ name }) => [name, false as const]));

/** What goes wrong when the coordinator asks a shard. */
export type CollectFault = "no_answer" | "answer_lost";

interface Report {
  readonly sequence: number;
  readonly timings: readonly ReportedTiming[];
}

/** A reporter, which sends one report at a time to the one shard it always comes to. */
interface Reporter {
  readonly name: string;
  readonly shard: WorldShard;
  sequence: number;
  last: Report | undefined;
  isAcknowledged: boolean;
}

/** A shard's object: what is in its storage, and what it knows while it is awake. */
class WorldShard {
  readonly name: string;
  readonly target: string;
  readonly store = new MemoryShardStore();
  state: ShardState | undefined;
  mustAnnounce = true;
  /** The outcomes that it took in, in order, each with the log row that it came in. */
  readonly outcomes: { readonly row: number; readonly outcome: number }[] = [];
  faults: CollectFault[] = [];
  /** Runs when an answer is made and not yet received. */
  meanwhile: (() => void)[] = [];
  /** What it was asked lately, the newest first. */
  requests: CollectRequest[] = [];
  /** What it tells of its target's bucket. */
  limit: CollectAnswer["limit"];
  /** The same, asked for with every answer. */
  tellLimit: (() => CollectAnswer["limit"]) | undefined;

  constructor(target: string, k: number) {
    this.name = `${TENANT}/${target}#${k}`;
    this.target = target;
  }

  awake(config: TachographConfig): ShardState {
    this.state ??= new ShardState(this.store, config.maxOperationsPerTarget);
    return this.state;
  }

  evict(): void {
    this.state = undefined;
    this.mustAnnounce = true;
  }
}

/**
 * A tenant as it lives in production, without a runtime: shards and a coordinator over storage
 * that outlives them, an alarm that outlives the coordinator, and D1. The shells of the objects
 * are repeated here as they are in `durable-objects/`; what is under test is the core.
 */
export class TenantWorld {
  nowMs: number;
  readonly list = new PlainList();
  readonly sink = new MemoryRollupSink();
  readonly store = new MemoryTenantStore();
  readonly alertStore = new MemoryAlertStore();
  readonly invalidations: StoredInvalidations = { head: 0, dropped: 0, entries: [] };
  readonly archive = new MemoryArchive();
  readonly pushes: StoredPushes = noPushes();
  /** Where totals are pushed to, from the next life of the coordinator on; nowhere by default. */
  collector: FakeOtlpSink | undefined;
  readonly dispatcher = new FakeDispatcher(() => this.nowMs);
  readonly config: TachographConfig;
  readonly shards: readonly WorldShard[];
  readonly reporters: readonly Reporter[];
  offered = 0;
  duplicates = 0;
  alarms = 0;
  #life = 0;
  #ids = 0;
  #idPrefix = "id";
  #alarmAt: number | null = null;
  #coordinator: TenantCoordinator | undefined;

  constructor(nowMs: number, config: TachographConfigInput = {}) {
    this.nowMs = nowMs;
    this.config = parseConfig({ alerts: { rules: NO_RULES }, ...config });
    const [meta0, meta1, google] = [
      new WorldShard("meta", 0),
      new WorldShard("meta", 1),
      new WorldShard("google", 0),
    ];
    this.shards = [meta0, meta1, google];
    const reporter = (name: string, shard: WorldShard): Reporter => ({
      name,
      shard,
      sequence: 0,
      last: undefined,
      isAcknowledged: true,
    });
    this.reporters = [
      reporter("edge-a", meta0),
      reporter("edge-b", meta1),
      reporter("edge-c", meta0),
      reporter("edge-d", google),
    ];
  }

  get alarmAt(): number | null {
    return this.#alarmAt;
  }

  get isCoordinatorAwake(): boolean {
    return this.#coordinator !== undefined;
  }

  get coordinator(): TenantCoordinator {
    this.#coordinator ??= new TenantCoordinator({
      tenant: TENANT,
      epoch: `life-${(this.#life += 1)}`,
      config: this.config,
      store: this.store,
      alertStore: this.alertStore,
      atomically: (run) => this.alertStore.atomically(run),
      invalidations: new MemoryInvalidationLog(this.invalidations),
      // As an RPC: what fails there rejects here, and later.
      dispatcher: { handOver: async (request) => this.dispatcher.handOver(request) },
      archive: this.archive,
      otlpExport: this.collector && {
        kind: "push",
        version: "1.2.3",
        outbox: new MemoryOtlpOutbox(this.pushes),
        sink: this.collector,
        random: () => 0.5,
        // Nothing hangs here.
        startTimer: () => () => undefined,
      },
      newId: () => `${this.#idPrefix}-${(this.#ids += 1)}`,
      shards: { collect: (name, request) => this.#collect(name, request) },
      rollups: this.sink,
      now: () => this.nowMs,
    });
    return this.#coordinator;
  }

  /** What random identifiers begin with from now on. */
  nameIds(prefix: string): void {
    this.#idPrefix = prefix;
  }

  evictCoordinator(): void {
    this.#coordinator = undefined;
  }

  /** Sends a new report, unless the one before has no answer yet: that one is sent again. */
  report(reporter: Reporter, timings: readonly ReportedTiming[]): void {
    if (!reporter.isAcknowledged) return this.repeat(reporter);
    reporter.sequence += 1;
    reporter.last = { sequence: reporter.sequence, timings };
    reporter.isAcknowledged = false;
    this.#send(reporter, reporter.last, true);
  }

  /** Sends the last report once more. */
  repeat(reporter: Reporter): void {
    if (reporter.last !== undefined) this.#send(reporter, reporter.last, !reporter.isAcknowledged);
  }

  /** The coordinator's alarm, as the object's `alarm()` has it. */
  async alarm(): Promise<void> {
    this.alarms += 1;
    this.#alarmAt = null;
    await this.coordinator.tick();
    await this.coordinator.carryMessages();
    await this.coordinator.carryHistory();
    await this.coordinator.pushTotals();
    this.arm();
  }

  /** Lets time pass; alarms go off at their time. */
  async pass(durationMs: number): Promise<void> {
    const until = this.nowMs + durationMs;
    while (this.#alarmAt !== null && this.#alarmAt <= until) {
      this.nowMs = Math.max(this.nowMs, this.#alarmAt);
      await this.alarm();
    }
    this.nowMs = Math.max(this.nowMs, until);
  }

  /** The clock shows another time at once; an alarm that is past due goes off late. */
  async jump(durationMs: number): Promise<void> {
    this.nowMs += durationMs;
    if (this.#alarmAt !== null && this.#alarmAt <= this.nowMs) await this.alarm();
  }

  /** Goes from alarm to alarm until the coordinator sleeps, at most `limit` times. */
  async untilAsleep(limit: number): Promise<void> {
    for (let i = 0; i < limit && this.#alarmAt !== null; i++) {
      await this.pass(Math.max(this.#alarmAt - this.nowMs, 0));
    }
    if (this.#alarmAt !== null) throw new Error(`still awake after ${limit} alarms`);
  }

  /** History as `/v1/history` puts it together, of one series. */
  history(
    series: SeriesName,
    range: { readonly from: number; readonly to: number; readonly step: HistoryStep },
  ): AggregatePoint[] {
    const segments = withRetention(
      coverRange(range.from, range.to, range.step),
      keptFrom(this.config.retention, this.nowMs),
    );
    const unsettled: RollupRow[] = this.coordinator
      .unsettled(series, range.from, range.to)
      .map(({ stepMs, at, part, body }) => ({
        stepMs,
        at,
        part,
        aggregate: sumSlots(decodeSlotList(body)),
      }));
    const stored = rowsIn(segments, this.sink.read(series));
    return toPoints(overlay(stored, rowsIn(segments, unsettled)), range);
  }

  /** Sets the one alarm, as the coordinator's object does. */
  arm(): void {
    const at = alarmToSet(this.#alarmAt, this.coordinator.nextAlarmAt(), this.nowMs);
    if (at !== undefined) this.#alarmAt = at;
  }

  #send(reporter: Reporter, { sequence, timings }: Report, isNew: boolean): void {
    const { shard } = reporter;
    const state = shard.awake(this.config);
    if (shard.mustAnnounce) {
      const answer = this.coordinator.announce(shard.name, timings.length);
      this.arm();
      if (!answer.admitted) throw new Error("the world has fewer targets than it may");
      shard.mustAnnounce = false;
    }
    const content = { kind: "timings" as const, columns: columnsOf(timings, this.nowMs) };
    const report = { reporter: reporter.name, sequence, content, givenUp: 0, refused: {} };
    let verdict: Verdict | undefined;
    try {
      [verdict] = state.commit([report], this.nowMs);
    } catch (cause) {
      // Storage did not take it: the reporter gets no acknowledgement, and sends it again.
      if (cause instanceof Error && cause.message === "the disk is full") return;
      throw cause;
    }
    this.#judge(reporter, timings, verdict, isNew);
  }

  /** Checks what a report was answered, and writes what it counted into the plain list. */
  #judge(
    reporter: Reporter,
    timings: readonly ReportedTiming[],
    verdict: Verdict | undefined,
    isNew: boolean,
  ): void {
    if (verdict?.ok !== true) throw new Error("a valid report was called invalid");
    reporter.isAcknowledged = true;
    this.offered += timings.length;
    if (verdict.duplicate === isNew) throw new Error(`duplicate is ${String(verdict.duplicate)}`);
    if (!isNew) {
      this.duplicates += timings.length;
      if (verdict.accepted !== 0) throw new Error("a repeat was counted");
      return;
    }
    const taken = timings.filter(
      ({ at }) => at >= this.nowMs - MAX_AGE_MS && at <= this.nowMs + MAX_AHEAD_MS,
    );
    if (verdict.accepted !== taken.length) {
      throw new Error(`${verdict.accepted} accepted instead of ${taken.length}`);
    }
    const { target, outcomes, state } = reporter.shard;
    const row = state?.head ?? Number.NaN;
    for (const timing of taken) {
      this.list.add({ target, ...timing });
      outcomes.push({ row, outcome: timing.outcome });
    }
  }

  async #collect(name: string, request: CollectRequest): Promise<CollectAnswer> {
    await Promise.resolve();
    const shard = this.shards.find((one) => one.name === name);
    if (shard === undefined) throw new Error(`there is no ${name}`);
    const fault = shard.faults.shift();
    if (fault === "no_answer") throw new Error(`${name} does not answer`);
    const answer = this.deliver(shard, request);
    for (const run of shard.meanwhile.splice(0)) run();
    await Promise.resolve();
    if (fault === "answer_lost") throw new Error(`${name}'s answer was lost`);
    return answer;
  }

  /** What the shard's object does with a request. */
  deliver(shard: WorldShard, request: CollectRequest): CollectAnswer {
    const state = shard.awake(this.config);
    shard.requests = [request, ...shard.requests.slice(0, 7)];
    const limit = shard.tellLimit?.() ?? shard.limit;
    const answer = structuredClone({ ...state.collect(request, this.nowMs), limit });
    if (request.dormant && answer.to === state.head) shard.mustAnnounce = true;
    return answer;
  }
}
