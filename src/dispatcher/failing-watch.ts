import { HOUR_MS, MINUTE_MS } from "../merge/slot-time.ts";
import { REFUSALS_UNTIL_FAILING } from "../wire/dispatcher-rpc.ts";
import type { ChannelBook } from "./channel-book.ts";
import { type ChannelRecord, type FailingIncident, newChannelRecord } from "./dispatch-store.ts";
import type { QueueItem } from "./dispatch-store.ts";
import type { DispatcherOptions } from "./ports.ts";
import { channelsFor, type SystemIncident, systemItems } from "./system-notice.ts";

/** A receiver may be away for so long before the other channels are told. */
export const TELL_FAILING_AFTER_MS = 15 * MINUTE_MS;

/** From the beginning of one incident of a channel to that of its next: what flaps is told so often. */
export const FAILING_PAUSE_MS = HOUR_MS;

/** After storage failed, how long until the next try. */
const STORAGE_PAUSE_MS = 1_000;

/**
 * Tells the other channels of one that does not deliver: at once if its receiver refuses the channel
 * or one message after another, else when its attempts failed for {@link TELL_FAILING_AFTER_MS}. Once
 * for each incident, and to the same channels when it delivers again. A channel that is broken itself
 * has it in its queue like any other message.
 */
export class FailingWatch {
  readonly #options: DispatcherOptions;
  readonly #book: ChannelBook;
  readonly #take: (items: readonly QueueItem[]) => void;
  #ranAt = -Infinity;

  /** @param take - takes entries into the queues. */
  constructor(
    options: DispatcherOptions,
    book: ChannelBook,
    take: (items: readonly QueueItem[]) => void,
  ) {
    this.#options = options;
    this.#book = book;
    this.#take = take;
  }

  /** When {@link run} has something to tell; Infinity as long as no channel fails. */
  nextRunAt(nowMs: number): number {
    const told = this.#told();
    const ends = Object.entries(told).some(([name, one]) => this.#hasEnded(name, one));
    const begins = this.#book
      .ready()
      .map(({ name }) => this.#tellsAt(this.#recordOf(name), told[name], nowMs));
    const at = ends ? nowMs : Math.min(...begins, Infinity);
    return Math.max(at, Math.min(this.#ranAt, nowMs) + STORAGE_PAUSE_MS);
  }

  /** Tells what has to be told now. */
  run(nowMs: number): void {
    this.#ranAt = nowMs;
    const { store } = this.#options;
    const told = this.#told();
    const before = JSON.stringify(told);
    for (const [name, one] of Object.entries(told)) {
      if (this.#hasEnded(name, one)) {
        this.#tellEnd(name, one, nowMs);
        told[name] = { ...one, endedAt: nowMs };
      } else if (one.endedAt !== null && nowMs >= pauseEnd(one, nowMs)) {
        delete told[name];
      }
    }
    for (const { name } of this.#book.ready()) {
      const record = this.#recordOf(name);
      if (nowMs >= this.#tellsAt(record, told[name], nowMs)) {
        told[name] = this.#tellBeginning(record, nowMs);
      }
    }
    if (JSON.stringify(told) !== before) store.remember("failing", told);
  }

  #told(): Record<string, FailingIncident> {
    return { ...this.#options.store.recall("failing") };
  }

  #recordOf(name: string): ChannelRecord {
    return this.#options.store.loadChannel(name) ?? newChannelRecord(name);
  }

  /** A message that is refused is no end: nothing has arrived. */
  #hasEnded(name: string, { endedAt }: FailingIncident): boolean {
    if (endedAt !== null) return false;
    const { failures, refused, isDisabled } = this.#recordOf(name);
    return !this.#book.has(name) || (failures === 0 && refused === 0 && !isDisabled);
  }

  #tellsAt(record: ChannelRecord, last: FailingIncident | undefined, nowMs: number): number {
    if (last?.endedAt === null) return Infinity;
    const pausedUntil = last === undefined ? 0 : pauseEnd(last, nowMs);
    const { failingSince, failures } = record;
    if (isRefused(record)) return Math.max(nowMs, pausedUntil);
    if (failures === 0 || failingSince === null) return Infinity;
    return Math.max(failingSince + TELL_FAILING_AFTER_MS, pausedUntil);
  }

  #tellBeginning(record: ChannelRecord, nowMs: number): FailingIncident {
    const at = record.failingSince ?? nowMs;
    const { tenant } = this.#options;
    const incident = incidentOf(tenant, record.channel, at, detailOf(record));
    const channels = channelsFor(this.#book, incident);
    console.error(`${tenant}: ${incident.detail.en}`);
    this.#take(systemItems(incident, channels, nowMs, null));
    return { at, channels, endedAt: null };
  }

  #tellEnd(name: string, { at, channels }: FailingIncident, nowMs: number): void {
    const incident = incidentOf(this.#options.tenant, name, at, {
      en: `The channel "${name}" did not deliver`,
      "pt-BR": `O canal "${name}" não entregava`,
    });
    const present = channels.filter((channel) => this.#book.hearsOfEnds(channel));
    this.#take(systemItems(incident, present, nowMs, nowMs));
  }
}

/** Waiting does not help: the receiver answers, and says no. */
function isRefused({ isDisabled, refused }: ChannelRecord): boolean {
  return isDisabled || refused >= REFUSALS_UNTIL_FAILING;
}

function pauseEnd({ at }: FailingIncident, nowMs: number): number {
  return Math.min(at, nowMs) + FAILING_PAUSE_MS;
}

function detailOf(record: ChannelRecord): SystemIncident["detail"] {
  const { channel, isDisabled, lastError } = record;
  const why = lastError === null ? "" : `: ${lastError}`;
  if (isDisabled) {
    return {
      en: `The channel "${channel}" is refused by its receiver until a setting changes${why}`,
      "pt-BR": `O canal "${channel}" é recusado pelo destinatário até que uma configuração mude${why}`,
    };
  }
  if (isRefused(record)) {
    return {
      en: `The receiver of the channel "${channel}" refuses every message${why}`,
      "pt-BR": `O destinatário do canal "${channel}" recusa todas as mensagens${why}`,
    };
  }
  const minutes = TELL_FAILING_AFTER_MS / MINUTE_MS;
  return {
    en: `Nothing has been delivered through the channel "${channel}" for ${minutes} min${why}`,
    "pt-BR": `Nada é entregue pelo canal "${channel}" há ${minutes} min${why}`,
  };
}

function incidentOf(
  tenant: string,
  name: string,
  since: number,
  detail: SystemIncident["detail"],
): SystemIncident {
  return {
    tenant,
    rule: "channel-failing",
    target: name,
    severity: "HIGH",
    since,
    detail,
    action: {
      en: `Look at lastError in GET /v1/channels, mend the secret or the receiver, then POST /v1/channels/${name}/test.`,
      "pt-BR": `Veja lastError em GET /v1/channels, corrija o segredo ou o destinatário e depois POST /v1/channels/${name}/test.`,
    },
  };
}
