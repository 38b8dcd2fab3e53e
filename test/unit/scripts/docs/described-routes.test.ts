import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IRequest } from "itty-router";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ROUTES } from "../../../../src/api/router.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: string | number;
}

interface Operation {
  readonly operationId: string;
  readonly security: readonly { readonly bearer: readonly string[] }[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: unknown;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const FILE = join(import.meta.dirname, "../../../../docs/openapi.json");

const DOCUMENT: OpenApi = JSON.parse(readFileSync(FILE, "utf8"));

const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({
    ...operation,
    path,
    method: method.toUpperCase(),
  })),
);

// What handlers log when they get no further.
beforeAll(() => void vi.spyOn(console, "error").mockReturnValue());
afterAll(() => void vi.restoreAllMocks());

/** Notes which parameters are asked for. */
class NotedQuery extends URLSearchParams {
  readonly asked = new Set<string>();

  override get(name: string): string | null {
    this.asked.add(name);
    return super.get(name);
  }

  override getAll(name: string): string[] {
    this.asked.add(name);
    return super.getAll(name);
  }
}

/** What a handler is given that must not get further than its parameters. */
const NOTHING: Env = new Proxy({} as Env, {
  get: () => {
    throw new Error("no further");
  },
});

/** Which query parameters a route reads of a request with all that it requires. */
async function readParameters({
  operationId,
  parameters = [],
  method,
  path,
  requestBody,
}: (typeof OPERATIONS)[number]): Promise<readonly string[]> {
  const query = new NotedQuery();
  for (const { name, in: where, required, example } of parameters) {
    if (where === "query" && required === true) query.set(name, String(example));
  }
  const url = Object.defineProperty(new URL(`http://tachograph.test${path}`), "searchParams", {
    value: query,
  });
  const params = Object.fromEntries(
    parameters.filter((one) => one.in === "path").map((one) => [one.name, one.example]),
  );
  const request = new Request(url, {
    method,
    headers: { Accept: path === "/v1/stream" ? "text/event-stream" : "*/*" },
    ...(requestBody === undefined ? {} : { body: "{}" }),
  });
  const handle = ROUTES.find((one) => one.handle.name === operationId)?.handle;
  const who = {
    tenant: "acme",
    scopes: ["admin" as const],
    plan: "unlimited" as const,
    expiresAt: null,
    tokenId: "00000000",
    subprotocol: null,
  };
  const asked = Object.assign(request, { params }) as unknown as IRequest & Request;
  await handle?.(asked, { env: NOTHING, who, url }).catch(() => undefined);
  return [...query.asked].toSorted();
}

it("describes every route of the router with its scope, and no other", () => {
  const described = OPERATIONS.filter(({ path }) => path !== "/health").map(
    ({ method, path, operationId, security }) =>
      [`${method} ${path}`, operationId, security[0]?.bearer] as const,
  );
  const routed = ROUTES.map(
    ({ method, path, scope, handle }) =>
      [
        `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`,
        handle.name,
        scope === "any" ? [] : [scope],
      ] as const,
  );
  const byName = (left: readonly unknown[], right: readonly unknown[]): number =>
    String(left[0]) < String(right[0]) ? -1 : 1;
  expect(described.toSorted(byName)).toEqual(routed.toSorted(byName));
});

it("describes each query parameter that a route reads, and no other", async () => {
  const read: Record<string, readonly string[]> = {};
  const said: Record<string, readonly string[]> = {};
  for (const operation of OPERATIONS) {
    if (operation.path === "/health") continue;
    const { method, path, parameters = [] } = operation;
    read[`${method} ${path}`] = await readParameters(operation);
    said[`${method} ${path}`] = parameters
      .filter((one) => one.in === "query")
      .map((one) => one.name)
      .toSorted();
  }
  expect(said).toEqual(read);
});

it("describes each part of a path, with an example", () => {
  for (const { path, parameters = [] } of OPERATIONS) {
    const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = parameters.filter((one) => one.in === "path");
    expect(inPath.map(({ name }) => name)).toEqual(parts);
    for (const { example } of inPath) expect(example).toBeTruthy();
  }
});

it("gives each route a name of its own", () => {
  const names = OPERATIONS.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
});
