import * as v from "valibot";
import { capacityProblem, refillProblem } from "./limits/limit-rule.ts";
import { isPlanTarget } from "./limits/plan-limits.ts";
import { isName } from "./names.ts";
import { defaultLimit } from "./limits/default-limits.ts";
import { nearestKey } from "./nearest-key.ts";
import { defaultTargetKind, TARGET_KINDS } from "./target-kind.ts";

/** Longest part of a faulty value that a message repeats, in characters. */
const MAX_SHOWN = 40;

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
  kind: v.optional(
    v.picklist(TARGET_KINDS, (issue) => mustBe(`one of ${TARGET_KINDS.join(", ")}`, issue.input)),
  ),
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

/** By way of a map: valibot's record leaves out `constructor`, a valid name, without a word. */
const targets = v.pipe(
  plainObject(),
  v.transform((record) => new Map<string, unknown>(Object.entries(record))),
  v.map(targetName, target),
  v.transform((entries) => Object.fromEntries([...entries].map(withKind))),
);

const root = group({
  targets: v.optional(targets, {}),
  maxTargets: integer(1, 1000, 64),
  // One more, `other`, must fit into the byte that names an operation on the wire.
  maxOperationsPerTarget: integer(1, 255, 64),
  cadence: v.optional(
    group(
      {
        watchedMs: integer(100, 60_000, 500),
        idleMs: integer(1000, 300_000, 10_000),
        sleepAfterMs: integer(1000, 3_600_000, 30_000),
      },
      [
        ["watchedMs", "idleMs"],
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
    group({ watchedMs: integer(0, 1000, 25), unwatchedMs: integer(0, 5000, 250) }, [
      ["watchedMs", "unwatchedMs"],
    ]),
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
  }),
);

function withKind([name, { kind, shards, limit: own }]: [string, v.InferOutput<typeof target>]) {
  const rule = own ?? defaultLimit(name);
  return [name, { kind: kind ?? defaultTargetKind(name), shards, limit: rule ?? false }] as const;
}

/** Two fields of a group, of which the first may be at most the second. */
type Ordered<Entries> = readonly [keyof Entries & string, keyof Entries & string];

/** An object of exactly these fields: each key too many is an issue that names the nearest. */
function group<Entries extends v.ObjectEntries>(
  entries: Entries,
  order: readonly Ordered<Entries>[] = [],
) {
  const known = Object.keys(entries);
  return v.pipe(
    plainObject(),
    v.looseObject(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      // A faulty field beside it must not hide an unknown one, so untyped objects are checked too.
      if (!isPlainObject(dataset.value)) return;
      const fields = fieldsOf(dataset.value);
      for (const key of Object.keys(fields)) {
        if (known.includes(key)) continue;
        addIssue({ message: unknownField(key, known), path: pathTo(fields, key) });
      }
      for (const [low, high] of dataset.typed ? order : []) {
        if (Number(fields[low]) <= Number(fields[high])) continue;
        const message = mustBe(`at most ${high} (${show(fields[high])})`, fields[low]);
        addIssue({ message, path: pathTo(fields, low) });
      }
    }),
  );
}

function unknownField(key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  return nearest === undefined
    ? `unknown field; the fields here are ${known.join(", ")}`
    : `unknown field; did you mean ${nearest}?`;
}

function plainObject() {
  return v.custom<object>(isPlainObject, (issue) => mustBe("an object", issue.input));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function integer(min: number, max: number, byDefault: number) {
  const isInRange = (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const message = (issue: v.CustomIssue): string =>
    mustBe(`an integer from ${min} to ${max}`, issue.input);
  return v.optional(v.custom<number>(isInRange, message), byDefault);
}

/** @param problem - what is wrong with a value, or undefined. */
function numberWithout(problem: (value: unknown) => string | undefined) {
  return v.custom<number>(
    (value) => problem(value) === undefined,
    (issue) => `${problem(issue.input) ?? ""}, got ${show(issue.input)}`,
  );
}

function fieldsOf(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value));
}

function pathTo(input: object, key: string): [v.ObjectPathItem] {
  const fields = fieldsOf(input);
  return [{ type: "object", origin: "value", input: fields, key, value: fields[key] }];
}

function mustBe(what: string, got: unknown): string {
  return `must be ${what}, got ${show(got)}`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
