import fc from "fast-check";
import { expect, test } from "vitest";
import { TRIAL_RANGES } from "../../../dashboard/src/cards/alerts/trial/trial-request.ts";
import { SORT_COLUMNS } from "../../../dashboard/src/series-sort.ts";
import { RANGE_NAMES } from "../../../dashboard/src/range.ts";
import {
  addressOf,
  ALERT_PANELS,
  DEFAULT_VIEW,
  isStep,
  MAX_FILTER_LENGTH,
  MAX_OPENED,
  THEMES,
  viewOf,
  type ViewState,
} from "../../../dashboard/src/view-state.ts";
import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("view state", process.env["SEED"]);
const BASE = new URL("https://t.example/?of=another#alert=old");

const anyName = fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 8 });
const anyView: fc.Arbitrary<ViewState> = fc.record({
  range: fc.constantFrom(...RANGE_NAMES),
  window: fc.constantFrom(...WINDOW_NAMES),
  target: fc.option(anyName),
  operation: anyName,
  database: fc.option(anyName),
  failing: fc.option(anyName),
  rule: fc.option(anyName),
  trial: fc.oneof(anyName, fc.constant("")),
  trialRange: fc.constantFrom(...TRIAL_RANGES),
  alertPanel: fc.option(fc.constantFrom(...ALERT_PANELS)),
  alertFilter: fc.oneof(anyName, fc.constant("")),
  language: fc.option(fc.constantFrom("en", "pt-BR")),
  theme: fc.constantFrom(...THEMES),
  alert: fc.option(fc.stringMatching(/^[\w.:*~-]{1,200}$/)),
  sort: fc.option(
    fc.record({ column: fc.constantFrom(...SORT_COLUMNS), isDescending: fc.boolean() }),
  ),
  opened: fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9_.:-]{0,9}$/), {
    maxLength: MAX_OPENED,
  }),
  filter: fc.oneof(anyName, fc.constant("")),
});

test("an address holds the whole view, and what else it said", () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const address = addressOf(view, BASE);
      expect(viewOf(new URL(address.href))).toEqual(view);
      expect(address.searchParams.get("of")).toBe("another");
    }),
    { seed },
  );
});

test("the view as it is by default needs no words", () => {
  const base = new URL("https://t.example/?range=7d&sort=-count&filter=x#alert=a");
  expect(addressOf(DEFAULT_VIEW, base).href).toBe("https://t.example/");
});

test("whatever an address says, it is a view that an address can hold", () => {
  const keys = [
    "range",
    "window",
    "target",
    "operation",
    "sort",
    "open",
    "filter",
    "lang",
    "theme",
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...keys), fc.string({ maxLength: 300 }))),
      fc.string(),
      (parameters, hash) => {
        const address = new URL(BASE);
        for (const [key, value] of parameters) address.searchParams.append(key, value);
        address.hash = hash;
        const view = viewOf(address);
        expect(view.filter.length).toBeLessThanOrEqual(MAX_FILTER_LENGTH);
        expect(viewOf(addressOf(view, BASE))).toEqual(view);
      },
    ),
    { seed },
  );
});

test.each([
  ["p95Ms", { column: "p95Ms", isDescending: false }],
  ["-errorRate", { column: "errorRate", isDescending: true }],
  ["--count", null],
  ["constructor", null],
  ["", null],
])("sort=%s", (text, sort) => {
  expect(viewOf(new URL(`https://t.example/?sort=${text}`)).sort).toEqual(sort);
});

test.each([
  { range: "7d" },
  { target: "meta" },
  { operation: "events" },
  { alertPanel: "history" },
  { alert: "a" },
] as const)("Back leads back from %j", (part) => {
  const after = { ...DEFAULT_VIEW, ...part };
  expect(isStep(DEFAULT_VIEW, after)).toBe(true);
  expect(isStep(after, DEFAULT_VIEW)).toBe(true);
});

test.each([
  { filter: "meta" },
  { alertFilter: "meta" },
  { sort: { column: "count", isDescending: true } },
  { theme: "dark" },
  {},
] as const)("Back does not undo %j by itself", (part) => {
  const before = { ...DEFAULT_VIEW, target: "meta" };
  expect(isStep(before, { ...before, ...part })).toBe(false);
});

test("what an address opens are names, each once, and no more than may be", () => {
  const openedOf = (text: string) => viewOf(new URL(`https://t.example/?open=${text}`)).opened;
  expect(openedOf("d1,Meta,,d1,*,meta")).toEqual(["d1", "meta"]);
  const many = Array.from({ length: MAX_OPENED + 5 }, (_, index) => `t${index}`);
  expect(openedOf(many.join(","))).toEqual(many.slice(5));
});

test("a filter that is longer than any name is cut", () => {
  const address = new URL("https://t.example/");
  address.searchParams.set("filter", "m".repeat(MAX_FILTER_LENGTH + 1));
  expect(viewOf(address).filter).toBe("m".repeat(MAX_FILTER_LENGTH));
});
