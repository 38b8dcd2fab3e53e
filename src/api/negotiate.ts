/** Ranges of one Accept header that are looked at. */
const MAX_RANGES = 64;

interface MediaType {
  readonly type: string;
  readonly subtype: string;
  /** By their names, but for the quality; all in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

interface MediaRange extends MediaType {
  /** 0 to 1; 0 for what is not wanted at all. */
  readonly quality: number;
}

/**
 * Chooses what a request prefers (RFC 9110, 12.5.1): by the quality of the most specific range that
 * a media type falls under, and of equals the one that is offered first. A range that says something
 * else of a parameter than what is offered does not take it; what else it says is not looked at.
 * @param accept the header; null or empty takes anything.
 * @param offered media types in lower case, with the parameters that tell them from others.
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
    const quality = qualityOf(readMediaType(type), ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

/** Undefined for what is no media range: it matches nothing. */
function readRange(text: string): MediaRange | undefined {
  const media = readMediaType(text);
  const weight = media?.parameters.get("q") ?? "1";
  if (media === undefined || !/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)) return undefined;
  return { ...media, quality: Number(weight) };
}

function readMediaType(text: string): MediaType | undefined {
  const [range = "", ...rest] = text.split(";").map((part) => part.trim().toLowerCase());
  const [, type, subtype] = /^([^\s/]+)\/([^\s/]+)$/.exec(range) ?? [];
  if (type === undefined || subtype === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [, name, quoted, plain] = /^([^\s=]+)=(?:"([^"]*)"|(.*))$/.exec(part) ?? [];
    if (name !== undefined) parameters.set(name, quoted ?? plain ?? "");
  }
  return { type, subtype, parameters };
}

function qualityOf(media: MediaType | undefined, ranges: readonly MediaRange[]): number {
  let best = { specificity: -1, quality: 0 };
  for (const range of ranges) {
    const specificity = media === undefined ? undefined : specificityOf(range, media);
    if (specificity === undefined || specificity < best.specificity) continue;
    const isEqual = specificity === best.specificity;
    const quality = isEqual ? Math.max(range.quality, best.quality) : range.quality;
    best = { specificity, quality };
  }
  return best.quality;
}

/** How closely a range describes a media type; undefined if it does not. */
function specificityOf(range: MediaRange, media: MediaType): number | undefined {
  if (range.type === "*" && range.subtype === "*") return 0;
  if (range.type !== media.type) return undefined;
  if (range.subtype === "*") return 1;
  if (range.subtype !== media.subtype) return undefined;
  let specificity = 2;
  for (const [name, value] of media.parameters) {
    const wanted = range.parameters.get(name);
    if (wanted === undefined) continue;
    if (wanted !== value) return undefined;
    specificity += 1;
  }
  return specificity;
}
