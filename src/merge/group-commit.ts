/**
 * Calls back after the given time, unless the function that it returns is called before. The shell
 * passes a real timer, a test its own.
 */
export type StartTimer = (callback: () => void, durationMs: number) => () => void;

/** Most reports in one group: bounds the memory, and the size of a log row. */
const MAX_GROUP_REPORTS = 256;

/** Most reports that wait for their commit: beyond it storage does not keep up with what comes. */
const MAX_WAITING_REPORTS = 64 * MAX_GROUP_REPORTS;

/** How long a sender that was heard from is expected to report again. */
const ACTIVE_MS = 1_000;

interface Waiting<Report, Answer> {
  readonly report: Report;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: unknown) => void;
}

export interface GroupCommitOptions<Report, Answer> {
  /** Commits a group at once and answers each report, in order. */
  readonly commit: (reports: readonly Report[]) => Promise<readonly Answer[]> | readonly Answer[];
  /** Who sent a report, or undefined for an anonymous one. */
  readonly senderOf: (report: Report) => string | undefined;
  /** How much of a group's room a report takes, in timings. */
  readonly weightOf: (report: Report) => number;
  /** The room of a group, in timings. */
  readonly maxWeight: number;
  /** How long the first report of a group may wait for company. */
  readonly lingerMs: () => number;
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

/**
 * Gathers reports that arrive together, so that they share one commit. A group closes when its
 * linger is over, when it is full, before a report that it has no room for, when somebody wants what
 * waits ({@link GroupCommit.flush}), or as soon as everybody who reported in the last second is in it:
 * each sender has one report under way at a time, so there is nobody left to wait for. A lone sender therefore never waits, and many senders cost one row for
 * all. Nobody waits for anonymous reports, as nobody knows whether more of them come; they wait for
 * the senders.
 */
export class GroupCommit<Report, Answer> {
  readonly #options: GroupCommitOptions<Report, Answer>;
  /** By sender: when the last group that it was in was opened. */
  readonly #lastHeard = new Map<string, number>();
  #openedAt = 0;
  #group: Waiting<Report, Answer>[] = [];
  #senders = new Set<string>();
  #weight = 0;
  #waiting = 0;
  #stopTimer: (() => void) | undefined;
  #prunedAt = 0;
  #committing: Promise<void> = Promise.resolve();

  constructor(options: GroupCommitOptions<Report, Answer>) {
    this.#options = options;
  }

  /**
   * Resolves with the report's answer when its group is committed; rejects if the commit threw, or
   * at once if too many wait already.
   */
  submit(report: Report): Promise<Answer> {
    if (this.#waiting >= MAX_WAITING_REPORTS) {
      return Promise.reject(new Error(`${this.#waiting} reports wait to be stored already`));
    }
    return new Promise((resolve, reject) => {
      const weight = this.#options.weightOf(report);
      this.#waiting += 1;
      if (this.#weight + weight > this.#options.maxWeight && this.#group.length > 0) this.#close();
      const isFirst = this.#group.length === 0;
      if (isFirst) this.#openedAt = this.#options.now();
      this.#group.push({ report, resolve, reject });
      this.#weight += weight;
      this.#hear(this.#options.senderOf(report));
      const lingerMs = isFirst ? this.#options.lingerMs() : Infinity;
      if (lingerMs <= 0 || this.#isFull() || this.#everybodyIsHere()) this.#close();
      else if (isFirst) this.#stopTimer = this.#options.startTimer(() => this.#close(), lingerMs);
    });
  }

  /**
   * Closes the open group now. Resolves when every report that was submitted before is answered, or
   * its commit has failed; it never rejects. What is submitted after the call is not waited for.
   */
  flush(): Promise<void> {
    if (this.#group.length > 0) this.#close();
    return this.#committing;
  }

  #hear(sender: string | undefined): void {
    if (sender === undefined) return;
    this.#senders.add(sender);
    this.#lastHeard.set(sender, this.#openedAt);
  }

  #isFull(): boolean {
    return this.#group.length >= MAX_GROUP_REPORTS || this.#weight >= this.#options.maxWeight;
  }

  #everybodyIsHere(): boolean {
    if (this.#senders.size >= this.#lastHeard.size) return true;
    const nowMs = this.#openedAt;
    // A look at every sender with every report would cost more than the report itself.
    if (Math.abs(nowMs - this.#prunedAt) < ACTIVE_MS / 10) return false;
    this.#prunedAt = nowMs;
    for (const [sender, at] of this.#lastHeard) {
      if (Math.abs(nowMs - at) > ACTIVE_MS) this.#lastHeard.delete(sender);
    }
    return this.#senders.size >= this.#lastHeard.size;
  }

  #close(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const group = this.#group;
    this.#group = [];
    this.#senders = new Set();
    this.#weight = 0;
    this.#committing = this.#committing.then(() => this.#commit(group));
  }

  async #commit(group: readonly Waiting<Report, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.commit(group.map(({ report }) => report));
      for (const [i, waiting] of group.entries()) {
        const answer = answers[i];
        if (answer === undefined) waiting.reject(new Error("the commit gave no answer"));
        else waiting.resolve(answer);
      }
    } catch (cause) {
      for (const { reject } of group) reject(cause);
    } finally {
      this.#waiting -= group.length;
    }
  }
}
