import type { ResolvedReason } from "../../../src/alerts/alert.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import type { Silence } from "../../../src/alerts/silence.ts";
import type { NoticeEvent } from "../../../src/notify/notice.ts";

/** One evaluation of a rule on a series: when, and what the value meant. */
export interface Look {
  readonly at: number;
  /** `bad` holds, `good` is recovered, `middle` is between, `none` is no data that is waited for. */
  readonly kind: "bad" | "middle" | "good" | "none";
}

/** What should be told to one channel. */
export interface PlainNotice {
  readonly at: number;
  readonly rule: string;
  readonly target: string;
  readonly operation: string;
  readonly event: NoticeEvent;
  readonly channel: string;
  readonly reason: ResolvedReason | null;
}

/** An alert that has not ended. */
export interface PlainAlert {
  readonly rule: string;
  readonly target: string;
  readonly operation: string;
  readonly state: "pending" | "firing" | "nodata";
}

export interface PlainRoute {
  readonly channel: string;
  readonly severities: readonly string[];
  readonly targets: readonly string[] | undefined;
  readonly operations?: readonly string[];
  readonly rules?: readonly string[];
  readonly events?: readonly NoticeEvent[];
}

export interface PlainOptions {
  readonly routes: readonly PlainRoute[];
  readonly repeatCriticalMs: number;
  readonly repeatMs: number;
  readonly noDataHoldMs: number;
  /** How long the window of every rule is. */
  readonly windowMs: number;
  /** A condition is not taken to have held over a longer time between two looks. */
  readonly maxUnseenMs: number;
}

/** A value of each series: its target, its operation, and the value or null. */
export interface PlainValue {
  readonly target: string;
  readonly operation: string;
  readonly value: number | null;
}

/** What one rule has found on one series, from its first look on, and who was told of it. */
interface Story {
  readonly rule: Rule;
  readonly target: string;
  readonly operation: string;
  readonly looks: Look[];
  /** Of the incident that is open; begun anew with each. */
  told: { channels: readonly string[]; at: number } | undefined;
  isAcknowledged: boolean;
  /** Whether it was implied at the last look, and until when it is quiet since that ended. */
  isImplied: boolean;
  quietUntil: number;
  incidents: number;
}

/**
 * The truth about alerts: every look that counted is kept, and what an alert is now is worked out
 * from all of them anew. It knows nothing of engines, of their lives, or of what they store.
 */
export class PlainAlerts {
  readonly #options: PlainOptions;
  #stories = new Map<string, Story>();
  silences: readonly Silence[] = [];

  constructor(options: PlainOptions) {
    this.#options = options;
  }

  /** One look at everything. @returns what is to be told because of it. */
  look(rules: readonly Rule[], at: number, values: readonly PlainValue[]): PlainNotice[] {
    const notices: PlainNotice[] = [];
    for (const [key, story] of this.#stories) {
      const same = rules.find(({ name }) => name === story.rule.name);
      if (same !== undefined && meaning(same) === meaning(story.rule)) continue;
      const reason = same === undefined ? "rule_removed" : "rule_changed";
      if (this.#state(story) !== undefined) notices.push(...this.#ends(story, at, reason));
      this.#stories.delete(key);
    }
    for (const rule of rules) {
      for (const { target, operation, value } of values) {
        if ((rule.scope.operations === "whole") !== (operation === "*")) continue;
        notices.push(...this.#lookAt(rule, { target, operation, value }, at));
      }
    }
    for (const story of this.#stories.values()) notices.push(...this.#tells(rules, story, at));
    return notices;
  }

  open(): PlainAlert[] {
    return [...this.#stories.values()].flatMap((story) => {
      const { rule, target, operation } = story;
      const state = this.#state(story);
      return state === undefined ? [] : [{ rule: rule.name, target, operation, state }];
    });
  }

  acknowledge({ rule, target, operation }: Omit<PlainAlert, "state">): void {
    const story = this.#stories.get(keyOf(rule, target, operation));
    if (story === undefined) throw new Error("nobody can acknowledge what there is not");
    story.isAcknowledged = true;
  }

  #lookAt(rule: Rule, { target, operation, value }: PlainValue, at: number): PlainNotice[] {
    const key = keyOf(rule.name, target, operation);
    const story = this.#stories.get(key) ?? {
      rule,
      target,
      operation,
      looks: [],
      told: undefined,
      isAcknowledged: false,
      isImplied: false,
      quietUntil: -Infinity,
      incidents: 0,
    };
    this.#stories.set(key, story);
    story.looks.push({ at, kind: kindOf(rule, value) });
    const { last, ended } = this.#read(story);
    if (ended > story.incidents) {
      story.incidents = ended;
      const reason = kindOf(rule, value) === "none" ? "no_data" : "recovered";
      return this.#ends(story, at, reason);
    }
    if (last === undefined) this.#forget(story);
    return [];
  }

  #ends(story: Story, at: number, reason: ResolvedReason): PlainNotice[] {
    const { told } = story;
    story.told = undefined;
    this.#forget(story);
    return this.#listening(told?.channels ?? [], "resolved").map((channel) =>
      noticeOf(story, at, "resolved", channel, reason),
    );
  }

  #forget(story: Story): void {
    story.isAcknowledged = false;
    story.isImplied = false;
    story.quietUntil = -Infinity;
  }

  /** What was implied until now is quiet for as long as it takes to find it anew. */
  #noteImplied(rules: readonly Rule[], story: Story, at: number): void {
    if (this.#state(story) === undefined) return;
    const isImplied = this.#isImplied(rules, story);
    if (story.isImplied && !isImplied) {
      story.quietUntil = at + Math.max(story.rule.forMs, this.#options.windowMs);
    }
    story.isImplied = isImplied;
  }

  #tells(rules: readonly Rule[], story: Story, at: number): PlainNotice[] {
    this.#noteImplied(rules, story, at);
    if (this.#state(story) !== "firing") return [];
    if (this.#isSilenced(story, at) || story.isImplied) return [];
    if (story.told !== undefined && story.isAcknowledged) return [];
    const isOver = story.looks.at(-1)?.kind === "good";
    if (story.told === undefined && (isOver || at < story.quietUntil)) return [];
    const { severity } = story.rule;
    const waitMs =
      severity === "CRITICAL" ? this.#options.repeatCriticalMs : this.#options.repeatMs;
    const { told } = story;
    if (told !== undefined && at - told.at < waitMs) return [];
    const channels = this.#options.routes
      .filter(({ severities }) => severities.includes(severity))
      .filter(({ targets }) => targets === undefined || targets.includes(story.target))
      .filter(({ operations }) => operations === undefined || operations.includes(story.operation))
      .filter(({ rules: some }) => some === undefined || some.includes(story.rule.name))
      .map(({ channel }) => channel);
    if (channels.length === 0) return [];
    story.told = { channels, at };
    const event = told === undefined ? "firing" : "repeat";
    return this.#listening(channels, event).map((channel) =>
      noticeOf(story, at, event, channel, null),
    );
  }

  #listening(channels: readonly string[], event: NoticeEvent): readonly string[] {
    return channels.filter((channel) => {
      const route = this.#options.routes.find((one) => one.channel === channel);
      return route?.events === undefined || route.events.includes(event);
    });
  }

  #isSilenced({ rule, target }: Story, at: number): boolean {
    return this.silences.some(
      ({ match, from, to }) =>
        from <= at &&
        at < to &&
        (match.rule === undefined || match.rule === rule.name) &&
        (match.target === undefined || match.target === target) &&
        (match.severity === undefined || match.severity === rule.severity),
    );
  }

  #isImplied(rules: readonly Rule[], { rule, target, operation }: Story): boolean {
    return this.open().some(
      (other) =>
        other.state !== "pending" &&
        other.target === target &&
        (other.operation === "*" || other.operation === operation) &&
        rules.some(({ name, inhibits }) => name === other.rule && inhibits.includes(rule.name)),
    );
  }

  #state(story: Story): PlainAlert["state"] | undefined {
    return this.#read(story).last;
  }

  #read({ looks, rule }: Story): { last: PlainAlert["state"] | undefined; ended: number } {
    return readLooks(looks, rule, this.#options);
  }
}

/**
 * What an alert is after all looks, and how many have fired and ended. An alert fires at the first
 * look up to which its condition was seen to hold for `for`; it ends at the first look up to which
 * all was good for `keepFiringFor`, or nothing was there for as long as is waited.
 */
export function readLooks(
  looks: readonly Look[],
  { forMs, keepFiringForMs }: Pick<Rule, "forMs" | "keepFiringForMs">,
  { noDataHoldMs, maxUnseenMs }: Pick<PlainOptions, "noDataHoldMs" | "maxUnseenMs">,
): { last: PlainAlert["state"] | undefined; ended: number } {
  /** How long the looks from `from` to `to`, at most, were all of one kind, at the last of them. */
  const lasted = (kind: Look["kind"], from: number, to: number, maxGapMs: number): number => {
    let first = to;
    while (first >= from && looks[first]?.kind === kind) {
      if ((looks[first + 1]?.at ?? 0) - (looks[first]?.at ?? 0) > maxGapMs && first < to) break;
      first -= 1;
    }
    return first === to ? -1 : (looks[to]?.at ?? 0) - (looks[first + 1]?.at ?? 0);
  };
  const next = (from: number, is: (index: number) => boolean): number => {
    const found = looks.findIndex((_, index) => index >= from && is(index));
    return found === -1 ? looks.length : found;
  };
  let [begun, ended] = [0, 0];
  for (;;) {
    const from = begun;
    const fired = next(from, (index) => lasted("bad", from, index, maxUnseenMs) >= forMs);
    if (fired === looks.length) break;
    const over = next(
      fired + 1,
      (index) =>
        lasted("good", fired + 1, index, Infinity) >= keepFiringForMs ||
        lasted("none", fired + 1, index, Infinity) >= noDataHoldMs,
    );
    if (over === looks.length) {
      return { last: looks.at(-1)?.kind === "none" ? "nodata" : "firing", ended };
    }
    ended += 1;
    begun = over + 1;
  }
  const isPending = looks.length > begun && looks.at(-1)?.kind === "bad";
  return { last: isPending ? "pending" : undefined, ended };
}

const HOLDS: Readonly<Record<Rule["comparison"], (value: number, bound: number) => boolean>> = {
  ">=": (value, bound) => !(value < bound),
  ">": (value, bound) => bound < value,
  "<=": (value, bound) => !(bound < value),
  "<": (value, bound) => value < bound,
};

function kindOf(rule: Rule, value: number | null): Look["kind"] {
  if (value === null) return rule.noData === "ok" ? "good" : "none";
  const holds = HOLDS[rule.comparison];
  if (holds(value, rule.threshold)) return "bad";
  return holds(value, rule.recoveryThreshold) ? "middle" : "good";
}

/** All of a rule but what is only said. */
function meaning(rule: Rule): string {
  return JSON.stringify({ ...rule, action: null });
}

function keyOf(rule: string, target: string, operation: string): string {
  return [rule, target, operation].join(" ");
}

function noticeOf(
  { rule, target, operation }: Story,
  at: number,
  event: NoticeEvent,
  channel: string,
  reason: ResolvedReason | null,
): PlainNotice {
  return { at, rule: rule.name, target, operation, event, channel, reason };
}
