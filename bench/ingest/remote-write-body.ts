import { TIME_BYTES, varint, writeTime, zeros } from "./varints.ts";

/** A series as Prometheus sends it: labels by name in order, and as many values as times. */
export interface RemoteSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly offsetsMs: readonly number[];
}

/** Where a sample is in the body. */
interface Place {
  readonly offset: number;
  readonly value: number;
  readonly offsetMs: number;
}

/** Fields of `prompb.WriteRequest` and what it holds, as protobuf's tags. */
const TIMESERIES = 0x0a;
const LABEL = 0x0a;
const SAMPLE = 0x12;
const LABEL_NAME = 0x0a;
const LABEL_VALUE = 0x12;
const SAMPLE_VALUE = 0x09;
const SAMPLE_TIME = 0x10;
const DOUBLE_BYTES = 8;
/** The tag of a sample, its length, the tag of its value. */
const BEFORE_VALUE = 3;
/** Snappy: what follows is as it is, and so long as three bytes say. */
const LITERAL_OF_3_BYTES = 62 << 2;

/**
 * Prometheus' remote write: protobuf in Snappy, which is told to copy and spares the reader the
 * unpacking. Counters may grow from one request to the next.
 */
export class RemoteWriteBody {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #samples: readonly Place[];
  readonly #isCounter: boolean;

  /** @param isCounter whether values are what is added with each request. */
  constructor(series: readonly RemoteSeries[], isCounter = false) {
    const message: number[] = [];
    const samples: Place[] = [];
    for (const one of series) {
      const content = Object.entries(one.labels).flatMap(labelOf);
      const inSeries = one.values.map((value, i): Place => {
        const offset = content.length + BEFORE_VALUE;
        content.push(...EMPTY_SAMPLE);
        return { offset, value, offsetMs: one.offsetsMs[i] ?? 0 };
      });
      message.push(TIMESERIES, ...varint(content.length));
      for (const place of inSeries)
        samples.push({ ...place, offset: message.length + place.offset });
      message.push(...content);
    }
    const last = message.length - 1;
    const size = [last & 0xff, (last >>> 8) & 0xff, last >>> 16];
    const head = [...varint(message.length), LITERAL_OF_3_BYTES, ...size];
    this.#bytes = Uint8Array.from([...head, ...message]);
    this.#view = new DataView(this.#bytes.buffer);
    this.#samples = samples.map((place) => ({ ...place, offset: head.length + place.offset }));
    this.#isCounter = isCounter;
    for (const { offset, value } of this.#samples) this.#view.setFloat64(offset, value, true);
  }

  /**
   * The same buffer each time: to be sent before it is asked for again.
   * @param number of the request, from 1.
   */
  at(second: number, number: number): Uint8Array {
    for (const { offset, value, offsetMs } of this.#samples) {
      if (this.#isCounter) this.#view.setFloat64(offset, value * number, true);
      writeTime(this.#bytes, offset + DOUBLE_BYTES + 1, second * 1_000 + offsetMs);
    }
    return this.#bytes;
  }
}

const EMPTY_SAMPLE = [
  SAMPLE,
  1 + DOUBLE_BYTES + 1 + TIME_BYTES,
  SAMPLE_VALUE,
  ...zeros(DOUBLE_BYTES),
  SAMPLE_TIME,
  ...zeros(TIME_BYTES),
];

function labelOf([name, value]: [string, string]): number[] {
  const content = [...textOf(LABEL_NAME, name), ...textOf(LABEL_VALUE, value)];
  return [LABEL, ...varint(content.length), ...content];
}

function textOf(tag: number, text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [tag, ...varint(bytes.length), ...bytes];
}
