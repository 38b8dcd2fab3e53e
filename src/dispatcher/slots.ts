import { mayHang } from "./channel-state.ts";
import type { ChannelRecord } from "./dispatch-store.ts";

/** A message under way. */
interface Slot {
  readonly key: string;
  /** Until when at the latest. */
  readonly until: number;
  readonly mayHang: boolean;
}

/**
 * Which channels have a message under way, at most so many at a time. Those that failed lately have
 * half of the places at most, but at least one: however many receivers hang, the others' messages
 * find a place at once.
 */
export class Slots {
  readonly #total: number;
  readonly #slots = new Map<string, Slot>();

  /** @param total - messages at a time. */
  constructor(total: number) {
    this.#total = total;
  }

  /** The message that a channel has under way. */
  get(channel: string): Slot | undefined {
    return this.#slots.get(channel);
  }

  /** When a channel that has none under way finds a place: 0 if there is one now. */
  freeAt(record: ChannelRecord): number {
    const all = [...this.#slots.values()];
    const half = Math.max(1, Math.floor(this.#total / 2));
    const freeAt = placeAt(all, this.#total);
    if (!mayHang(record)) return freeAt;
    return Math.max(
      freeAt,
      placeAt(
        all.filter((slot) => slot.mayHang),
        half,
      ),
    );
  }

  begin(record: ChannelRecord, key: string, until: number): void {
    this.#slots.set(record.channel, { key, until, mayHang: mayHang(record) });
  }

  end(channel: string): void {
    this.#slots.delete(channel);
  }
}

function placeAt(slots: readonly Slot[], places: number): number {
  return slots.length < places ? 0 : Math.min(...slots.map(({ until }) => until));
}
