import { TOKEN_PATTERN } from "../token-pattern.ts";
import { badRequest, forbidden, misconfigured, type Problem, unauthorized } from "./problem.ts";
import {
  parseTokens,
  tokenDigest,
  tokenId,
  type Identity,
  type ParsedTokens,
  type Scope,
  type TokenDirectory,
} from "./tokens.ts";

/** The subprotocol of the stream, which a WebSocket is answered with. */
export const STREAM_SUBPROTOCOL = "tachograph.v1";

/** Before the token in the subprotocol by which a browser sends it: it cannot set headers. */
const BEARER_SUBPROTOCOL_PREFIX = "bearer.";

/** Who sent a request. */
export interface Authenticated extends Identity {
  /** Tells tokens apart without showing them: see {@link tokenId}. */
  readonly tokenId: string;
  /**
   * What to answer as `Sec-WebSocket-Protocol`: {@link STREAM_SUBPROTOCOL} if the request is a
   * WebSocket upgrade that offers it, else null and the answer must not have that header. It is
   * never the one with the token.
   */
  readonly subprotocol: typeof STREAM_SUBPROTOCOL | null;
}

/** An entry of the secret, and what its token is called. */
type Holder = Identity & Pick<Authenticated, "tokenId">;

/**
 * The secret that was read last, so that it is read once and not with every request, and who has
 * the tokens that came since: only known ones, so there are no more of them than in the secret.
 */
let lastRead:
  | {
      readonly secret: string;
      readonly parsed: ParsedTokens;
      readonly holders: Map<string, Holder>;
    }
  | undefined;

/**
 * Tells who sent a request: by `Authorization: Bearer TOKEN`, or, for a WebSocket upgrade without
 * that header, by the subprotocol `bearer.TOKEN` offered beside `tachograph.v1`.
 *
 * @param tokensSecret - the secret `TOKENS`, see {@link parseTokens}; undefined if it is not set.
 * @returns who, or a problem: 401 without a known token that is still good, 400 for a WebSocket that offers its token
 * but not `tachograph.v1` (it could not be answered), 503 if the secret cannot be used.
 */
export function authenticate(
  request: Request,
  tokensSecret: string | undefined,
  nowMs: number,
): Authenticated | Problem {
  const { parsed: tokens, holders } = readTokens(tokensSecret);
  if (!tokens.ok) {
    return misconfigured(
      `The secret TOKENS cannot be used: ${tokens.faults.join("; ")}. Set it with ` +
        '`wrangler secret put TOKENS` (locally in .dev.vars) to {"TOKEN":{"tenant":"default",' +
        '"scopes":["read"],"plan":"unlimited"}}.',
    );
  }
  const offered = offeredSubprotocols(request);
  const subprotocol = offered.includes(STREAM_SUBPROTOCOL) ? STREAM_SUBPROTOCOL : null;
  const given = bearerOf(request.headers.get("authorization"));
  const token = given ?? tokenAmong(offered);
  if (token === undefined) {
    return unauthorized("This needs a token: send Authorization: Bearer TOKEN.", false);
  }
  const known = holders.get(token) ?? findHolder(token, tokens.directory, holders);
  if (known === undefined) {
    return unauthorized("This token is not known; use one of the secret TOKENS.", true);
  }
  const { expiresAt } = known;
  if (expiresAt !== null && nowMs >= expiresAt) {
    const since = new Date(expiresAt).toISOString();
    return unauthorized(`This token has expired at ${since}; ask for a new one.`, true);
  }
  if (given === undefined && subprotocol === null) {
    return badRequest(`Offer the subprotocol ${STREAM_SUBPROTOCOL} beside the one with the token.`);
  }
  return { ...known, subprotocol };
}

/** Returns the identity if it may do what needs `scope`, else a 403. `admin` may do everything. */
export function requireScope<Who extends Identity>(identity: Who, scope: Scope): Who | Problem {
  if (identity.scopes.includes(scope) || identity.scopes.includes("admin")) return identity;
  const has = identity.scopes.join(", ");
  return forbidden(`This needs the scope ${scope}; the token has ${has}.`, scope);
}

/**
 * Whether a page may open a WebSocket here. Browsers name the page's origin and let any page
 * connect, so the server has to choose. Nothing but a browser sends `Origin`, and what sends none
 * is let in.
 *
 * @param allowedOrigins - the variable `ALLOWED_ORIGINS`: origins (`https://dash.example.com`)
 * separated by commas. Pages from this Worker's own host are always allowed.
 * @returns undefined, or a 403.
 */
export function checkOrigin(
  request: Request,
  allowedOrigins: string | undefined,
): Problem | undefined {
  const header = request.headers.get("origin");
  if (header === null) return undefined;
  const origin = URL.canParse(header) ? new URL(header) : undefined;
  // A proxy may end TLS in front of the Worker: the schemes can differ, the host is the same.
  if (origin !== undefined && origin.host === new URL(request.url).host) return undefined;
  const allowed = (allowedOrigins ?? "").split(",").map((entry) => entry.trim());
  const isAllowed = allowed.some(
    (entry) => URL.canParse(entry) && new URL(entry).origin === origin?.origin,
  );
  if (isAllowed && origin?.origin !== "null") return undefined;
  return forbidden(
    "A page of this origin may not connect; add its origin (https://host[:port]) to ALLOWED_ORIGINS.",
  );
}

function readTokens(secret = ""): NonNullable<typeof lastRead> {
  if (lastRead?.secret === secret) return lastRead;
  const parsed: ParsedTokens =
    secret.trim() === "" ? { ok: false, faults: ["it is not set"] } : parseTokens(secret);
  lastRead = { secret, parsed, holders: new Map() };
  return lastRead;
}

/**
 * Who has a token that did not come before, and remembers it: to digest it would be a good part of
 * what a small request costs. What is remembered is found by a seeded hash, and compared where that
 * is the same: as little as the digest does it tell whoever guesses how much of a guess is right.
 */
function findHolder(
  token: string,
  directory: TokenDirectory,
  holders: Map<string, Holder>,
): Holder | undefined {
  const digest = TOKEN_PATTERN.test(token) ? tokenDigest(token) : "";
  const known = directory.get(digest);
  if (known === undefined) return undefined;
  const holder = { ...known, tokenId: tokenId(digest) };
  holders.set(token, holder);
  return holder;
}

/** What comes after `Bearer`; undefined without the header or with another scheme. */
function bearerOf(authorization: string | null): string | undefined {
  if (authorization === null) return undefined;
  return /^bearer(?: +(.*))?$/i.exec(authorization.trim())?.slice(1)[0] ?? undefined;
}

function offeredSubprotocols(request: Request): string[] {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return [];
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").map((entry) => entry.trim());
}

function tokenAmong(subprotocols: readonly string[]): string | undefined {
  return subprotocols
    .find((entry) => entry.startsWith(BEARER_SUBPROTOCOL_PREFIX))
    ?.slice(BEARER_SUBPROTOCOL_PREFIX.length);
}
