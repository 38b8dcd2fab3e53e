import { GroupCommit } from "../../src/merge/group-commit.ts";
import { ReportPace } from "../../src/merge/report-pace.ts";
import { MAX_ROW_WEIGHT, rowWeight } from "../../src/merge/row-weight.ts";
import type { ShardReport } from "../../src/wire/shard-rpc.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Shards in virtual time: the product's group commit over storage that takes so long to be sure. */
export class SimulatedShard {
  /** Log rows so far. */
  commits = 0;
  readonly #clock: VirtualClock;
  readonly #group: GroupCommit<ShardReport, true>;
  readonly #pace = new ReportPace();
  /** Stored, and not collected. */
  #stored: ShardReport[] = [];

  constructor(clock: VirtualClock, lingerMs: number, commitMs: number) {
    this.#clock = clock;
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

  async #commit(reports: readonly ShardReport[], commitMs: number): Promise<readonly true[]> {
    this.commits += 1;
    if (commitMs > 0) await this.#clock.sleep(commitMs);
    this.#stored.push(...reports);
    return reports.map(() => true);
  }
}
