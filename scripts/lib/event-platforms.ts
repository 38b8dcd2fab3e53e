/**
 * Events a second that each platform's default limit carries for long, with room to spare. Its
 * batches are what makes it so many: Meta's 10 requests a minute take 30 events each at this rate,
 * Google's 100 take 18, TikTok's single one takes 30.
 */
const MOST_PER_SECOND: readonly (readonly [platform: string, perSecond: number])[] = [
  ["meta", 5],
  ["google", 30],
  ["tiktok", 0.5],
  ["pinterest", Infinity],
  ["reddit", Infinity],
];

/**
 * Where event `index`, counted from 0, goes: everywhere the first time, and then as often as the
 * limits can carry at `ratePerSecond`.
 */
export function eventPlatforms(index: number, ratePerSecond: number): readonly string[] {
  return MOST_PER_SECOND.flatMap(([platform, perSecond]) => {
    const share = Math.min(1, perSecond / ratePerSecond);
    return Math.ceil((index + 1) * share) > Math.ceil(index * share) ? [platform] : [];
  });
}
