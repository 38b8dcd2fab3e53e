import { join } from "node:path";
import { TOKENS } from "../e2e/api.ts";

const PRELOAD = join(import.meta.dirname, "worker-tokens.mjs");

/** Was good until the beginning of 2020. */
export const EXPIRED_TOKEN = "dev-expired";

/** The tokens of the system under test: those of every test, and one that has expired. */
function suiteTokens(): string {
  const of = (tenant: string, scope: string) => ({ tenant, scopes: [scope], plan: "unlimited" });
  return JSON.stringify({
    [TOKENS.ingest]: of("default", "ingest"),
    [TOKENS.read]: of("default", "read"),
    [TOKENS.admin]: of("default", "admin"),
    [TOKENS.other]: of("other", "admin"),
    [EXPIRED_TOKEN]: { ...of("default", "read"), expiresAt: "2020-01-01T00:00:00Z" },
  });
}

/** Gives every system that this process starts from now on the tokens of the suite. */
export function useSuiteTokens(): void {
  const options = process.env.NODE_OPTIONS ?? "";
  process.env.NODE_OPTIONS = `${options} --import=${PRELOAD}`.trim();
  process.env.BROWSER_SUITE_TOKENS = suiteTokens();
}
