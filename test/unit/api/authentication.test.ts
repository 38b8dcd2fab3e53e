import { describe, expect, it } from "vitest";
import {
  authenticate as authenticateAt,
  checkOrigin,
  requireScope,
} from "../../../src/api/authentication.ts";
import { orThrow, Problem } from "../../../src/api/problem.ts";
import { parseTokens, SCOPES, type Scope } from "../../../src/api/tokens.ts";

const TOKENS = JSON.stringify({
  "dev-ingest": { tenant: "default", scopes: ["ingest"], plan: "unlimited" },
  "dev-read": { tenant: "default", scopes: ["read"], plan: "unlimited" },
  "dev-admin": { tenant: "default", scopes: ["admin"], plan: "unlimited" },
  "other-admin": { tenant: "other", scopes: ["admin"], plan: "free", note: "for ana" },
});

function request(
  headers: Record<string, string>,
  url = "https://tacho.example/v1/stream",
): Request {
  return new Request(url, { headers });
}

function upgrade(headers: Record<string, string>): Request {
  return request({ upgrade: "websocket", connection: "Upgrade", ...headers });
}

const NOW_MS = Date.UTC(2026, 10, 20);

function authenticate(asked: Request, secret: string | undefined, nowMs = NOW_MS) {
  return authenticateAt(asked, secret, nowMs);
}

function problemOf(value: unknown): Problem {
  if (value instanceof Problem) return value;
  throw new Error(`expected a problem, got ${JSON.stringify(value)}`);
}

describe("authenticate", () => {
  it.each([
    ["Bearer dev-ingest", "default", ["ingest"], "unlimited"],
    ["Bearer dev-read", "default", ["read"], "unlimited"],
    ["bearer   dev-admin", "default", ["admin"], "unlimited"],
    ["BEARER other-admin", "other", ["admin"], "free"],
  ])("%s is tenant %s with %j", (authorization, tenant, scopes, plan) => {
    const who = authenticate(request({ authorization }), TOKENS);
    const tokenId: unknown = expect.stringMatching(/^[0-9a-f]{8}$/);
    const expected = { tenant, scopes, plan, expiresAt: null, tokenId, subprotocol: null };
    expect(who).toEqual(expected);
  });

  it("calls a token by the beginning of its SHA-256, in hexadecimal", () => {
    const idOf = (token: string): string =>
      orThrow(authenticate(request({ authorization: `Bearer ${token}` }), TOKENS)).tokenId;
    // printf dev-read | openssl dgst -sha256
    expect(idOf("dev-read")).toBe("ada850d1");
    expect(new Set(["dev-ingest", "dev-admin", "other-admin"].map(idOf)).size).toBe(3);
  });

  it.each([
    [{}, 'Bearer realm="tachograph"'],
    [{ authorization: "Basic ZGV2LXJlYWQ=" }, 'Bearer realm="tachograph"'],
    [{ authorization: "Bearer" }, 'Bearer realm="tachograph"'],
    [{ authorization: "Bearerdev-read" }, 'Bearer realm="tachograph"'],
    [{ authorization: "dev-read" }, 'Bearer realm="tachograph"'],
    [{ authorization: "Bearer nobody" }, 'Bearer realm="tachograph", error="invalid_token"'],
    [{ authorization: "Bearer DEV-READ" }, 'Bearer realm="tachograph", error="invalid_token"'],
    [{ authorization: "Bearer dev-read x" }, 'Bearer realm="tachograph", error="invalid_token"'],
    [
      { authorization: "Bearer dev-read, Bearer dev-admin" },
      'Bearer realm="tachograph", error="invalid_token"',
    ],
    [
      { authorization: `Bearer ${"x".repeat(10_000)}` },
      'Bearer realm="tachograph", error="invalid_token"',
    ],
    [{ authorization: "Bearer constructor" }, 'Bearer realm="tachograph", error="invalid_token"'],
    [{ "sec-websocket-protocol": "tachograph.v1, bearer.dev-read" }, 'Bearer realm="tachograph"'],
  ])("refuses %j", (headers, challenge) => {
    const problem = problemOf(authenticate(request(headers), TOKENS));
    expect(problem.status).toBe(401);
    expect(problem.headers["www-authenticate"]).toBe(challenge);
  });

  it("never repeats a token it was given", () => {
    const problem = problemOf(
      authenticate(request({ authorization: "Bearer s3cret-guess" }), TOKENS),
    );
    const { message, detail, headers } = problem;
    expect(JSON.stringify({ message, detail, headers })).not.toContain("s3cret-guess");
  });

  it("tells the same of a token that comes again, and of each request its own", () => {
    const plain = request({ authorization: "Bearer dev-read" });
    const socket = upgrade({ "sec-websocket-protocol": "tachograph.v1, bearer.dev-read" });
    const first = orThrow(authenticate(plain, TOKENS));
    expect(authenticate(plain, TOKENS)).toEqual(first);
    const subprotocol = "tachograph.v1";
    expect(authenticate(socket, TOKENS)).toEqual({ ...first, subprotocol });
    expect(first.subprotocol).toBeNull();
    expect(authenticate(plain, TOKENS)).toEqual(first);
  });

  it("sees a changed secret at once", () => {
    const headers = { authorization: "Bearer dev-read" };
    const changed = JSON.stringify({
      "dev-read": { tenant: "moved", scopes: ["read"], plan: "pro" },
    });
    expect(authenticate(request(headers), TOKENS)).toMatchObject({ tenant: "default" });
    expect(authenticate(request(headers), changed)).toMatchObject({ tenant: "moved", plan: "pro" });
    expect(authenticate(request(headers), TOKENS)).toMatchObject({ tenant: "default" });
  });
});

describe("a token that expires", () => {
  const UNTIL = NOW_MS + 1_500;
  const secretOf = (expiresAt: unknown): string =>
    JSON.stringify({ brief: { tenant: "default", scopes: ["read"], plan: "free", expiresAt } });
  const asked = request({ authorization: "Bearer brief" });

  it.each([
    [UNTIL, UNTIL],
    ["2026-11-20T00:00:01.500Z", UNTIL],
    ["2026-11-20T01:00:01.5+01:00", UNTIL],
    ["2026-11-20T23:59Z", Date.UTC(2026, 10, 20, 23, 59)],
    ["2028-02-29", Date.UTC(2028, 1, 29)],
    [8.64e15, 8.64e15],
  ])("is good until %j and not at it", (expiresAt, until) => {
    const secret = secretOf(expiresAt);
    expect(authenticate(asked, secret, until - 1)).toMatchObject({ expiresAt: until });
    const problem = problemOf(authenticate(asked, secret, until));
    expect(problem.status).toBe(401);
    expect(problem.detail).toContain(`has expired at ${new Date(until).toISOString()}`);
    expect(problem.headers["www-authenticate"]).toContain('error="invalid_token"');
  });

  it("is said to have expired also where it could not be answered", () => {
    const headers = { "sec-websocket-protocol": "bearer.brief" };
    const problem = problemOf(authenticate(upgrade(headers), secretOf(UNTIL), UNTIL));
    expect(problem.status).toBe(401);
  });

  it.each([
    null,
    "",
    "never",
    "tomorrow",
    true,
    {},
    0,
    -1,
    // Seconds.
    1_795_190_000,
    1_795_190_000_000.5,
    8.64e15 + 2,
    "1795190000000",
    // No offset: another time on every machine.
    "2026-11-20T12:00:00",
    "2026-11-20 12:00:00Z",
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "2026-11-20T24:00:00Z",
    "1999-01-01",
    "20 Nov 2026",
    " 2026-11-20",
  ])("cannot expire at %j", (expiresAt) => {
    const parsed = parseTokens(secretOf(expiresAt));
    expect(parsed.ok ? [] : parsed.faults).toEqual([
      expect.stringMatching(/^entry 1: expiresAt must be a point in time in whole epoch millisec/),
    ]);
  });
});

describe("authenticate a WebSocket upgrade", () => {
  it.each([
    [{ "sec-websocket-protocol": "tachograph.v1, bearer.dev-read" }, ["read"], "tachograph.v1"],
    [{ "sec-websocket-protocol": "bearer.dev-read,tachograph.v1" }, ["read"], "tachograph.v1"],
    [
      { upgrade: "WebSocket", "sec-websocket-protocol": "tachograph.v1,bearer.dev-admin" },
      ["admin"],
      "tachograph.v1",
    ],
    [{ authorization: "Bearer dev-read" }, ["read"], null],
    [
      { authorization: "Bearer dev-read", "sec-websocket-protocol": "tachograph.v1" },
      ["read"],
      "tachograph.v1",
    ],
    [{ authorization: "Bearer dev-read", "sec-websocket-protocol": "other.v9" }, ["read"], null],
    [
      {
        authorization: "Bearer dev-read",
        "sec-websocket-protocol": "tachograph.v1, bearer.dev-admin",
      },
      ["read"],
      "tachograph.v1",
    ],
  ])("%j", (headers, scopes, subprotocol) => {
    expect(authenticate(upgrade(headers), TOKENS)).toMatchObject({ scopes, subprotocol });
  });

  it.each([
    [{ "sec-websocket-protocol": "tachograph.v1" }, 401],
    [{ "sec-websocket-protocol": "tachograph.v1, bearer.nobody" }, 401],
    [{ "sec-websocket-protocol": "tachograph.v1, bearer." }, 401],
    [
      {
        authorization: "Bearer nobody",
        "sec-websocket-protocol": "tachograph.v1, bearer.dev-read",
      },
      401,
    ],
    [{ "sec-websocket-protocol": "bearer.dev-read" }, 400],
  ])("refuses %j with %i", (headers, status) => {
    expect(problemOf(authenticate(upgrade(headers), TOKENS)).status).toBe(status);
  });
});

describe("the secret TOKENS", () => {
  const entry = { tenant: "default", scopes: ["read"], plan: "free" };

  it.each([
    [undefined, "it is not set"],
    ["  ", "it is not set"],
    ["{}", "it has no entry"],
    ["[]", "it is not a JSON object"],
    ['{"sup3r-s3cret":}', "it is not JSON"],
    ['{"sup3r-s3cret" 1}', "it is not JSON (at position 16)"],
    [
      JSON.stringify({ "sup3r-s3cret": 1 }),
      "entry 1: must be an object with tenant, scopes and plan",
    ],
    [
      JSON.stringify({ ok: entry, "sup3r-s3cret": { ...entry, tenant: "A" } }),
      "entry 2: tenant must be 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit",
    ],
    [
      JSON.stringify({ "sup3r-s3cret": { ...entry, scopes: [] } }),
      "entry 1: scopes must be a list of at least one of ingest, read, admin",
    ],
    [
      JSON.stringify({ "sup3r-s3cret": { ...entry, scopes: ["write"] } }),
      "entry 1: scopes must be a list of at least one of ingest, read, admin",
    ],
    [
      JSON.stringify({ "sup3r-s3cret": { ...entry, plan: "gold" } }),
      "entry 1: plan must be one of free, pro, enterprise, unlimited",
    ],
    [
      JSON.stringify({ "sup3r-s3cret/=": entry }),
      "entry 1: the token must be 1 to 256 of A-Z a-z 0-9 . _ ~ + - (as `openssl rand -hex 32` makes)",
    ],
  ])("refuses %j", (secret, fault) => {
    const problem = problemOf(authenticate(request({ authorization: "Bearer ok" }), secret));
    expect(problem.status).toBe(503);
    expect(problem.detail).toContain(`The secret TOKENS cannot be used: ${fault}.`);
    expect(problem.detail).toContain("wrangler secret put TOKENS");
    expect(problem.detail).not.toContain("sup3r-s3cret");
  });

  it("names every faulty entry, and keeps no token in what it read", () => {
    const secret = JSON.stringify({
      a: { ...entry, plan: 1 },
      b: entry,
      c: { ...entry, tenant: 1, scopes: 1 },
    });
    const parsed = parseTokens(secret);
    expect(parsed.ok ? [] : parsed.faults.map((fault) => fault.slice(0, 14))).toEqual([
      "entry 1: plan ",
      "entry 3: tenan",
      "entry 3: scope",
    ]);
    const read = parseTokens(JSON.stringify({ "sup3r-s3cret": entry }));
    expect(read.ok ? JSON.stringify([...read.directory]) : "").toContain("default");
    expect(read.ok ? JSON.stringify([...read.directory]) : "sup3r-s3cret").not.toContain(
      "sup3r-s3cret",
    );
  });
});

describe("requireScope", () => {
  const GRANTS: Record<Scope, readonly Scope[]> = {
    ingest: ["ingest"],
    read: ["read"],
    admin: ["ingest", "read", "admin"],
  };

  it.each(
    SCOPES.flatMap((has) =>
      SCOPES.map((needs) => [has, needs, GRANTS[has].includes(needs)] as const),
    ),
  )("a token with %s for what needs %s: %s", (has, needs, allowed) => {
    const who = orThrow(authenticate(request({ authorization: `Bearer dev-${has}` }), TOKENS));
    const answer = requireScope(who, needs);
    if (allowed) {
      expect(answer).toBe(who);
    } else {
      expect(problemOf(answer).status).toBe(403);
      expect(problemOf(answer).headers["www-authenticate"]).toContain(`scope="${needs}"`);
    }
  });

  it("lets one of several scopes do", () => {
    const scopes = ["read", "ingest"] as const;
    const who = { tenant: "default", scopes, plan: "free", expiresAt: null } as const;
    expect(requireScope(who, "ingest")).toBe(who);
    expect(problemOf(requireScope(who, "admin")).status).toBe(403);
  });
});

describe("checkOrigin", () => {
  const ALLOWED = "https://dash.example.com, http://localhost:5173/ ,nonsense,,file:///x";

  it.each([
    [undefined, undefined, true],
    [undefined, ALLOWED, true],
    ["https://tacho.example", undefined, true],
    ["http://tacho.example:443", undefined, false],
    ["http://tacho.example", "", true],
    ["https://tacho.example:8443", ALLOWED, false],
    ["https://dash.example.com", ALLOWED, true],
    ["https://DASH.example.com", ALLOWED, true],
    ["http://dash.example.com", ALLOWED, false],
    ["https://dash.example.com.evil.example", ALLOWED, false],
    ["https://evil.example/?https://dash.example.com", ALLOWED, false],
    ["http://localhost:5173", ALLOWED, true],
    ["http://localhost:5174", ALLOWED, false],
    ["https://dash.example.com", undefined, false],
    ["null", ALLOWED, false],
    ["", ALLOWED, false],
    ["nonsense", ALLOWED, false],
    ["file:///y", ALLOWED, false],
  ])("Origin %j with the list %j: %s", (origin, allowed, expected) => {
    const problem = checkOrigin(upgrade(origin === undefined ? {} : { origin }), allowed);
    expect(problem === undefined).toBe(expected);
    if (problem !== undefined) expect(problem.status).toBe(403);
  });
});
