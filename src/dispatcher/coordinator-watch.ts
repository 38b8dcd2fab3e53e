import { timeText } from "../time-text.ts";
import type { CoordinatorBeat } from "../wire/dispatcher-rpc.ts";
import type { ChannelBook } from "./channel-book.ts";
import type { DispatcherMemory } from "./dispatch-store.ts";
import { errorText } from "./error-text.ts";
import type { DispatcherOptions } from "./ports.ts";
import { channelsFor, type SystemIncident, systemItems } from "./system-notice.ts";
import { within } from "./within.ts";

/** How long the coordinator has to answer when it is called. */
const WAKE_TIMEOUT_MS = 10_000;

/** How long it then has to give a sign of life. */
export const WAKE_PATIENCE_MS = 30_000;

/**
 * The watchdog over the coordinator. With each sign of life the coordinator says when the next one
 * will have come. If it is late by `delivery.watchdogMs` it is called; if it cannot be reached, or
 * gives no sign within {@link WAKE_PATIENCE_MS}, that is told, once, and again when it is back.
 */
export class CoordinatorWatch {
  readonly #options: DispatcherOptions;
  readonly #book: ChannelBook;
  readonly #tell: (items: ReturnType<typeof systemItems>) => void;
  #isWaking = false;

  /** @param tell - takes entries into the queues. */
  constructor(
    options: DispatcherOptions,
    book: ChannelBook,
    tell: (items: ReturnType<typeof systemItems>) => void,
  ) {
    this.#options = options;
    this.#book = book;
    this.#tell = tell;
  }

  get latest(): CoordinatorBeat | null {
    return this.#options.store.recall("beat")?.beat ?? null;
  }

  /** Takes note of a sign of life. */
  note(beat: CoordinatorBeat): void {
    const { store, now, tenant } = this.#options;
    const nowMs = now();
    const watch = store.recall("watch");
    if (watch?.told !== undefined && watch.told !== null) {
      const channels = watch.told.channels.filter((name) => this.#book.hearsOfEnds(name));
      this.#tell(systemItems(incidentOf(tenant, watch.told.at), channels, nowMs, nowMs));
    }
    if (watch !== undefined) store.remember("watch", undefined);
    store.remember("beat", { beat, receivedAt: nowMs });
  }

  /** Whether the coordinator gives its signs of life, or said that it sleeps. */
  isWell(nowMs: number): boolean {
    const { store } = this.#options;
    if (store.recall("beat") === undefined) return false;
    return store.recall("watch") === undefined && nowMs < this.#overdueAt(nowMs);
  }

  nextRunAt(nowMs: number): number {
    const { store, config } = this.#options;
    const watch = store.recall("watch");
    if (watch === undefined) return this.#overdueAt(nowMs);
    const pauseMs = watch.told === null ? WAKE_PATIENCE_MS : config.delivery.watchdogMs;
    return Math.min(watch.wokenAt, nowMs) + pauseMs;
  }

  /** Calls the coordinator and tells what has to be told, if it is time. */
  run(nowMs: number): void {
    const { store } = this.#options;
    const stored = store.recall("beat");
    if (stored === undefined) return;
    if (stored.receivedAt > nowMs) store.remember("beat", { ...stored, receivedAt: nowMs });
    const watch = store.recall("watch");
    if (watch === undefined) {
      if (nowMs >= this.#overdueAt(nowMs)) this.#wake({ wokenAt: nowMs, told: null });
      return;
    }
    if (watch.wokenAt > nowMs) store.remember("watch", { ...watch, wokenAt: nowMs });
    if (nowMs < this.nextRunAt(nowMs)) return;
    if (watch.told === null) this.#tellStalled("it gave no sign of life after it was called");
    else this.#wake({ ...watch, wokenAt: nowMs });
  }

  /** By this object's clock: when the sign of life came, and how long after it the next was due. */
  #overdueAt(nowMs: number): number {
    const { store, config } = this.#options;
    const stored = store.recall("beat");
    if (stored === undefined || stored.beat.nextTickAt === null) return Infinity;
    const untilNextMs = Math.max(0, stored.beat.nextTickAt - stored.beat.at);
    return Math.min(stored.receivedAt, nowMs) + untilNextMs + config.delivery.watchdogMs;
  }

  #wake(watch: DispatcherMemory["watch"]): void {
    const { store, startTimer, wakeCoordinator, keepAlive, onChange, tenant } = this.#options;
    store.remember("watch", watch);
    if (this.#isWaking) return;
    this.#isWaking = true;
    const work = within(startTimer, WAKE_TIMEOUT_MS, () => wakeCoordinator())
      .catch((cause: unknown) => {
        console.error(`${tenant}: the coordinator is late and cannot be called`, cause);
        this.#tellStalled(`it cannot be called: ${errorText(cause)}`);
      })
      .catch((cause: unknown) => {
        console.error(`${tenant}: that the coordinator stands still was not stored`, cause);
      })
      .finally(() => {
        this.#isWaking = false;
        onChange();
      });
    keepAlive(work);
  }

  #tellStalled(why: string): void {
    const { store, now, tenant } = this.#options;
    const watch = store.recall("watch");
    const stored = store.recall("beat");
    // A sign of life may have come in the meantime.
    if (watch === undefined || watch.told !== null || stored === undefined) return;
    const incident = incidentOf(tenant, stored.receivedAt, why);
    const channels = channelsFor(this.#book, incident);
    console.error(
      `${tenant}: the coordinator has not ticked since ${timeText(incident.since)}: ${why}`,
    );
    this.#tell(systemItems(incident, channels, now(), null));
    store.remember("watch", { ...watch, told: { at: incident.since, channels } });
  }
}

function incidentOf(tenant: string, since: number, why = "it is back"): SystemIncident {
  return {
    tenant,
    rule: "coordinator-stalled",
    target: "coordinator",
    severity: "CRITICAL",
    since,
    detail: {
      en: `The coordinator has not ticked though it should have: ${why}. No rule is evaluated until it does.`,
      "pt-BR": `O coordenador deveria ter rodado e não rodou: ${why}. Nenhuma regra é avaliada até que ele rode.`,
    },
    action: {
      en: "Look at GET /health/deep and at the Worker's log.",
      "pt-BR": "Veja GET /health/deep e o log do Worker.",
    },
  };
}
