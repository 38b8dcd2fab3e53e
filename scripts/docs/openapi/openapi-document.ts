import { ROUTES, type Route } from "../../../src/api/router.ts";
import { VERSION } from "../../../src/version.ts";
import { type JsonSchema, objectOf } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { HEALTH } from "./operation-routes.ts";
import { PROBLEM_KINDS, problemKind, type ProblemName } from "./problem-names.ts";
import type {
  Answer,
  BadRequest,
  Parameter,
  RouteDescription,
  RouteProblem,
} from "./route-description.ts";
import { ROUTE_GROUPS } from "./route-groups.ts";

/** A route with what is said of it. */
export interface DescribedRoute extends RouteDescription {
  readonly method: Route["method"];
  /** As OpenAPI writes it, `/v1/limits/{target}`. */
  readonly path: string;
  /** `none` for the one that needs no token. */
  readonly scope: Route["scope"] | "none";
  /** The name of its group. */
  readonly group: string;
  /** What its handler is called. */
  readonly id: string;
}

/** What every route that needs a token may answer. */
export const COMMON_PROBLEMS: readonly RouteProblem[] = [
  { problem: "unauthorized", when: "The token is missing, unknown or has expired." },
  { problem: "forbidden", when: "The token lacks the scope." },
  {
    problem: "tooManyRequests",
    when: "The plan's requests are used; `Retry-After` says how long.",
  },
  { problem: "internalError", when: "Something failed that should not." },
  { problem: "unavailable", when: "A part did not answer; `Retry-After` says when to try again." },
  { problem: "misconfigured", when: "The secret `TOKENS` cannot be used." },
];

/**
 * Every route of the router with its description.
 * @throws Error that names a route without a description, or a description without a route.
 */
export function describedRoutes(types: TypeSchemas): readonly DescribedRoute[] {
  const health = {
    ...HEALTH,
    method: "GET",
    path: "/health",
    scope: "none",
    id: "getHealth",
  } as const;
  const described = ROUTE_GROUPS.flatMap(({ name, routes }) =>
    Object.entries(routes(types)).map(([key, description]) => ({ key, name, description })),
  );
  const found = described.map(({ key, name, description }) => {
    const route = ROUTES.find(({ method, path }) => `${method} ${path}` === key);
    if (route === undefined)
      throw new Error(`${key} is described, and the router has no such route.`);
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    const { method, scope, handle } = route;
    return { ...description, method, path, scope, group: name, id: handle.name };
  });
  const missing = ROUTES.find(
    ({ method, path }) => !described.some(({ key }) => key === `${method} ${path}`),
  );
  if (missing === undefined) return [...found, { ...health, group: "Operations" }];
  throw new Error(`${missing.method} ${missing.path} is not described: see scripts/docs/openapi.`);
}

/** The API as OpenAPI 3.1 has it. */
export function openApiDocument(types: TypeSchemas): Readonly<Record<string, unknown>> {
  const routes = describedRoutes(types);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tachograph",
      version: VERSION,
      summary: "Exact live latency and fleet-wide rate limits.",
      description:
        "Points in time are epoch milliseconds; durations are milliseconds and end in `Ms`; rates are fractions from 0 to 1. More may be added to any answer: ignore what is not known.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: ROUTE_GROUPS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "A token of the secret `TOKENS`. Scopes: ingest, read, admin (which includes the others).",
        },
      },
      responses: commonResponses(),
      schemas: { ...types.components(), Problem: problemSchema() },
    },
  };
}

function operation(route: DescribedRoute): Readonly<Record<string, unknown>> {
  const { id, group, summary, details, parameters = [], body, bad, scope } = route;
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(details === undefined ? {} : { description: details }),
    security: scope === "none" ? [] : [{ bearer: scope === "any" ? [] : [scope] }],
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterObject) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isRequired,
            description: `At most ${body.maxBytes.toLocaleString("en")} bytes, as sent and inflated; with \`Content-Encoding: gzip\` it is inflated.`,
            content: Object.fromEntries(
              Object.entries(body.content).map(([type, schema], position) => [
                type,
                // It is of the first type.
                position === 0 ? { schema, example: body.example } : { schema },
              ]),
            ),
          },
        }),
    ...(bad === undefined ? {} : { "x-refused-example": refusedExample(bad) }),
    responses: responses(route),
  };
}

/** A body that is refused, and the answer that says so. */
function refusedExample({ body, problem, status, pointer }: BadRequest): unknown {
  const kind = problem === undefined ? { status } : problemKind(problem);
  const type = "type" in kind ? { type: kind.type } : {};
  return { body, status: kind.status, ...type, ...(pointer === undefined ? {} : { pointer }) };
}

function parameterObject({
  name,
  in: where,
  isRequired,
  description,
  schema,
  isJoined,
  example,
}: Parameter): unknown {
  return {
    name,
    in: where,
    ...(isRequired === true ? { required: true } : {}),
    description,
    schema,
    ...(isJoined === true ? { style: "form", explode: false } : {}),
    ...(example === undefined ? {} : { example }),
  };
}

function responses({
  answers,
  problems = [],
  scope,
}: DescribedRoute): Readonly<Record<string, unknown>> {
  const common = scope === "none" ? [] : COMMON_PROBLEMS;
  const statuses = new Set(
    [...problems, ...common].map(({ problem }) => problemKind(problem).status),
  );
  const good = answers.map((answer) => [String(answer.status), response(answer)] as const);
  const bad = [...statuses].map((status) => {
    const isOwn = problems.some(({ problem }) => problemKind(problem).status === status);
    const beside = answers.find((answer) => answer.status === status);
    if (!isOwn && beside === undefined) {
      return [String(status), { $ref: `#/components/responses/${commonName(status)}` }] as const;
    }
    return [
      String(status),
      problemResponse(withStatus([...problems, ...common], status), beside),
    ] as const;
  });
  const entries = [...good, ...bad].toSorted(([left], [right]) => Number(left) - Number(right));
  return Object.fromEntries(entries);
}

/** What every route may answer, by name. */
function commonResponses(): Readonly<Record<string, unknown>> {
  const statuses = new Set(COMMON_PROBLEMS.map(({ problem }) => problemKind(problem).status));
  const entries = [...statuses].map((status) => [
    commonName(status),
    problemResponse(withStatus(COMMON_PROBLEMS, status)),
  ]);
  return Object.fromEntries(entries);
}

function commonName(status: number): string {
  return `Problem${status}`;
}

function withStatus(problems: readonly RouteProblem[], status: number): readonly RouteProblem[] {
  return problems.filter(({ problem }) => problemKind(problem).status === status);
}

function response({ description, headers, content }: Answer): Readonly<Record<string, unknown>> {
  return { description, ...headersObject(headers), ...contentObject(content) };
}

function problemResponse(problems: readonly RouteProblem[], beside?: Answer): unknown {
  const names = [...new Set(problems.map(({ problem }) => problem))];
  const when = [...new Set(problems.map((one) => one.when))];
  const extensions = problems.flatMap((one) => one.extensions ?? []);
  const schema = {
    allOf: [
      { $ref: "#/components/schemas/Problem" },
      {
        type: "object",
        properties: { type: { enum: names.map((name) => problemKind(name).type) } },
      },
    ],
    ...(extensions.length === 0 ? {} : { anyOf: [...extensions, {}] }),
  };
  return {
    description: [...(beside === undefined ? [] : [beside.description]), ...when].join(" "),
    ...headersObject(problemHeaders(names)),
    content: {
      ...contentObject(beside?.content).content,
      "application/problem+json": { schema },
    },
  };
}

function problemHeaders(names: readonly ProblemName[]): Answer["headers"] {
  const waits = names.some((name) => name === "tooManyRequests" || name === "unavailable");
  const challenges = names.includes("unauthorized");
  return {
    ...(waits ? { "Retry-After": "Seconds to wait, rounded up." } : {}),
    ...(challenges ? { "WWW-Authenticate": "The challenge of RFC 6750." } : {}),
  };
}

function headersObject(headers: Answer["headers"] = {}): { readonly headers?: unknown } {
  const entries = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return entries.length === 0 ? {} : { headers: Object.fromEntries(entries) };
}

function contentObject(content: Answer["content"]): {
  readonly content?: Readonly<Record<string, unknown>>;
} {
  if (content === undefined) return {};
  const entries = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return { content: Object.fromEntries(entries) };
}

/** What every failure is: RFC 9457. */
export function problemSchema(): JsonSchema {
  const text = { type: "string" } as const;
  const error = objectOf({
    pointer: {
      ...text,
      description:
        "A JSON Pointer into the body, empty for all of it, or a query parameter as `?from`.",
    },
    reason: { ...text, description: "What is wrong and what would be right." },
  });
  return {
    ...objectOf(
      {
        type: {
          enum: PROBLEM_KINDS.map(({ type }) => type),
          description: "The kind, to be compared.",
        },
        title: text,
        status: { type: "integer" },
        detail: { ...text, description: "What happened and what to do." },
        errors: { type: "array", items: error, description: "Where the request is at fault." },
      },
      ["errors"],
    ),
    description: "Why a request was not done (RFC 9457).",
  };
}
