import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { isName } from "../names.ts";
import { TOKEN_PATTERN } from "../token-pattern.ts";
import { parseExpiry } from "./parse-expiry.ts";

/** What a token may be good for. `admin` includes the others. */
export const SCOPES = ["ingest", "read", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

/** What a tenant has paid for; `unlimited` is for those who run Tachograph for themselves. */
export const PLANS = ["free", "pro", "enterprise", "unlimited"] as const;

export type Plan = (typeof PLANS)[number];

/** Who a token belongs to and what it is good for. */
export interface Identity {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly plan: Plan;
  /** From when the token is good for nothing; epoch milliseconds, null for never. */
  readonly expiresAt: number | null;
}

/** The identities by the SHA-256 digests of their tokens, those that have expired among them. */
export type TokenDirectory = ReadonlyMap<string, Identity>;

/** The secret `TOKENS`, read: a directory, or what is wrong with it. No fault contains a token. */
export type ParsedTokens =
  | { readonly ok: true; readonly directory: TokenDirectory }
  | { readonly ok: false; readonly faults: readonly string[] };

/**
 * The key of a token in a {@link TokenDirectory}. How long a look-up by digest takes says nothing
 * of the token: whoever guesses cannot choose how much of a digest is right.
 */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

/**
 * What a token is called where it must not be shown: the first eight hexadecimal digits of its
 * digest, as `openssl dgst -sha256` prints it.
 * @param digest - what {@link tokenDigest} gave.
 */
export function tokenId(digest: string): string {
  return Buffer.from(digest, "base64").toString("hex", 0, 4);
}

/**
 * Reads the secret `TOKENS`: a JSON object with an entry per token,
 * `{"TOKEN": {"tenant": "default", "scopes": ["read"], "plan": "free"}}`, and perhaps `expiresAt`
 * (see {@link parseExpiry}). Faults name an entry by its position, since its key is the secret.
 */
export function parseTokens(secret: string): ParsedTokens {
  let entries: unknown;
  try {
    entries = JSON.parse(secret);
  } catch (error) {
    return { ok: false, faults: [`it is not JSON${positionOf(error)}`] };
  }
  if (!isRecord(entries)) return { ok: false, faults: ["it is not a JSON object"] };
  const directory = new Map<string, Identity>();
  const faults: string[] = [];
  for (const [index, [token, entry]] of Object.entries(entries).entries()) {
    const found = entryFaults(token, entry);
    faults.push(...found.map((fault) => `entry ${index + 1}: ${fault}`));
    if (found.length === 0 && isEntry(entry)) directory.set(tokenDigest(token), identityOf(entry));
  }
  if (faults.length > 0) return { ok: false, faults };
  if (directory.size === 0) return { ok: false, faults: ["it has no entry"] };
  return { ok: true, directory };
}

/** The parser's message repeats a part of the text, which is secret; only the position is safe. */
function positionOf(error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? "" : ` (at position ${position})`;
}

function entryFaults(token: string, entry: unknown): string[] {
  const faults: string[] = [];
  if (!TOKEN_PATTERN.test(token)) {
    faults.push(
      "the token must be 1 to 256 of A-Z a-z 0-9 . _ ~ + - (as `openssl rand -hex 32` makes)",
    );
  }
  if (!isRecord(entry)) return [...faults, "must be an object with tenant, scopes and plan"];
  if (!isName(entry.tenant)) {
    faults.push("tenant must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit");
  }
  if (!isScopes(entry.scopes)) {
    faults.push(`scopes must be a list of at least one of ${SCOPES.join(", ")}`);
  }
  if (!isPlan(entry.plan)) faults.push(`plan must be one of ${PLANS.join(", ")}`);
  if (entry.expiresAt !== undefined && parseExpiry(entry.expiresAt) === undefined) {
    faults.push(
      "expiresAt must be a point in time in whole epoch milliseconds or ISO 8601, as " +
        '1795190000000 or "2026-11-20T15:53:20Z"; leave it out for a token that never expires',
    );
  }
  return faults;
}

type Entry = Omit<Identity, "expiresAt"> & { readonly expiresAt?: unknown };

function isEntry(entry: unknown): entry is Entry {
  return isRecord(entry) && isName(entry.tenant) && isScopes(entry.scopes) && isPlan(entry.plan);
}

/** Leaves out what else an entry has, as a note on whom the token was given to. */
function identityOf({ tenant, scopes, plan, expiresAt }: Entry): Identity {
  return { tenant, scopes: [...new Set(scopes)], plan, expiresAt: parseExpiry(expiresAt) ?? null };
}

function isScopes(value: unknown): value is Scope[] {
  return Array.isArray(value) && value.length > 0 && value.every(isScope);
}

function isScope(value: unknown): value is Scope {
  return SCOPES.some((scope) => scope === value);
}

function isPlan(value: unknown): value is Plan {
  return PLANS.some((plan) => plan === value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
