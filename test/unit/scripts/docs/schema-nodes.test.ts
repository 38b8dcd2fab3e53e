import * as v from "valibot";
import { expect, it } from "vitest";
import { orderedSettings } from "../../../../scripts/docs/ordered-settings.ts";
import {
  entryIn,
  fieldOf,
  fieldsIn,
  requirementOf,
} from "../../../../scripts/docs/schema-nodes.ts";
import {
  choice,
  group,
  integer,
  listOf,
  recordOf,
  yesOrNo,
} from "../../../../src/config-schema-parts.ts";

const name = v.custom<string>((value) => typeof value === "string", "must be a name");

const part = group({ lowMs: integer(1, 20, 2), highMs: integer(1, 40_000, 9) }, [
  ["lowMs", "highMs"],
]);

const whole = group({
  part: v.optional(part, {}),
  parts: v.optional(recordOf(name, part), {}),
  words: v.optional(v.nullable(listOf(choice(["a", "b"]), 1, 2, "words")), null),
  isOn: yesOrNo(true),
  name,
});

it("finds the fields of groups, also of those that are left out, and the entries of records", () => {
  const fields = fieldsIn(whole) ?? {};
  expect(Object.keys(fields)).toEqual(["part", "parts", "words", "isOn", "name"]);
  const { part: inner, parts } = fields;
  expect(Object.keys((inner && fieldsIn(fieldOf(inner).inner)) ?? {})).toEqual(["lowMs", "highMs"]);
  const entry = parts && entryIn(fieldOf(parts).inner);
  expect(Object.keys((entry && fieldsIn(entry)) ?? {})).toEqual(["lowMs", "highMs"]);
  expect(fieldsIn(name)).toBeUndefined();
  expect(entryIn(name)).toBeUndefined();
});

it("says what a field is if it is left out, and whether it may be", () => {
  const { words = name, isOn = name } = fieldsIn(whole) ?? {};
  expect(fieldOf(words)).toMatchObject({ isRequired: false, mayBeNull: true });
  expect(fieldOf(isOn)).toMatchObject({ byDefault: true, isRequired: false, mayBeNull: false });
  expect(fieldOf(name)).toMatchObject({ byDefault: undefined, isRequired: true });
});

it("says what a value must be in the words of the message about another one", () => {
  const { words = name } = fieldsIn(whole) ?? {};
  expect(requirementOf(fieldOf(words).inner)).toBe("a list of 1 to 2 words, each one of a, b");
  expect(requirementOf(fieldOf(integer(1, 40_000, 9)).inner)).toBe("an integer from 1 to 40,000");
  expect(() => requirementOf(v.unknown())).toThrow("takes anything");
});

it("finds which field may be at most which other one", () => {
  const setting = (path: string, allowed: string) => ({
    path,
    allowed,
    byDefault: undefined,
    isRequired: false,
    meaning: "",
  });
  const found = orderedSettings(group({ part }), [
    setting("part.lowMs", "an integer from 1 to 20"),
    setting("part.highMs", "an integer from 1 to 40,000"),
    setting("part.name", "a name"),
  ]);
  expect([...found]).toEqual([["part.lowMs", ["highMs"]]]);
});
