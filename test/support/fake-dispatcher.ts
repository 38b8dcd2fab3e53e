import type { Notification } from "../../src/notify/notice.ts";
import type {
  CoordinatorBeat,
  DispatcherHealth,
  HandOver,
  HandOverAnswer,
} from "../../src/wire/dispatcher-rpc.ts";

/** What a dispatcher is to a coordinator: it knows what it was handed by the ids. */
export class FakeDispatcher {
  readonly taken = new Map<string, Notification>();
  readonly beats: CoordinatorBeat[] = [];
  /** How many of the next hand-overs fail, before or after they were taken. */
  failures: ("before" | "after")[] = [];
  /** What it says of itself. */
  health: Partial<DispatcherHealth> = {};
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  handOver({ beat, notifications }: HandOver): HandOverAnswer {
    const failure = this.failures.shift();
    if (failure === "before") throw new Error("the dispatcher does not answer");
    this.beats.push(beat);
    for (const one of structuredClone(notifications)) {
      if (!this.taken.has(one.id)) this.taken.set(one.id, one);
    }
    if (failure === "after") throw new Error("the dispatcher's answer was lost");
    const at = this.#now();
    const health: DispatcherHealth = {
      at,
      ranAt: at,
      nextRunAt: null,
      lastError: null,
      channels: [],
      beat,
      heartbeatAt: null,
      heartbeatError: null,
      reportsError: null,
      ...this.health,
    };
    return { accepted: notifications.length, health };
  }
}
