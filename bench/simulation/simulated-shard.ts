import { GroupCommit } from "../../src/merge/group-commit.ts";
import { ReportPace } from "../../src/merge/report-pace.ts";
import { MAX_ROW_WEIGHT, rowWeight } from "../../src/merge/row-weight.ts";
import type { ShardReport } from "../../src/wire/shard-rpc.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What takes a shard its time: milliseconds. */
export interface ShardTimes {
  readonly lingerMs: number;
  readonly commitMs: number;
  /** How long a report keeps it busy, one at a time; no time if absent. */
  readonly serviceMs?: number | undefined;
}

/** A shard in virtual time: the product's group commit over storage that takes so long to be sure. */
export class SimulatedShard {
  /** Log rows so far. */
  commits = 0;
  readonly #clock: VirtualClock;
  readonly #serviceMs: number;
  readonly #group: GroupCommit<ShardReport, true>;
  readonly #pace = new ReportPace();
  /** Stored, and not collected. */
  #stored: ShardReport[] = [];
  #freeAt = 0;

  constructor(clock: VirtualClock, { lingerMs, commitMs, serviceMs = 0 }: ShardTimes) {
    this.#clock = clock;
    this.#serviceMs = serviceMs;
    this.#group = new GroupCommit({
      commit: (reports) => this.#commit(reports, commitMs),
      senderOf: ({ reporter }) => reporter,
      weightOf: rowWeight,
      maxWeight: MAX_ROW_WEIGHT,
      lingerMs: () => lingerMs,
      now: clock.now,
      startTimer: clock.startTimer,
    });
  }

  /** Resolves when it is stored, to whether the sender may hold a session open. */
  async report(report: ShardReport): Promise<boolean> {
    if (this.#serviceMs > 0) await this.#serve();
    const mayHold = this.#pace.note(this.#clock.now());
    await this.#group.submit(report);
    return mayHold;
  }

  /** Everything that was not collected, with what waits for company: see `TimingShard.collect`. */
  async collect(): Promise<readonly ShardReport[]> {
    await this.#group.flush();
    const stored = this.#stored;
    this.#stored = [];
    return stored;
  }

  /** In the order of arrival, one report after the other. */
  #serve(): Promise<void> {
    const nowMs = this.#clock.now();
    this.#freeAt = Math.max(this.#freeAt, nowMs) + this.#serviceMs;
    return this.#clock.sleep(this.#freeAt - nowMs);
  }

  async #commit(reports: readonly ShardReport[], commitMs: number): Promise<readonly true[]> {
    this.commits += 1;
    if (commitMs > 0) await this.#clock.sleep(commitMs);
    this.#stored.push(...reports);
    return reports.map(() => true);
  }
}
