/** Ranges of one Accept header that are looked at. */
const MAX_RANGES = 64;

interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  /** 0 to 1; 0 for what is not wanted at all. */
  readonly quality: number;
}

/**
 * Chooses what a request prefers (RFC 9110, 12.5.1): by the quality of the most specific range that
 * a media type falls under, and of equals the one that is offered first.
 * @param accept the header; null or empty takes anything.
 * @param offered media types without parameters.
 * @returns undefined if nothing that is offered is wanted.
 */
export function negotiate<Type extends string>(
  accept: string | null,
  offered: readonly Type[],
): Type | undefined {
  if (accept === null || accept.trim() === "") return offered[0];
  const ranges = accept
    .split(",")
    .slice(0, MAX_RANGES)
    .flatMap((text) => readRange(text) ?? []);
  let best: { readonly type: Type; readonly quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

/** Undefined for what is no media range: it matches nothing. */
function readRange(text: string): MediaRange | undefined {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const [, type, subtype] = /^([^\s/]+)\/([^\s/]+)$/.exec(range) ?? [];
  if (type === undefined || subtype === undefined) return undefined;
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  if (!/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)) return undefined;
  return { type, subtype, quality: Number(weight) };
}

function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const [type = "", subtype = ""] = mediaType.split("/");
  const forms = [
    [type, subtype],
    [type, "*"],
    ["*", "*"],
  ];
  for (const [wantedType, wantedSubtype] of forms) {
    const matching = ranges.filter(
      (range) => range.type === wantedType && range.subtype === wantedSubtype,
    );
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}
