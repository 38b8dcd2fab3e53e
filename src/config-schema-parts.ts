import * as v from "valibot";
import { compareText } from "./compare-text.ts";
import { nearestKey } from "./nearest-key.ts";

/** Longest part of a faulty value that a message repeats, in characters. */
const MAX_SHOWN = 40;

/** One thing that is wrong with a configuration. */
export interface ConfigFault {
  /** Where, as `targets.meta.shards`. Empty if the whole configuration is at fault. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly reason: string;
}

/** Two fields of a group, of which the first may be at most the second. */
type Ordered<Entries> = readonly [keyof Entries & string, keyof Entries & string];

/**
 * An object of exactly these fields: each key too many is an issue that names the nearest.
 * @param order - fields of which the first may be at most the second.
 * @param explain - what to say of a key too many, where there is more to say than what is near.
 */
export function group<Entries extends v.ObjectEntries>(
  entries: Entries,
  order: readonly Ordered<Entries>[] = [],
  explain: (key: string) => string | undefined = () => undefined,
) {
  const known = Object.keys(entries);
  const fieldsSchema = v.looseObject(entries, "is missing and has no default");
  // Lazy for the sake of the input itself: of `constructor` and its like, looseObject keeps nothing.
  return v.lazy((input) =>
    v.pipe(
      plainObject(),
      fieldsSchema,
      v.rawCheck(({ dataset, addIssue }) => {
        // A faulty field beside it must not hide an unknown one, so untyped objects are checked too.
        if (!isPlainObject(input)) return;
        const given = fieldsOf(input);
        for (const key of Object.keys(given)) {
          if (known.includes(key)) continue;
          const message = explain(key) ?? unknownField(key, known);
          addIssue({ message, path: pathTo(given, key) });
        }
        if (!dataset.typed) return;
        const fields = fieldsOf(dataset.value);
        for (const [low, high] of order) {
          if (Number(fields[low]) <= Number(fields[high])) continue;
          const message = mustBe(`at most ${high} (${show(fields[high])})`, fields[low]);
          addIssue({ message, path: pathTo(fields, low) });
        }
      }),
    ),
  );
}

export function unknownField(key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  return nearest === undefined
    ? `unknown field; the fields here are ${known.join(", ")}`
    : `unknown field; did you mean ${nearest}?`;
}

export function plainObject() {
  return v.custom<object>(isPlainObject, (issue) => mustBe("an object", issue.input));
}

export function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function integer(min: number, max: number, byDefault: number) {
  return v.optional(integerIn(min, max), byDefault);
}

export function integerIn(min: number, max: number) {
  return checked<number>(
    `an integer from ${min} to ${max}`,
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

/** A value of which `isRight` holds. @param what - what it must be. */
export function checked<Value>(what: string, isRight: (value: unknown) => boolean) {
  return v.custom<Value>(isRight, (issue) => mustBe(what, issue.input));
}

/** @param problem - what is wrong with a value, or undefined. */
export function numberWithout(problem: (value: unknown) => string | undefined) {
  return v.custom<number>(
    (value) => problem(value) === undefined,
    (issue) => `${problem(issue.input) ?? ""}, got ${show(issue.input)}`,
  );
}

/** One of some words; the message of another one names the nearest. */
export function choice<const Words extends readonly string[]>(words: Words) {
  return v.picklist(words, ({ input }) => mustBeOneOf(words, input));
}

export function mustBeOneOf(words: readonly string[], got: unknown): string {
  const nearest = typeof got === "string" ? nearestKey(got, words) : undefined;
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return mustBe(`one of ${words.join(", ")}`, got) + hint;
}

export function yesOrNo(byDefault: boolean) {
  return v.optional(
    checked<boolean>("true or false", (value) => typeof value === "boolean"),
    byDefault,
  );
}

/** Longest URL that is configured, in characters: some are in every message. */
const MAX_URL = 500;

/** A URL to which something can be appended: without a slash at the end, a query and a fragment. */
export const webUrl = v.pipe(
  // Not repeated: somebody may have put a key into it.
  v.custom<string>(
    isWebUrl,
    `must be a URL of at most ${MAX_URL} characters that begins with https:// or http://, ` +
      "without a user, ? and #",
  ),
  v.transform((url) => url.replace(/\/+$/, "")),
);

function isWebUrl(value: unknown): boolean {
  if (typeof value !== "string" || value.length > MAX_URL) return false;
  if (!/^https?:\/\/[^\s?#\\]+$/.test(value)) return false;
  const url = URL.parse(value);
  return url !== null && url.username === "" && url.password === "";
}

/** A list of `min` to `max` entries. @param what - what they are, for the message. */
export function listOf<Entry>(
  entry: v.GenericSchema<unknown, Entry>,
  min: number,
  max: number,
  what: string,
) {
  const isRight = (value: unknown): boolean =>
    Array.isArray(value) && value.length >= min && value.length <= max;
  return v.pipe(
    v.custom<unknown[]>(isRight, ({ input }) => {
      const got = Array.isArray(input) ? `${input.length}` : show(input);
      return `must be a list of ${min} to ${max} ${what}, got ${got}`;
    }),
    v.array(entry),
  );
}

/** Named entries. By way of a map: valibot's record leaves out `constructor`, a valid name. */
export function recordOf<Name extends v.GenericSchema<string>, Entry extends v.GenericSchema>(
  name: Name,
  entry: Entry,
) {
  return v.pipe(
    plainObject(),
    v.transform((record) => new Map<string, unknown>(Object.entries(record))),
    v.map(name, entry),
  );
}

/** What is wrong with an input, in the order of the paths. */
export function faultsOf(issues: readonly v.BaseIssue<unknown>[]): ConfigFault[] {
  const faults = issues.map((issue) => ({
    path: v.getDotPath(issue) ?? "",
    reason: issue.message,
  }));
  return faults.toSorted((left, right) => compareText(left.path, right.path));
}

export function fieldsOf(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value));
}

/** Where a fault is: `key` of `input`, or what is deeper in it. */
export function pathTo(
  input: object,
  key: string,
  ...deeper: readonly string[]
): [v.ObjectPathItem, ...v.ObjectPathItem[]] {
  const fields = fieldsOf(input);
  const value = fields[key];
  const item = { type: "object", origin: "value", input: fields, key, value } as const;
  const [next, ...further] = deeper;
  if (next === undefined) return [item];
  return [item, ...pathTo(isPlainObject(value) ? value : {}, next, ...further)];
}

export function mustBe(what: string, got: unknown): string {
  return `must be ${what}, got ${show(got)}`;
}

export function show(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
