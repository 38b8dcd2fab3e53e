import type { ByteReader } from "../histogram/byte-reader.ts";
import type { ByteWriter } from "../histogram/byte-writer.ts";
import { MAX_AGE_MS, MAX_AHEAD_MS } from "../wire/horizon.ts";
import { SLOT_MS } from "./slot-time.ts";

/**
 * Most marks that a shard keeps: nearly a hundred requests a second for as long as one is
 * remembered. With the marks of reporters they stay below the 2 MB that a row may hold.
 */
export const MAX_RECENT_REQUESTS = 32_768;

/**
 * How long after its slot a mark is kept, in milliseconds: then the slot itself is out of reach,
 * also for a clock that is as far behind as one may be.
 */
const KEPT_MS = MAX_AGE_MS + MAX_AHEAD_MS + SLOT_MS;

/** Bytes of a request's identity. */
const ID_BYTES = 12;

/** What a request without a reporter added to one slot was counted. */
export interface RequestMark {
  /** What the request is known by: 24 hexadecimal digits. */
  readonly request: string;
  /** Epoch milliseconds, a multiple of `SLOT_MS`. */
  readonly slotStart: number;
}

/** `new`: to be counted; `repeat`: counted already; `too_old`: nobody knows any more. */
export type RequestStatus = "new" | "repeat" | "too_old";

/**
 * Which requests without a reporter were counted lately, slot by slot: how their repeats are known.
 * A mark is forgotten by the time of its slot, and what lies in such a slot is refused from then on.
 * So no request counts twice, whatever the clock does. Only beyond {@link MAX_RECENT_REQUESTS} the
 * oldest mark is forgotten before its time, and counted.
 */
export class RecentRequests {
  /** By identity and slot, in order of arrival. */
  readonly #marks = new Map<string, RequestMark>();
  #forgotten = 0;
  /** The latest slot of which a mark was forgotten for its age. */
  #expiredSlot = -1;

  get size(): number {
    return this.#marks.size;
  }

  /** How many marks were forgotten to make room while their requests might have come again. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Whether there never was one. */
  get isUnused(): boolean {
    return this.#marks.size === 0 && this.#forgotten === 0 && this.#expiredSlot < 0;
  }

  statusOf(mark: RequestMark): RequestStatus {
    if (this.#marks.has(requestKey(mark))) return "repeat";
    return mark.slotStart <= this.#expiredSlot ? "too_old" : "new";
  }

  /**
   * Adds what was counted, if anything, and forgets what is old.
   * @param nowMs when it was counted, epoch milliseconds.
   */
  add(marks: readonly RequestMark[], nowMs: number): void {
    this.#expire(nowMs);
    for (const mark of marks) {
      this.#marks.set(requestKey(mark), mark);
      if (this.#marks.size <= MAX_RECENT_REQUESTS) continue;
      this.#deleteOldest();
      this.#forgotten += 1;
    }
  }

  /** In order of arrival: one of a later slot holds back those behind it, for some minutes at most. */
  #expire(nowMs: number): void {
    for (const { slotStart } of this.#marks.values()) {
      if (slotStart + KEPT_MS >= nowMs) return;
      this.#expiredSlot = Math.max(this.#expiredSlot, slotStart);
      this.#deleteOldest();
    }
  }

  #deleteOldest(): void {
    const [oldest] = this.#marks.keys();
    if (oldest !== undefined) this.#marks.delete(oldest);
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#forgotten);
    writer.varint(this.#expiredSlot + 1);
    writeRequestMarks(writer, [...this.#marks.values()]);
  }

  static read(reader: ByteReader): RecentRequests {
    const requests = new RecentRequests();
    requests.#forgotten = reader.varint();
    requests.#expiredSlot = reader.varint() - 1;
    for (const mark of readRequestMarks(reader)) requests.#marks.set(requestKey(mark), mark);
    return requests;
  }
}

export function writeRequestMarks(writer: ByteWriter, marks: readonly RequestMark[]): void {
  writer.varint(marks.length);
  for (const { request, slotStart } of marks) {
    for (let i = 0; i < ID_BYTES; i++) {
      writer.byte(Number.parseInt(request.slice(2 * i, 2 * i + 2), 16));
    }
    writer.varint(slotStart / SLOT_MS);
  }
}

export function readRequestMarks(reader: ByteReader): RequestMark[] {
  return Array.from({ length: reader.varint() }, () => {
    let request = "";
    for (let i = 0; i < ID_BYTES; i++) request += reader.byte().toString(16).padStart(2, "0");
    return { request, slotStart: reader.varint() * SLOT_MS };
  });
}

/** What tells a mark from all others. */
export function requestKey({ request, slotStart }: RequestMark): string {
  return `${request} ${slotStart}`;
}
