import { expect, it } from "vitest";
import { settingMeaning } from "../../../../scripts/docs/setting-meaning.ts";

const SETTING = {
  path: "cadence.idleMs",
  allowed: "an integer from 1,000 to 300,000",
  byDefault: "10000",
};

it.for([
  ["Between ticks, 1,000 to 300,000. Default 10,000.", "Between ticks."],
  [
    "Between ticks, 1,000 to 300,000 (5 minutes); or less. Default 10,000 (10 s).",
    "Between ticks; or less.",
  ],
  ["Between ticks, an integer from 1,000 to 300,000.", "Between ticks."],
  // Whoever says nothing of it says nothing wrong.
  ["Between ticks.", "Between ticks."],
  // A default with a reason keeps both.
  ["Between ticks. Default 10,000: enough.", "Between ticks. Default 10,000: enough."],
])("leaves out what stands beside it: %s", ([doc = "", meaning]) => {
  expect(settingMeaning(SETTING, doc)).toBe(meaning);
});

it.for([
  ["Between ticks, 100 to 300,000. Default 10,000.", "says 100 to 300,000, the schema 1,000 to"],
  ["Between ticks, 1,000 to 300,001.", "says 1,000 to 300,001"],
  ["Between ticks. Default 20,000.", "its default is 20000, the schema 10000"],
  ["Between ticks. Default `10 s`.", "its default is 10 s"],
  ["", "cadence.idleMs has no description"],
  ["1,000 to 300,000. Default 10,000.", "cadence.idleMs has no description"],
])("refuses what is not true, or says nothing: %s", ([doc = "", message = ""]) => {
  expect(() => settingMeaning(SETTING, doc)).toThrow(message);
});

it("compares defaults that are words", () => {
  const setting = { path: "messages.language", allowed: "one of en, pt-BR", byDefault: '"en"' };
  expect(settingMeaning(setting, "Of messages. Default `en`.")).toBe("Of messages.");
  expect(() => settingMeaning(setting, "Of messages. Default `pt-BR`.")).toThrow("pt-BR");
});
