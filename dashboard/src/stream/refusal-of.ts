import type { WhoamiAnswer } from "../../../src/api/whoami-answer.ts";
import { Api, ApiError } from "../api.ts";

/** Longest that the server is waited for. */
const TIMEOUT_MS = 10_000;

/** What a token that is not known, or has expired, is answered with. */
const UNAUTHORIZED = 401;

/** Why a token is not good for the stream; undefined if it is, or if the server does not answer. */
export async function refusalOf(token: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const who = await new Api(token).ask<Partial<WhoamiAnswer> | null>("/v1/whoami", { signal });
    const scopes = who?.scopes;
    // What is not Tachograph, as a proxy's page, says nothing of a token.
    if (!Array.isArray(scopes)) return undefined;
    if (scopes.includes("read") || scopes.includes("admin")) return undefined;
    return `This needs the scope read; the token has ${scopes.join(", ")}.`;
  } catch (error) {
    if (error instanceof ApiError && error.status === UNAUTHORIZED) return error.message;
    console.info("The server does not answer; trying again", error);
    return undefined;
  }
}
