import { WINDOW_NAMES, type WindowName } from "../../src/merge/series-state.ts";
import { isName, MAX_NAME_LENGTH } from "../../src/names.ts";
import { LANGUAGES, type Language } from "./i18n/language.ts";
import { RANGE_NAMES, type RangeName } from "./range.ts";
import {
  MAX_TRIAL_LENGTH,
  TRIAL_RANGES,
  type TrialRange,
} from "./cards/alerts/trial/trial-request.ts";
import { SORT_COLUMNS, type SeriesSort } from "./series-sort.ts";

export const THEMES = ["auto", "light", "dark"] as const;

type Theme = (typeof THEMES)[number];

/** What the alerts card shows beside the alerts of now. */
export const ALERT_PANELS = ["history", "silences", "trial"] as const;

export type AlertPanel = (typeof ALERT_PANELS)[number];

/** All that the user chose about what is shown; the page's address holds it. */
export interface ViewState {
  readonly range: RangeName;
  readonly window: WindowName;
  /** The target whose latency is shown; null: the first there is. */
  readonly target: string | null;
  /** Its operation; `*` is the whole target. */
  readonly operation: string;
  /** The database whose durations are drawn; null: the first there is. */
  readonly database: string | null;
  /** The target whose error rate is drawn; null: all together. */
  readonly failing: string | null;
  /** The rule that is tried on history; null for none. */
  readonly rule: string | null;
  /** What its fields are changed to, as `trialText` writes it; empty if it is tried as it is. */
  readonly trial: string;
  /** How much history it is tried on. */
  readonly trialRange: TrialRange;
  readonly alertPanel: AlertPanel | null;
  /** Words that the alerts of the past are to have; empty for all of them. */
  readonly alertFilter: string;
  /** Null: as the browser asks for. */
  readonly language: Language | null;
  readonly theme: Theme;
  /** The alert that a message linked to; null for none. */
  readonly alert: string | null;
  /** What the table of series is sorted by; null: by name, each target before its operations. */
  readonly sort: SeriesSort | null;
  /** Targets in the table of series whose many operations are not folded away. */
  readonly opened: readonly string[];
  /** Words that the names of the series in the table have; empty for all. */
  readonly filter: string;
}

export const DEFAULT_VIEW: ViewState = {
  range: "live",
  window: "1m",
  target: null,
  operation: "*",
  database: null,
  failing: null,
  rule: null,
  trial: "",
  trialRange: "24h",
  alertPanel: null,
  alertFilter: "",
  language: null,
  theme: "auto",
  alert: null,
  sort: null,
  opened: [],
  filter: "",
};

/** Targets that may be opened at once; of more the address keeps the last. */
export const MAX_OPENED = 20;

/** Longest filter: a target's name, an operation's, and a space. */
export const MAX_FILTER_LENGTH = 2 * MAX_NAME_LENGTH + 1;

/** What an address says; what it does not say, or says wrongly, is as by default. */
export function viewOf(address: URL): ViewState {
  const query = address.searchParams;
  return {
    range: choice(query.get("range"), RANGE_NAMES) ?? DEFAULT_VIEW.range,
    window: choice(query.get("window"), WINDOW_NAMES) ?? DEFAULT_VIEW.window,
    target: name(query.get("target")),
    operation: name(query.get("operation")) ?? DEFAULT_VIEW.operation,
    database: name(query.get("database")),
    failing: name(query.get("failing")),
    rule: name(query.get("rule")),
    trial: trialOf(query.get("try")),
    trialRange: choice(query.get("over"), TRIAL_RANGES) ?? DEFAULT_VIEW.trialRange,
    alertPanel: choice(query.get("alerts"), ALERT_PANELS) ?? null,
    alertFilter: name(query.get("find")) ?? DEFAULT_VIEW.alertFilter,
    language: choice(query.get("lang"), LANGUAGES) ?? null,
    theme: choice(query.get("theme"), THEMES) ?? DEFAULT_VIEW.theme,
    alert: /^#alert=([\w.:*~-]{1,200})$/.exec(address.hash)?.[1] ?? null,
    sort: sortOf(query.get("sort")),
    opened: namesOf(query.get("open")),
    filter: (query.get("filter") ?? "").slice(0, MAX_FILTER_LENGTH),
  };
}

/** The address that shows a view: what is as by default is left out. */
export function addressOf(view: ViewState, base: URL): URL {
  const address = new URL(base);
  set(address, "range", view.range, DEFAULT_VIEW.range);
  set(address, "window", view.window, DEFAULT_VIEW.window);
  set(address, "target", view.target, null);
  set(address, "operation", view.operation, DEFAULT_VIEW.operation);
  set(address, "database", view.database, null);
  set(address, "failing", view.failing, null);
  set(address, "rule", view.rule, null);
  set(address, "try", view.trial, DEFAULT_VIEW.trial);
  set(address, "over", view.trialRange, DEFAULT_VIEW.trialRange);
  set(address, "alerts", view.alertPanel, null);
  set(address, "find", view.alertFilter, DEFAULT_VIEW.alertFilter);
  set(address, "lang", view.language, null);
  set(address, "theme", view.theme, DEFAULT_VIEW.theme);
  set(address, "sort", sortText(view.sort), null);
  set(address, "open", view.opened.join(","), "");
  set(address, "filter", view.filter, DEFAULT_VIEW.filter);
  address.hash = view.alert === null ? "" : `alert=${view.alert}`;
  return address;
}

/** What the user goes back to; what is typed, sorted or looks otherwise is no step of its own. */
const STEPS = [
  "range",
  "target",
  "operation",
  "database",
  "rule",
  "alertPanel",
  "alert",
] as const satisfies readonly (keyof ViewState)[];

/** Whether the browser's button Back leads from a view to the one before it. */
export function isStep(before: ViewState, after: ViewState): boolean {
  return STEPS.some((key) => before[key] !== after[key]);
}

function set(address: URL, key: string, value: string | null, byDefault: string | null): void {
  if (value === null || value === byDefault) address.searchParams.delete(key);
  else address.searchParams.set(key, value);
}

/** `p95Ms` from the least, `-p95Ms` from the most. */
function sortOf(text: string | null): SeriesSort | null {
  const isDescending = text?.startsWith("-") ?? false;
  const column = choice(isDescending ? (text?.slice(1) ?? null) : text, SORT_COLUMNS);
  return column === undefined ? null : { column, isDescending };
}

function sortText(sort: SeriesSort | null): string | null {
  return sort && `${sort.isDescending ? "-" : ""}${sort.column}`;
}

/** Names of targets, which have no comma; what is none is left out. */
function namesOf(text: string | null): readonly string[] {
  return [...new Set((text ?? "").split(",").filter(isName))].slice(-MAX_OPENED);
}

function trialOf(text: string | null): string {
  return text === null || text.length > MAX_TRIAL_LENGTH ? DEFAULT_VIEW.trial : text;
}

function choice<Choice extends string>(
  text: string | null,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((candidate) => candidate === text);
}

function name(text: string | null): string | null {
  return text === null || text === "" || text.length > MAX_NAME_LENGTH ? null : text;
}
