/** Meta's codes for an app, a user, a page and a custom limit; those of ads are a range. */
const META_CODES: ReadonlySet<number> = new Set([4, 17, 32, 613]);
const META_AD_CODES = { first: 80_000, last: 80_014 };

const TIKTOK_CODE = 40_100;

const PINTEREST_CODE = 8;

const IS_LIMIT_CODE: ReadonlyMap<string, (code: number) => boolean> = new Map([
  [
    "meta",
    (code: number) =>
      META_CODES.has(code) || (code >= META_AD_CODES.first && code <= META_AD_CODES.last),
  ],
  ["tiktok", (code: number) => code === TIKTOK_CODE],
  ["pinterest", (code: number) => code === PINTEREST_CODE],
]);

/** Whether this code in the body of a platform's answer says that its limit refused the call. */
export function isLimitCode(platform: string, code: number): boolean {
  return IS_LIMIT_CODE.get(platform)?.(code) ?? false;
}
