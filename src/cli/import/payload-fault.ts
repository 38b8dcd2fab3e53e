import { MAX_LOG_VALUES } from "../../api/parse-histogram-log.ts";
import { decodeHdrV2Base64 } from "../../histogram/hdr-v2.ts";
import { type HdrUnit, recordInto } from "../../histogram/record-into.ts";

/**
 * Why the server would not take the histogram of a row, or undefined: as a day is taken whole or not
 * at all, it should be known before anything is sent. At most 4 MiB are unpacked, one row at a time.
 * @param payload as base64.
 */
export function payloadFault(payload: string, unit: HdrUnit): string | undefined {
  const decoded = decodeHdrV2Base64(payload);
  if (!decoded.ok) return `its histogram cannot be read: ${decoded.reason}`;
  const { histogram } = decoded;
  if (histogram.totalCount > MAX_LOG_VALUES) return `it has more than ${MAX_LOG_VALUES} values`;
  let tooLong = 0;
  recordInto(
    histogram,
    unit,
    () => undefined,
    (_, count) => (tooLong += count),
  );
  return tooLong === 0
    ? undefined
    : `${tooLong} of its values are longer than 600 s: is the unit right?`;
}
