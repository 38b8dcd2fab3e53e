import { decodeHdrV2Base64, MAX_HDR_INFLATED_BYTES } from "../../histogram/hdr-v2.ts";
import { readHistogramLog } from "../../histogram/histogram-log-reader.ts";
import { type Stretch, rowStretch } from "../../merge/row-stretch.ts";
import { stretchOverlap } from "../../merge/stretch-overlap.ts";
import type { DayPiece } from "./day-pieces.ts";

interface RowStretch extends Stretch {
  readonly payload: string;
}

/**
 * What of a day is there whole as well as in shorter rows, perhaps in another piece: the server
 * looks at one piece at a time, and does not know any more how those before came where minutes are
 * not kept. As there, a row without values is none.
 */
export function piecesOverlap(pieces: readonly DayPiece[]): Stretch | undefined {
  const rows = pieces.flatMap(rowsOf);
  // Histograms are unpacked only if there is something to be found.
  if (stretchOverlap(rows) === undefined) return undefined;
  return stretchOverlap(rows.filter(({ payload }) => hasValues(payload)));
}

function rowsOf({ body }: DayPiece): RowStretch[] {
  const log = readHistogramLog(body);
  if (!log.ok) return [];
  return [...log.rows].flatMap((row) => {
    const stretch = row.ok ? rowStretch(row.startMs, row.intervalMs) : undefined;
    return row.ok && stretch !== undefined ? [{ ...stretch, payload: row.payload }] : [];
  });
}

/** A histogram that cannot be read counts as one that has some: the server would name it. */
function hasValues(payload: string): boolean {
  const decoded = decodeHdrV2Base64(payload, MAX_HDR_INFLATED_BYTES);
  return !decoded.ok || decoded.histogram.totalCount > 0;
}
