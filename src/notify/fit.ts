/** How text is written in one medium, and what its limits are counted in. */
export interface Medium {
  /**
   * One code point as it is written there, so that it is shown and never interpreted.
   *
   * @param before - the text before it, not escaped, of the same part of a message.
   */
  escape(codePoint: string, before: string): string;
  /** How much of a limit escaped text takes: at least one for each UTF-16 code unit of it. */
  size(escaped: string): number;
}

/** Text that is part of a message, and the most that it may take of the message's limit. */
export interface Part {
  readonly text: string;
  readonly max: number;
}

const ELLIPSIS = "…";

/**
 * Escapes as much of `text` as fits in `limit`, with an ellipsis at the end if that is not all of
 * it. Cuts between code points and never inside an escape sequence; half a surrogate pair becomes
 * U+FFFD.
 */
export function fit(text: string, limit: number, medium: Medium): string {
  const ellipsisSize = medium.size(ELLIPSIS);
  // What is further on cannot fit, whatever it is.
  const candidate = text.slice(0, limit + 2).toWellFormed();
  let before = "";
  let written = "";
  let writtenWithRoom = "";
  let size = 0;
  for (const codePoint of candidate) {
    const escaped = medium.escape(codePoint, before);
    size += medium.size(escaped);
    if (size > limit) return ellipsisSize <= limit ? writtenWithRoom + ELLIPSIS : "";
    written += escaped;
    before += codePoint;
    if (size + ellipsisSize <= limit) writtenWithRoom = written;
  }
  return written;
}

/**
 * Fits parts into one limit that they have in common: short parts stay whole, and what they leave
 * is for the long ones, which get the same share each (max–min fairness).
 *
 * @returns the parts, escaped, in the same order.
 */
export function fitAll(parts: readonly Part[], limit: number, medium: Medium): readonly string[] {
  const whole = parts.map(({ text, max }) => fit(text, max, medium));
  const shares = shareOut(
    whole.map((text) => medium.size(text)),
    limit,
  );
  return parts.map(({ text }, i) => {
    const fitted = whole[i] ?? "";
    const share = shares[i] ?? 0;
    return medium.size(fitted) <= share ? fitted : fit(text, share, medium);
  });
}

/** What each gets of `total`: what it wants, or the same as all others that do not get that. */
function shareOut(wanted: readonly number[], total: number): readonly number[] {
  const shares: number[] = Array.from({ length: wanted.length }, () => 0);
  const modestFirst = wanted.map((want, i) => ({ want, i })).toSorted((a, b) => a.want - b.want);
  let left = Math.max(0, total);
  for (const [served, { want, i }] of modestFirst.entries()) {
    const share = Math.min(want, Math.floor(left / (wanted.length - served)));
    shares[i] = share;
    left -= share;
  }
  return shares;
}

/** Puts a text into a message that is being built: gives back as much of it as fits, escaped. */
export type Write = (text: string, max: number) => string;

/**
 * Builds a message whose texts fit into one limit. `build` is run twice: with empty texts, to see
 * what the message takes without them, and with the texts that fit in what is left.
 *
 * @param build - builds the same message each time, and writes the same texts in the same order.
 * @param measure - how much of the limit a message takes.
 */
export function fitInto<Built>(
  build: (write: Write) => Built,
  limit: number,
  medium: Medium,
  measure: (built: Built) => number,
): Built {
  const parts: Part[] = [];
  const frame = build((text, max) => {
    parts.push({ text, max });
    return "";
  });
  const texts = fitAll(parts, limit - measure(frame), medium);
  let next = 0;
  return build(() => texts[next++] ?? "");
}

/** What no line of a message may hold: control characters, and those that turn the text's direction. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The first lines of a text that fit into a limit, escaped; the last is an ellipsis if those are not
 * all.
 *
 * @param perLine - what each line takes besides its text.
 * @param maxLine - the most that the text of one line may take.
 */
export function fitLines(
  text: string,
  limit: number,
  medium: Medium,
  { perLine, maxLine }: { readonly perLine: number; readonly maxLine: number },
): readonly string[] {
  const lines: string[] = [];
  let left = limit - perLine - medium.size(ELLIPSIS);
  for (const line of text.trim().split(/\r?\n/u, Math.max(1, Math.ceil(limit)))) {
    const fitted = fit(line.replace(UNPRINTABLE, " ").trimEnd(), maxLine, medium);
    left -= perLine + medium.size(fitted);
    if (left < 0) return [...lines, ELLIPSIS];
    lines.push(fitted);
  }
  return lines;
}

const ENCODER = new TextEncoder();

/** Bytes in UTF-8. */
export function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}

/** Bytes that well-formed text takes inside a string of JSON. */
export function jsonSize(text: string): number {
  return byteLength(JSON.stringify(text)) - 2;
}
