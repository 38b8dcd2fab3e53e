import type { BatchSeries } from "./batch.ts";
import { TIME_BYTES, varint, writeTime, zeros, zigzagVarint } from "./varints.ts";

/** Values as their differences: `MarshalTypeNearestDelta`, which leaves nothing to unpack. */
const NEAREST_DELTA = 6;
/** Values are microseconds, and mean milliseconds. */
const SCALE = -3;
const SEPARATOR = "\u0001";
/** The range of time, of which nothing is cut off: sixteen bytes. */
const ALL_TIME = [...zeros(8), 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe];

/**
 * VictoriaMetrics' native format, in which it hands its own blocks on: a block for each series.
 * That of 1.79; later ones have more in a block's head.
 */
export class NativeBody {
  readonly #bytes: Uint8Array;
  /** Where the first time of a block is, and its place in the second. */
  readonly #times: { readonly offset: number; readonly offsetMs: number }[] = [];

  constructor(series: readonly BatchSeries[], sender: string) {
    const bytes = [...ALL_TIME];
    for (const one of series) {
      bytes.push(...sized(metricName(one, sender)));
      const block = blockOf(one);
      this.#times.push({ offset: bytes.length + 4, offsetMs: one.offsetsMs[0] ?? 0 });
      bytes.push(...sized(block));
    }
    this.#bytes = Uint8Array.from(bytes);
  }

  /** The same buffer each time: to be sent before it is asked for again. */
  at(second: number): Uint8Array {
    for (const { offset, offsetMs } of this.#times) {
      writeTime(this.#bytes, offset, 2 * (second * 1_000 + offsetMs));
    }
    return this.#bytes;
  }
}

/** The first time is left for {@link writeTime}. */
function blockOf({ durationsUs, offsetsMs }: BatchSeries): number[] {
  const times = differences(offsetsMs);
  const values = differences(durationsUs);
  return [
    ...zeros(TIME_BYTES),
    ...zigzagVarint(durationsUs[0] ?? 0),
    ...varint(durationsUs.length),
    ...zigzagVarint(SCALE),
    NEAREST_DELTA,
    NEAREST_DELTA,
    ...varint(times.length),
    ...times,
    ...varint(values.length),
    ...values,
  ];
}

/** The name first, then labels and values, each with a separator behind it. */
function metricName({ target, operation, outcome }: BatchSeries, sender: string): Uint8Array {
  const labels = { operation, outcome, sender, target };
  const parts = ["timing_ms", ...Object.entries(labels).flat()];
  return new TextEncoder().encode(parts.map((part) => `${part}${SEPARATOR}`).join(""));
}

function differences(values: readonly number[]): number[] {
  return values.slice(1).flatMap((value, i) => zigzagVarint(value - (values[i] ?? 0)));
}

/** With its length in four bytes before it, the highest first. */
function sized(content: ArrayLike<number>): number[] {
  const { length } = content;
  const size = [length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
  return [...size, ...Array.from(content)];
}
