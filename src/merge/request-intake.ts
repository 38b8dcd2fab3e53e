import type { RejectionReason } from "../wire/report.ts";
import type { Delta } from "./delta.ts";
import {
  type RecentRequests,
  requestKey,
  type RequestMark,
  type RequestStatus,
} from "./recent-requests.ts";

/** What is to be done with the delta of a request. */
interface SortedRequest {
  readonly fresh: Delta;
  /** Some of it came before. */
  readonly isKnown: boolean;
  /** How many timings came before. */
  readonly repeatedTimings: number;
  /** Entries of which nobody knows any more whether they came before. */
  readonly rejectedAt: readonly {
    readonly position: number;
    readonly reason: RejectionReason;
    readonly count: number;
  }[];
}

/** Takes in the requests without a reporter of one group commit. It changes nothing outside itself. */
export class RequestIntake {
  readonly #known: RecentRequests;
  readonly #marks = new Map<string, RequestMark>();

  constructor(known: RecentRequests) {
    this.#known = known;
  }

  /** What is to be stored. */
  get marks(): readonly RequestMark[] {
    return [...this.#marks.values()];
  }

  /**
   * Each slot of a request counts once: what is sent again may lack slots that were too old by then.
   * @param request what it is known by.
   */
  take(request: string, delta: Delta): SortedRequest {
    const statuses = delta.map(({ slotStart }) => this.#statusOf({ request, slotStart }));
    const fresh = delta.filter((_, position) => statuses[position] === "new");
    for (const { slotStart } of fresh) {
      const mark = { request, slotStart };
      this.#marks.set(requestKey(mark), mark);
    }
    let repeatedTimings = 0;
    const rejectedAt: SortedRequest["rejectedAt"][number][] = [];
    for (const [position, { aggregate }] of delta.entries()) {
      const { count } = aggregate;
      if (statuses[position] === "repeat") repeatedTimings += count;
      if (statuses[position] !== "too_old") continue;
      rejectedAt.push({ position, reason: "too_old", count });
    }
    return { fresh, isKnown: statuses.includes("repeat"), repeatedTimings, rejectedAt };
  }

  #statusOf(mark: RequestMark): RequestStatus {
    return this.#marks.has(requestKey(mark)) ? "repeat" : this.#known.statusOf(mark);
  }
}
