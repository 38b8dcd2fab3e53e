import type { CliSession } from "../session.ts";
import { ApiClient } from "./api-client.ts";

/**
 * The API for what has to be finished after the program was told to stop.
 * @param signal - ends every request instead.
 */
export function detachedApi({ options, clock }: CliSession, signal: AbortSignal): ApiClient {
  return new ApiClient({ ...options, signal, clock });
}
