/** A histogram as a scraper reads it. Native buckets are by their index. */
export interface DecodedHistogram {
  readonly count: number;
  readonly sum: number;
  readonly classic: readonly { readonly le: number; readonly cumulative: number }[];
  /** Exemplars of classic buckets, by the bucket's bound. */
  readonly bucketExemplars: ReadonlyMap<number, DecodedExemplar>;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly native: ReadonlyMap<number, number>;
  readonly createdAt: number | undefined;
  readonly exemplars: readonly DecodedExemplar[];
}

export interface DecodedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly at: number | undefined;
}

export interface DecodedMetric {
  readonly labels: readonly (readonly [string, string])[];
  readonly gauge?: number;
  readonly counter?: { readonly value: number; readonly createdAt: number | undefined };
  readonly histogram?: DecodedHistogram;
}

export interface DecodedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: number;
  readonly unit: string;
  readonly metrics: readonly DecodedMetric[];
}

/** The fields of one message, by their numbers: varints as integers, the others as bytes. */
type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

/** Reads length-delimited `io.prometheus.client.MetricFamily`. It shares no code with what is tested. */
export function decodeExposition(bytes: Uint8Array): DecodedFamily[] {
  const families: DecodedFamily[] = [];
  let position = 0;
  while (position < bytes.length) {
    const [length, start] = varint(bytes, position);
    position = start + Number(length);
    if (position > bytes.length) throw new Error("the last message is cut off");
    families.push(family(fieldsOf(bytes.subarray(start, position))));
  }
  return families;
}

function family(fields: Fields): DecodedFamily {
  return {
    name: text(fields, 1),
    help: text(fields, 2),
    type: Number(integer(fields, 3)),
    unit: text(fields, 5),
    metrics: messages(fields, 4).map(metric),
  };
}

function metric(fields: Fields): DecodedMetric {
  const labels = labelsOf(fields);
  const [gauge] = messages(fields, 2);
  const [counter] = messages(fields, 3);
  const [histogram] = messages(fields, 7);
  return {
    labels,
    ...(gauge && { gauge: double(gauge, 1) }),
    ...(counter && { counter: { value: double(counter, 1), createdAt: timestamp(counter, 3) } }),
    ...(histogram && { histogram: histogramOf(histogram) }),
  };
}

function histogramOf(fields: Fields): DecodedHistogram {
  const spans = messages(fields, 12).map((span) => ({
    offset: zigzag(integer(span, 1)),
    length: Number(integer(span, 2)),
  }));
  const bucketExemplars = new Map<number, DecodedExemplar>();
  const classic = messages(fields, 3).map((bucket) => {
    const le = double(bucket, 2);
    const [exemplar] = messages(bucket, 3);
    if (exemplar !== undefined) bucketExemplars.set(le, exemplarOf(exemplar));
    return { le, cumulative: Number(integer(bucket, 1)) };
  });
  return {
    count: Number(integer(fields, 1)),
    sum: double(fields, 2),
    classic,
    bucketExemplars,
    schema: zigzag(integer(fields, 5)),
    zeroThreshold: double(fields, 6),
    zeroCount: Number(integer(fields, 7)),
    spans,
    native: nativeBuckets(spans, packed(fields, 13).map(zigzag)),
    createdAt: timestamp(fields, 15),
    exemplars: messages(fields, 16).map(exemplarOf),
  };
}

/** Walks the spans as Prometheus does. */
function nativeBuckets(
  spans: DecodedHistogram["spans"],
  deltas: readonly number[],
): Map<number, number> {
  const buckets = new Map<number, number>();
  let [index, count, read] = [0, 0, 0];
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) {
      const delta = deltas[read];
      if (delta === undefined) throw new Error("there are more buckets than deltas");
      count += delta;
      read += 1;
      buckets.set(index, count);
      index += 1;
    }
  }
  if (read !== deltas.length) throw new Error("there are more deltas than buckets");
  return buckets;
}

function exemplarOf(fields: Fields): DecodedExemplar {
  const labels = Object.fromEntries(labelsOf(fields));
  return { labels, value: double(fields, 2), at: timestamp(fields, 3) };
}

function labelsOf(fields: Fields): (readonly [string, string])[] {
  return messages(fields, 1).map((label) => [text(label, 1), text(label, 2)] as const);
}

/** Epoch milliseconds. */
function timestamp(fields: Fields, number: number): number | undefined {
  const [stamp] = messages(fields, number);
  return stamp && Number(integer(stamp, 1)) * 1_000 + Number(integer(stamp, 2)) / 1e6;
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).map((value) => fieldsOf(bytesOf(value)));
}

function text(fields: Fields, number: number): string {
  const value = fields.get(number)?.at(-1);
  return value === undefined
    ? ""
    : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(value));
}

function integer(fields: Fields, number: number): bigint {
  const value = fields.get(number)?.at(-1) ?? 0n;
  if (typeof value !== "bigint") throw new Error(`field ${number} is no integer`);
  return value;
}

function double(fields: Fields, number: number): number {
  const value = fields.get(number)?.at(-1);
  if (value === undefined) return 0;
  const bytes = bytesOf(value);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
}

function packed(fields: Fields, number: number): bigint[] {
  const values: bigint[] = [];
  for (const value of fields.get(number) ?? []) {
    const bytes = bytesOf(value);
    for (let position = 0; position < bytes.length;) {
      const [read, end] = varint(bytes, position);
      values.push(read);
      position = end;
    }
  }
  return values;
}

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === "bigint") throw new Error("a number stands where bytes belong");
  return value;
}

function zigzag(value: bigint): number {
  return Number(value % 2n === 0n ? value / 2n : -(value + 1n) / 2n);
}

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let position = 0;
  while (position < bytes.length) {
    const [tag, start] = varint(bytes, position);
    const [value, end] = fieldValue(bytes, start, Number(tag & 7n));
    const number = Number(tag >> 3n);
    fields.set(number, [...(fields.get(number) ?? []), value]);
    position = end;
  }
  if (position !== bytes.length) throw new Error("a message ends within a field");
  return fields;
}

function fieldValue(
  bytes: Uint8Array,
  start: number,
  wireType: number,
): [bigint | Uint8Array, number] {
  if (wireType === 0) return varint(bytes, start);
  if (wireType === 1) return [bytes.subarray(start, start + 8), start + 8];
  if (wireType !== 2) throw new Error(`wire type ${wireType}`);
  const [length, from] = varint(bytes, start);
  return [bytes.subarray(from, from + Number(length)), from + Number(length)];
}

function varint(bytes: Uint8Array, start: number): [value: bigint, end: number] {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new Error("a varint is cut off");
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return [value, start + i + 1];
  }
  throw new Error("a varint has more than 64 bits");
}
