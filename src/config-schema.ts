import * as v from "valibot";
import { channelRuleFaults } from "./alerts/channel-rule-faults.ts";
import { effectiveRules } from "./alerts/effective-rules.ts";
import {
  checked,
  choice,
  group,
  integer,
  listOf,
  mustBe,
  numberWithout,
  pathTo,
  recordOf,
  webUrl,
  yesOrNo,
} from "./config-schema-parts.ts";
import { LANGUAGES } from "./alerts/rule.ts";
import { capacityProblem, refillProblem } from "./limits/limit-rule.ts";
import { isPlanTarget } from "./limits/plan-limits.ts";
import { isName } from "./names.ts";
import { bindingName } from "./notify/binding-name.ts";
import { channelsSchema } from "./notify/channel-schema.ts";
import { otlpSchema } from "./otlp/otlp-schema.ts";
import { defaultLimit } from "./limits/default-limits.ts";
import { defaultTargetKind, TARGET_KINDS } from "./target-kind.ts";
import { isTraceUrl } from "./trace-url.ts";

/** Checked here by its fields, so that a fault is named by the field and not by the choice. */
const limit = v.lazy((input) =>
  input === false
    ? v.literal(false)
    : group({
        capacity: numberWithout(capacityProblem),
        refillPerMinute: numberWithout(refillProblem),
      }),
);

const target = group({
  kind: v.optional(choice(TARGET_KINDS)),
  shards: integer(1, 256, 1),
  limit: v.optional(limit),
});

const targetName = v.pipe(
  v.custom<string>(
    isName,
    "is no name for a target; use 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit",
  ),
  v.check(
    (name) => !isPlanTarget(name),
    "is what the bucket is called that guards this API for a plan, whose limit cannot be " +
      "configured; give the target another name",
  ),
);

const targets = v.pipe(
  recordOf(targetName, target),
  v.transform((entries) => Object.fromEntries([...entries].map(withKind))),
);

const rules = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const effective = effectiveRules(dataset.value);
    if (effective.ok) return effective.rules;
    for (const { path, reason } of effective.faults) {
      addIssue({ message: reason, ...(path === "" ? {} : { path: pathTo({}, path) }) });
    }
    return NEVER;
  }),
);

const timeZone = v.custom<string>(isTimeZone, (issue) =>
  mustBe("the name of a time zone, as America/Sao_Paulo or UTC", issue.input),
);

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const alerts = group({
  rules: v.optional(rules, {}),
  repeatCriticalMs: integer(1000, WEEK_MS, 300_000),
  repeatMs: integer(1000, WEEK_MS, 14_400_000),
  cooldownMs: integer(0, 86_400_000, 300_000),
  noDataHoldMs: integer(0, WEEK_MS, 3_600_000),
});

const traceTemplate = v.custom<string>(
  isTraceUrl,
  "must be a URL of at most 500 characters that begins with https:// and has {traceId} behind its " +
    "host, as https://traces.example.com/trace/{traceId}, without a user",
);

const messages = group({
  language: v.optional(choice(LANGUAGES), "en"),
  timeZone: v.optional(timeZone, "America/Sao_Paulo"),
  dashboardUrl: v.optional(v.nullable(webUrl), null),
  traceUrl: v.optional(v.nullable(traceTemplate), null),
});

const delivery = group({
  allowPrivateUrls: yesOrNo(false),
  // A Worker has six connections at a time.
  concurrency: integer(1, 6, 6),
  timeoutMs: integer(100, 30_000, 15_000),
  maxAttempts: integer(1, 500, 200),
  keepDays: integer(1, 90, 7),
  heartbeatSecret: v.optional(v.nullable(bindingName), null),
  heartbeatMs: integer(1000, 3_600_000, 60_000),
  watchdogMs: integer(1000, 3_600_000, 120_000),
});

const yesOrNoValue = checked<boolean>("true, false or null", (value) => typeof value === "boolean");

const tenantName = checked<string>(
  "a tenant's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit",
  isName,
);

const otlpExport = group({
  enabled: v.optional(v.nullable(yesOrNoValue), null),
  tenants: v.optional(v.nullable(listOf(tenantName, 1, 1000, "tenants")), null),
  endpointSecret: v.optional(bindingName, "OTLP_ENDPOINT"),
  headersSecret: v.optional(bindingName, "OTLP_HEADERS"),
  timeoutMs: integer(100, 30_000, 10_000),
  maxBuckets: integer(16, 1024, 160),
});

const root = group({
  targets: v.optional(targets, {}),
  maxTargets: integer(1, 1000, 64),
  // One more, `other`, must fit into the byte that names an operation on the wire.
  maxOperationsPerTarget: integer(1, 255, 64),
  cadence: v.optional(
    group(
      {
        watchedMs: integer(100, 60_000, 500),
        pendingMs: integer(250, 60_000, 1000),
        idleMs: integer(1000, 300_000, 10_000),
        sleepAfterMs: integer(1000, 3_600_000, 30_000),
      },
      [
        ["watchedMs", "idleMs"],
        ["pendingMs", "idleMs"],
        ["idleMs", "sleepAfterMs"],
      ],
    ),
    {},
  ),
  flush: v.optional(
    group({ watchedMs: integer(10, 60_000, 250), unwatchedMs: integer(10, 60_000, 2000) }, [
      ["watchedMs", "unwatchedMs"],
    ]),
    {},
  ),
  linger: v.optional(
    v.lazy((input) =>
      group(
        { watchedMs: integer(0, 1000, watchedLingerMs(input)), unwatchedMs: integer(0, 5000, 250) },
        [["watchedMs", "unwatchedMs"]],
      ),
    ),
    {},
  ),
  collect: v.optional(
    group({ deadlineMs: integer(50, 30_000, 1000), concurrency: integer(1, 64, 16) }),
    {},
  ),
  retention: v.optional(
    group(
      {
        minutesDays: integer(1, 90, 7),
        hoursDays: integer(1, 730, 90),
        daysDays: integer(1, 3650, 730),
      },
      [
        ["minutesDays", "hoursDays"],
        ["hoursDays", "daysDays"],
      ],
    ),
    {},
  ),
  leases: v.optional(
    group({ leaseMs: integer(1000, 60_000, 10_000), marginMs: integer(5000, 60_000, 5000) }),
    {},
  ),
  stream: v.optional(
    // A Durable Object takes 32,768 WebSockets.
    group({ maxSubscribers: integer(1, 32_000, 5000), replayTicks: integer(0, 1000, 120) }),
    {},
  ),
  alerts: v.optional(alerts, {}),
  channels: v.optional(channelsSchema, {}),
  messages: v.optional(messages, {}),
  reports: v.optional(
    group({ daily: yesOrNo(true), weekly: yesOrNo(true), hour: integer(0, 23, 9) }),
    {},
  ),
  delivery: v.optional(delivery, {}),
  otlp: v.optional(otlpSchema, {}),
  otlpExport: v.optional(otlpExport, {}),
});

/** Checks a configuration and fills in the defaults. Issues carry a path and a whole sentence. */
export const configSchema = v.pipe(
  root,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const listed = Object.keys(dataset.value.targets).length;
    const { maxTargets } = dataset.value;
    if (listed > maxTargets) {
      const message = mustBe(`at least ${listed}, the number of targets listed`, maxTargets);
      addIssue({ message, path: pathTo(dataset.value, "maxTargets") });
    }
    const { cadence, delivery: delivered } = dataset.value;
    if (delivered.watchdogMs < 2 * cadence.idleMs) {
      const least = `at least twice cadence.idleMs (${cadence.idleMs})`;
      const message = mustBe(least, delivered.watchdogMs);
      addIssue({ message, path: pathTo(dataset.value, "delivery", "watchdogMs") });
    }
    const { channels, alerts: watched } = dataset.value;
    for (const { path, reason } of channelRuleFaults(channels, watched.rules)) {
      addIssue({ message: reason, path: pathTo(dataset.value, "channels", path) });
    }
  }),
);

function withKind([name, { kind, shards, limit: own }]: [string, v.InferOutput<typeof target>]) {
  const rule = own ?? defaultLimit(name);
  return [name, { kind: kind ?? defaultTargetKind(name), shards, limit: rule ?? false }] as const;
}

function isTimeZone(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    // oxlint-disable-next-line eslint/no-new -- only its constructor tells whether it knows a zone
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** Whoever has shortened the one did not mean the other to be longer. */
function watchedLingerMs(linger: unknown): number {
  const isGiven = typeof linger === "object" && linger !== null && "unwatchedMs" in linger;
  const unwatchedMs = isGiven ? linger.unwatchedMs : undefined;
  return typeof unwatchedMs === "number" ? Math.min(250, Math.max(0, unwatchedMs)) : 250;
}
