import { DAY_MS } from "../../../src/merge/slot-time.ts";
import {
  LEASE_ID_PATTERN,
  MAX_PERMITS,
  MAX_PLACE_LENGTH,
  MAX_PLACES,
  MAX_RETRY_AFTER_MS,
  MAX_SIGNAL_CODE,
  MAX_USED_PERCENT,
} from "../../../src/wire/permits.ts";
import { type JsonSchema, listOf, objectOf } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import { NAME, TARGET_IN_PATH } from "./parameters.ts";
import type {
  Answer,
  RequestBody,
  RouteDescription,
  RouteGroup,
  RouteProblem,
} from "./route-description.ts";

const MAX_BODY_BYTES = 16_384;

const PERMITS: JsonSchema = { type: "integer", minimum: 1, maximum: MAX_PERMITS };

const PLACE: JsonSchema = { type: "string", maxLength: MAX_PLACE_LENGTH };

const BUCKET: Readonly<Record<string, JsonSchema>> = {
  available: { type: "number", description: "Whole permits that a newcomer could have now." },
  resetMs: {
    type: "number",
    description: "How long until the bucket is full again, in milliseconds.",
  },
};

const RATE_LIMIT_HEADERS: Readonly<Record<string, string>> = {
  "RateLimit-Policy":
    'The limit, as `"meta";q=200;w=1200`: capacity, and seconds in which an empty bucket fills.',
  RateLimit: 'How it stands, as `"meta";r=199;t=6`: permits there, and seconds until one more.',
  "X-RateLimit-Limit": "The capacity.",
  "X-RateLimit-Remaining": "Permits that are there.",
  "X-RateLimit-Reset": "Seconds until it is full.",
};

const NO_LIMIT: RouteProblem = { problem: "notFound", when: "The target has no limit." };

const BAD_TARGET: RouteProblem = {
  problem: "badRequest",
  when: "The target in the path is no name.",
};

const OWN_PLAN: RouteProblem = {
  problem: "forbidden",
  when: "The target guards this API; its limit comes with the plan.",
};

const BODY_PROBLEMS: readonly RouteProblem[] = [
  { problem: "invalidBody", when: "The body is not JSON, or not of this shape." },
  { problem: "payloadTooLarge", when: "The body is larger than it may be." },
  { problem: "unsupportedMediaType", when: "`Content-Encoding` is neither gzip nor identity." },
];

const ABOUT_DENIAL: Readonly<Record<string, JsonSchema>> = {
  target: NAME,
  reason: { enum: ["empty", "line", "closed", "never"] },
  blockedUntil: { type: ["number", "null"] },
  ...BUCKET,
};

const DENIALS: readonly RouteProblem[] = [
  {
    problem: "tooManyRequests",
    when: "No permit is there, others wait already, or the platform asked to wait. `Retry-After` says until when.",
    extensions: objectOf({
      ...ABOUT_DENIAL,
      retryAfterMs: { type: "number" },
      place: { type: ["string", "null"], description: "A turn in the line, to come back with." },
    }),
  },
  {
    problem: "unprocessable",
    when: "So many permits can never be had at once.",
    extensions: objectOf(ABOUT_DENIAL),
  },
];

/** Permits, and the buckets that they come from. */
export const LIMITS: RouteGroup = {
  name: "Limits",
  description:
    "A target's limit is a bucket of permits for the whole fleet, exact and durable. Its numbers are whole permits.",
  routes: (types) => ({
    "GET /v1/limits": list(types),
    "GET /v1/limits/:target": {
      summary: "tells how a bucket stands",
      parameters: [TARGET_IN_PATH],
      answers: [bucket(types)],
      problems: [BAD_TARGET, NO_LIMIT],
    },
    "PUT /v1/limits/:target": set(types),
    "DELETE /v1/limits/:target": {
      summary: "goes back to the configured limit",
      parameters: [TARGET_IN_PATH],
      answers: [
        bucket(types),
        { status: 204, description: "The configuration has no limit for it." },
      ],
      problems: [BAD_TARGET, OWN_PLAN, NO_LIMIT],
    },
    "POST /v1/limits/:target/take": take(),
    "POST /v1/limits/:target/lease": lease(),
    "POST /v1/limits/:target/feedback": feedback(types),
    "DELETE /v1/limits/:target/feedback": {
      summary: "opens a bucket that a platform's answer closed",
      parameters: [TARGET_IN_PATH],
      answers: [bucket(types)],
      problems: [BAD_TARGET, OWN_PLAN, NO_LIMIT],
    },
  }),
};

function bucket(types: TypeSchemas): Answer {
  return {
    status: 200,
    description: "The bucket as it is now.",
    content: { "application/json": types.schemaOf("src/wire/permits.ts", "LimitView") },
  };
}

function body(schema: JsonSchema, example: unknown, isRequired = true): RequestBody {
  return { isRequired, maxBytes: MAX_BODY_BYTES, content: { "application/json": schema }, example };
}

function list(types: TypeSchemas): RouteDescription {
  const limits = listOf(types.schemaOf("src/wire/permits.ts", "LimitView"));
  const missing = listOf(NAME, "Targets of which a shard did not answer.");
  return {
    summary: "lists the buckets",
    answers: [
      {
        status: 200,
        description: "The buckets that answered.",
        content: { "application/json": objectOf({ limits, missing }) },
      },
    ],
  };
}

function set(types: TypeSchemas): RouteDescription {
  return {
    summary: "overrides the configured limit",
    parameters: [TARGET_IN_PATH],
    body: body(
      objectOf({
        capacity: {
          type: "integer",
          minimum: 0,
          maximum: 100_000_000,
          description: "0 closes it.",
        },
        refillPerMinute: {
          type: "number",
          minimum: 0,
          maximum: 100_000_000,
          description: "At most three decimals.",
        },
      }),
      { capacity: 200, refillPerMinute: 10 },
    ),
    bad: { body: { capacity: 200 }, problem: "invalidBody", pointer: "/refillPerMinute" },
    answers: [bucket(types)],
    problems: [BAD_TARGET, OWN_PLAN, ...BODY_PROBLEMS],
  };
}

function take(): RouteDescription {
  const waiting = objectOf(
    { sharedBy: PERMITS },
    [],
    "How many who wait come back with one permit for all.",
  );
  return {
    summary: "takes permits that count as used, all or none",
    parameters: [TARGET_IN_PATH],
    body: body(
      objectOf(
        {
          permits: { ...PERMITS, default: 1 },
          wait: {
            anyOf: [{ type: "boolean" }, waiting],
            default: false,
            description: "Asks for a place in the line if there is none.",
          },
          place: { ...PLACE, description: "What an earlier denial gave." },
          places: { type: "array", items: PLACE, maxItems: MAX_PLACES },
        },
        ["permits", "wait", "place", "places"],
      ),
      { permits: 1, wait: true },
      false,
    ),
    bad: { body: { permits: 0 }, problem: "invalidBody", pointer: "/permits" },
    answers: [
      {
        status: 200,
        description: "They are taken.",
        headers: RATE_LIMIT_HEADERS,
        content: {
          "application/json": objectOf({
            granted: { type: "number", description: "Permits that are taken." },
            ...BUCKET,
          }),
        },
      },
    ],
    problems: [BAD_TARGET, OWN_PLAN, NO_LIMIT, ...BODY_PROBLEMS, ...DENIALS],
  };
}

function lease(): RouteDescription {
  const leased = {
    leaseId: {
      type: ["string", "null"],
      description: "Null if nothing was asked for but to settle.",
    },
    permits: { type: "number" },
    expiresAt: {
      type: ["number", "null"],
      description: "Epoch milliseconds by the bucket's clock.",
    },
    lifeMs: {
      type: "number",
      description: "How long they may be used, from when they were asked for.",
    },
    ...BUCKET,
  } as const satisfies Readonly<Record<string, JsonSchema>>;
  return {
    summary: "leases permits for the next seconds, as many as there are",
    parameters: [TARGET_IN_PATH],
    body: body(
      objectOf(
        {
          holder: { ...NAME, description: "Who asks." },
          permits: { ...PERMITS, minimum: 0, description: "0 only with `spent`, to settle." },
          spent: {
            ...PERMITS,
            minimum: 0,
            description: "Used of an earlier lease, the rest of which comes back.",
          },
          leaseId: {
            type: "string",
            pattern: LEASE_ID_PATTERN.source,
            description: "Which lease; the holder's last if it is left out.",
          },
        },
        ["spent", "leaseId"],
      ),
      { holder: "edge-7f3a", permits: 5 },
    ),
    bad: { body: { holder: "edge-7f3a", permits: 0 }, problem: "invalidBody", pointer: "/permits" },
    answers: [
      {
        status: 200,
        description: "A lease, or what was settled.",
        headers: RATE_LIMIT_HEADERS,
        content: { "application/json": objectOf(leased, ["lifeMs"]) },
      },
    ],
    problems: [
      BAD_TARGET,
      OWN_PLAN,
      NO_LIMIT,
      { problem: "unknownLease", when: "The holder has no such lease." },
      ...BODY_PROBLEMS,
      ...DENIALS.slice(0, 1),
      {
        problem: "unprocessable",
        when: "More is spent than the lease had, or so many permits can never be had at once.",
      },
    ],
  };
}

function feedback(types: TypeSchemas): RouteDescription {
  const optional = ["isLimited", "retryAfter", "retryAfterMs", "usedPercent", "code"];
  return {
    summary: "tells what the platform answered, which may close the bucket for everybody",
    parameters: [TARGET_IN_PATH],
    body: body(
      objectOf(
        {
          status: {
            type: "integer",
            minimum: 100,
            maximum: 599,
            description: "Of the platform's answer.",
          },
          isLimited: {
            type: "boolean",
            description:
              "Whether it refused for its limit; by default whether the status is 429 or the code says so.",
          },
          retryAfter: {
            type: "string",
            maxLength: 100,
            description: "The header as it stands, without `retryAfterMs`.",
          },
          retryAfterMs: {
            type: "number",
            minimum: 0,
            maximum: MAX_RETRY_AFTER_MS,
            description: `Heeded for at most ${DAY_MS / 3_600_000} h.`,
          },
          usedPercent: {
            type: "number",
            minimum: 0,
            maximum: MAX_USED_PERCENT,
            description: "The share of its limit that is used, in percent.",
          },
          code: {
            type: "integer",
            minimum: -MAX_SIGNAL_CODE,
            maximum: MAX_SIGNAL_CODE,
            description: "The error code in the answer's body.",
          },
        },
        optional,
      ),
      { status: 429, retryAfter: "30" },
    ),
    bad: { body: { status: 42 }, problem: "invalidBody", pointer: "/status" },
    answers: [bucket(types)],
    problems: [BAD_TARGET, OWN_PLAN, NO_LIMIT, ...BODY_PROBLEMS],
  };
}
