import { isLimitCode } from "../wire/limit-codes.ts";
import { boundedJson } from "./bounded-json.ts";
import type { CallOutcome } from "./classify.ts";

/** TikTok's "OK" and "partly OK". */
const TIKTOK_OK: ReadonlySet<number> = new Set([0, 20_001]);

/**
 * How a call to Meta's Graph API ended, for `classify`: `rate_limited` by the codes 4, 17, 32, 613
 * and 80000 to 80014 of `error.code`; `error` for another error under a status that says success;
 * else undefined, and the status decides. The code goes along. It never throws.
 */
export async function metaLimit(response: Response): Promise<CallOutcome | undefined> {
  const error = fieldOf(await boundedJson(response), "error");
  if (typeof error !== "object" || error === null) return undefined;
  const code = numberOf(error, "code");
  if (code !== undefined && isLimitCode("meta", code)) return { outcome: "rate_limited", code };
  return response.ok ? { outcome: "error", code } : undefined;
}

/**
 * How a call to TikTok's Business API ended, for `classify`. It answers 200 whatever happens, and
 * says in `code`: 0 and 20001 leave it to the status, 40100 is `rate_limited`, any other is an
 * `error`. The code goes along. It never throws.
 */
export async function tiktokLimit(response: Response): Promise<CallOutcome | undefined> {
  const code = numberOf(await boundedJson(response), "code");
  if (code === undefined || TIKTOK_OK.has(code)) return undefined;
  return { outcome: isLimitCode("tiktok", code) ? "rate_limited" : "error", code };
}

/**
 * How a call to Pinterest's API ended, for `classify`: code 8 is `rate_limited`, anything else is
 * left to the status. The code goes along. It never throws.
 */
export async function pinterestLimit(response: Response): Promise<CallOutcome | undefined> {
  // What succeeded is not read: its body may be large, and has no code.
  if (response.ok) return undefined;
  const code = numberOf(await boundedJson(response), "code");
  if (code === undefined || !isLimitCode("pinterest", code)) return undefined;
  return { outcome: "rate_limited", code };
}

function numberOf(value: unknown, field: string): number | undefined {
  const found = fieldOf(value, field);
  return typeof found === "number" ? found : undefined;
}

function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, field)?.value;
}
