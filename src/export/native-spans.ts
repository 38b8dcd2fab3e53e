import type { NativeCounts } from "../histogram/native-counts.ts";

/** Buckets in a row; the first span's offset is a bucket's index, that of others a distance. */
export interface NativeSpan {
  readonly offset: number;
  length: number;
}

/** A native histogram's buckets as they travel. */
export interface NativeSpans {
  readonly spans: readonly NativeSpan[];
  /** The first bucket's count, then what each has more than the one before. */
  readonly deltas: Readonly<Float64Array>;
}

/** As many empty buckets in a row are told of: a span of its own for what follows would be longer. */
const MAX_GAP = 2;

/** Leaves out what is empty. Without any count there is one empty span, as Prometheus wants it. */
export function nativeSpans({ offset, counts }: NativeCounts): NativeSpans {
  const spans: NativeSpan[] = [];
  // There are never more than buckets, and an array that grows would cost as much as all the rest.
  const deltas = new Float64Array(counts.length);
  let told = 0;
  let span: NativeSpan | undefined;
  /** The index behind the last bucket that is told of. */
  let end = 0;
  let before = 0;
  for (let position = 0; position < counts.length; position++) {
    const count = counts[position] ?? 0;
    if (count === 0) continue;
    const index = offset + position;
    if (span === undefined || index - end > MAX_GAP) {
      span = { offset: index - end, length: 0 };
      spans.push(span);
    } else {
      for (; end < index; end++) {
        deltas[told] = 0 - before;
        told += 1;
        before = 0;
        span.length += 1;
      }
    }
    span.length += 1;
    deltas[told] = count - before;
    told += 1;
    before = count;
    end = index + 1;
  }
  return {
    spans: spans.length === 0 ? [{ offset: 0, length: 0 }] : spans,
    deltas: deltas.subarray(0, told),
  };
}
