import { describe, expect, test } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import {
  AlertEngine,
  type EvaluationResult,
  MAX_OPEN_ALERTS,
} from "../../../src/alerts/alert-engine.ts";
import type { StoredAlerts } from "../../../src/alerts/alert-store.ts";
import type { SeriesFacts } from "../../../src/alerts/facts.ts";
import type { Route } from "../../../src/alerts/route.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import { ruleExample, seriesOf } from "../../support/alerts/series-facts.ts";

const NOW = Date.UTC(2026, 10, 20, 9);
const MINUTE_MS = 60_000;

const MAIL: Route = {
  channel: "mail",
  severities: ["CRITICAL", "HIGH", "MEDIUM", "LOW"],
  targets: undefined,
};

const AT_ONCE = ruleExample({ forMs: 0 });

/** An engine and what it stored; every evaluation is stored and accepted. */
class Bench {
  stored: StoredAlerts = { alerts: [], nextNumber: 1, silences: [] };
  engine: AlertEngine;
  nowMs = NOW;

  constructor(rules: readonly Rule[] = [AT_ONCE], routes: readonly Route[] = [MAIL]) {
    this.engine = this.#awake(rules, routes);
  }

  /** A new life with another configuration. */
  restart(rules: readonly Rule[], routes: readonly Route[] = [MAIL]): void {
    this.engine = this.#awake(rules, routes);
  }

  tick(series: readonly SeriesFacts[], afterMs = 1_000): EvaluationResult {
    this.nowMs += afterMs;
    const result = this.engine.evaluate({ nowMs: this.nowMs, series });
    const { put = [], remove = [], nextNumber = this.stored.nextNumber } = result.commit;
    const alerts = new Map(this.stored.alerts.map((alert) => [alert.id, alert]));
    for (const alert of put) alerts.set(alert.id, alert);
    for (const id of remove) alerts.delete(id);
    this.stored = { ...this.stored, alerts: [...alerts.values()], nextNumber };
    this.engine.accept(result, this.nowMs);
    return result;
  }

  alerts(): Alert[] {
    return [...this.engine.alerts];
  }

  #awake(rules: readonly Rule[], routes: readonly Route[]): AlertEngine {
    const policy = { routes, repeatCriticalMs: 300_000, repeatMs: 14_400_000 };
    return new AlertEngine({ rules, policy, noDataHoldMs: 3_600_000 }, this.stored);
  }
}

const BAD = seriesOf("meta", 20);
const GOOD = seriesOf("meta", 5);

/** `from>to reason` of each transition. */
function went({ transitions }: EvaluationResult): string[] {
  return transitions.map(({ from, to, alert: { resolvedReason } }) =>
    [`${from}>${to}`, resolvedReason].filter((part) => part !== null).join(" "),
  );
}

/** The ids of what is told, without the alert's. */
function told({ commit }: EvaluationResult): string[] {
  return (commit.notifications ?? []).map(({ id }) => id.slice(id.indexOf(":") + 1));
}

describe("an incident, from its beginning to its end", () => {
  test("goes through its states, and is told of twice", () => {
    const bench = new Bench([ruleExample({ forMs: 2_000 })]);
    expect(bench.tick([GOOD]).isEmpty).toBe(true);
    expect(bench.engine.hasOpen).toBe(false);
    const begun = bench.tick([BAD]);
    expect(went(begun)).toEqual(["inactive>pending"]);
    expect(told(begun)).toEqual([]);
    expect(begun.commit.records).toEqual([]);
    expect([bench.engine.hasPending, bench.engine.hasOpen]).toEqual([true, true]);
    expect(bench.tick([BAD]).isEmpty).toBe(true);
    const fired = bench.tick([BAD]);
    expect(went(fired)).toEqual(["pending>firing"]);
    expect(told(fired)).toEqual(["firing/mail"]);
    expect(fired.commit.records).toMatchObject([{ kind: "alert", alert: { state: "firing" } }]);
    expect(bench.engine.hasPending).toBe(false);
    expect(bench.tick([BAD]).isEmpty).toBe(true);
    const ended = bench.tick([GOOD]);
    expect(went(ended)).toEqual(["firing>resolved recovered"]);
    expect(told(ended)).toEqual(["resolved/mail"]);
    const [alert] = fired.commit.put ?? [];
    expect(ended.commit).toMatchObject({ put: [], remove: [alert?.id] });
    expect(ended.commit.records).toMatchObject([{ alert: { id: alert?.id, state: "resolved" } }]);
    expect(bench.engine.hasOpen).toBe(false);
    expect(bench.stored.alerts).toEqual([]);
  });

  test("a notice says when there was this to tell", () => {
    const bench = new Bench([ruleExample({ forMs: 0, severity: "CRITICAL" })]);
    const [first] = bench.tick([BAD]).commit.notifications ?? [];
    expect(first).toMatchObject({ queuedAt: bench.nowMs, notice: { at: bench.nowMs } });
    const [again] = bench.tick([BAD], 300_000).commit.notifications ?? [];
    expect(again?.notice).toMatchObject({ event: "repeat", repeats: 1, at: bench.nowMs });
    const [end] = bench.tick([GOOD]).commit.notifications ?? [];
    expect(end?.notice).toMatchObject({ event: "resolved", at: bench.nowMs });
  });

  test("what is not accepted has not happened", () => {
    const bench = new Bench();
    const facts = { nowMs: NOW, series: [BAD] };
    const first = bench.engine.evaluate(facts);
    expect(bench.alerts()).toEqual([]);
    expect(bench.engine.evaluate(facts)).toEqual(first);
    bench.engine.accept(first, NOW);
    expect(bench.alerts()).toMatchObject([{ state: "firing" }]);
  });

  test("each has an id of its own, also at the same moment and after the count is lost", () => {
    const bench = new Bench();
    const ids = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      bench.tick([BAD, seriesOf("google", 20)], 0);
      for (const { id } of bench.alerts()) ids.add(id);
      bench.tick([GOOD, seriesOf("google", 5)], 0);
    }
    expect(ids.size).toBe(10);
    bench.stored = { ...bench.stored, nextNumber: 1 };
    bench.restart([AT_ONCE]);
    bench.tick([BAD]);
    for (const { id } of bench.alerts()) expect(ids).not.toContain(id);
  });

  test("a firing alert of severity CRITICAL is known, a pending one is not one yet", () => {
    const bench = new Bench([ruleExample({ severity: "CRITICAL", forMs: 1_000 })]);
    bench.tick([BAD]);
    expect(bench.engine.hasCritical).toBe(false);
    bench.tick([BAD]);
    expect(bench.engine.hasCritical).toBe(true);
    const [alert] = bench.alerts();
    expect(bench.engine.find(alert?.id ?? "")).toBe(alert);
    expect(bench.engine.find("none")).toBeUndefined();
  });

  test("a pending alert is stored once a minute, so that a new life knows that it was seen", () => {
    const bench = new Bench([ruleExample({ forMs: 600_000 })]);
    const stored = Array.from({ length: 181 }, () => !bench.tick([BAD]).isEmpty);
    expect(stored.flatMap((is, index) => (is ? [index] : []))).toEqual([0, 60, 120, 180]);
    bench.restart([ruleExample({ forMs: 600_000 })]);
    expect(bench.tick([BAD]).isEmpty).toBe(true);
    bench.tick([BAD], 240_000);
    expect(bench.alerts()).toMatchObject([{ state: "pending", since: NOW + 1_000 }]);
  });
});

describe("a rule that is gone or another one", () => {
  test("ends what fires, with that reason, and what is pending vanishes", () => {
    const pending = ruleExample({ name: "later", forMs: 60_000 });
    const bench = new Bench([AT_ONCE, pending]);
    bench.tick([BAD]);
    expect(bench.alerts().map(({ state }) => state)).toEqual(["firing", "pending"]);
    bench.restart([]);
    const result = bench.tick([BAD]);
    expect(went(result).toSorted()).toEqual(["firing>resolved rule_removed", "pending>inactive"]);
    expect(told(result)).toEqual(["resolved/mail"]);
    expect(result.commit.remove?.length).toBe(2);
    expect(bench.stored.alerts).toEqual([]);
    expect(result.commit.records?.length).toBe(1);
  });

  test("a rule that changed ends its alert and begins with the next in the same evaluation", () => {
    const bench = new Bench();
    const first = bench.tick([BAD]);
    bench.restart([ruleExample({ forMs: 0, threshold: 11 })]);
    const result = bench.tick([BAD]);
    expect(went(result).toSorted()).toEqual(["firing>resolved rule_changed", "inactive>firing"]);
    expect(told(result)).toEqual(["resolved/mail", "firing/mail"]);
    const [before] = first.commit.put ?? [];
    expect(bench.alerts()).toMatchObject([{ state: "firing", threshold: 11 }]);
    expect(bench.alerts()[0]?.id).not.toBe(before?.id);
    expect(bench.stored.alerts).toEqual(bench.alerts());
  });

  test("a rule that changed lets what is pending begin anew", () => {
    const bench = new Bench([ruleExample({ forMs: 10_000 })]);
    bench.tick([BAD]);
    bench.restart([ruleExample({ forMs: 5_000 })]);
    const result = bench.tick([BAD], 6_000);
    expect(went(result)).toEqual(["pending>inactive", "inactive>pending"]);
    expect(bench.alerts()).toMatchObject([{ since: bench.nowMs }]);
    expect(bench.stored.alerts).toEqual(bench.alerts());
  });

  test("ends, too, where the series has no data or has left memory", () => {
    for (const series of [[], [seriesOf("meta", null)]]) {
      const bench = new Bench();
      bench.tick([BAD]);
      bench.restart([ruleExample({ forMs: 0, threshold: 11 })]);
      expect(went(bench.tick(series))).toEqual(["firing>resolved rule_changed"]);
    }
  });

  test("other texts are no other rule", () => {
    const bench = new Bench();
    bench.tick([BAD]);
    bench.restart([ruleExample({ forMs: 0, action: { en: "Look.", "pt-BR": "Veja." } })]);
    expect(bench.tick([BAD]).isEmpty).toBe(true);
  });
});

describe("what keeps an alert quiet", () => {
  const worse = ruleExample({
    name: "worse",
    severity: "CRITICAL",
    threshold: 15,
    forMs: 0,
    inhibits: ["slow"],
  });

  test("only the rule that implies the other is told of", () => {
    const bench = new Bench([AT_ONCE, worse]);
    const result = bench.tick([BAD, seriesOf("google", 12)]);
    const rules = result.commit.notifications?.map(({ notice }) => [notice.target, notice.rule]);
    expect(rules?.toSorted()).toEqual([
      ["google", "slow"],
      ["meta", "worse"],
    ]);
    const quiet = bench.alerts().find(({ rule, target }) => rule === "slow" && target === "meta");
    expect(quiet).toMatchObject({ state: "firing", inhibitedBy: "worse", toldChannels: [] });
  });

  test("when it has ended, the other one is told of if it lasts, and else ends silently", () => {
    const bench = new Bench([AT_ONCE, worse]);
    bench.tick([BAD]);
    const less = bench.tick([seriesOf("meta", 12)]);
    expect(told(less)).toEqual(["resolved/mail"]);
    expect(bench.alerts()).toMatchObject([{ rule: "slow", inhibitedBy: null }]);
    // For as long as the window of five minutes holds what the other one has told of.
    for (let seconds = 1; seconds < 300; seconds++) {
      expect(told(bench.tick([seriesOf("meta", 12)]))).toEqual([]);
    }
    expect(told(bench.tick([seriesOf("meta", 12)]))).toEqual(["firing/mail"]);
    bench.tick([BAD]);
    expect(bench.alerts()).toMatchObject([{ inhibitedBy: "worse" }, { inhibitedBy: null }]);
    const both = bench.tick([GOOD]);
    expect(told(both)).toEqual(["resolved/mail", "resolved/mail"]);
    const other = new Bench([AT_ONCE, worse]);
    other.tick([BAD]);
    expect(told(other.tick([GOOD]))).toEqual(["resolved/mail"]);
  });

  test("the whole target implies its operations, and no operation the whole or another", () => {
    const scope = { kind: undefined, targets: undefined };
    const each = { ...AT_ONCE, scope: { ...scope, operations: "each" as const } };
    const events = seriesOf("meta", 20, { operation: "events" });
    const bench = new Bench([each, worse]);
    bench.tick([BAD, events]);
    const inhibited = bench.alerts().find(({ operation }) => operation === "events");
    expect(inhibited).toMatchObject({ rule: "slow", inhibitedBy: "worse" });
    const worseEach = { ...worse, scope: { ...scope, operations: "each" as const } };
    const reverse = new Bench([AT_ONCE, worseEach]);
    reverse.tick([BAD, events]);
    expect(reverse.alerts().map(({ inhibitedBy }) => inhibitedBy)).toEqual([null, null]);
  });

  test("what waits for data inhibits on, and what is pending does not yet", () => {
    const bench = new Bench([AT_ONCE, { ...worse, forMs: 1_000 }]);
    bench.tick([BAD]);
    expect(bench.alerts().map(({ inhibitedBy }) => inhibitedBy)).toEqual([null, null]);
    bench.tick([BAD]);
    bench.tick([]);
    const states = bench.alerts().map(({ state, inhibitedBy }) => [state, inhibitedBy]);
    expect(states).toEqual([
      ["nodata", "worse"],
      ["nodata", null],
    ]);
  });

  test("a silence: evaluated and shown, told of when it is over, and its end is told", () => {
    const bench = new Bench();
    const silence = { id: "s-1", match: { target: "meta" }, by: "ana", why: "a rollout" };
    bench.engine.setSilences([{ ...silence, from: NOW + 1_000, to: NOW + 10_000 }]);
    const begun = bench.tick([BAD]);
    expect(told(begun)).toEqual([]);
    expect(begun.commit.put).toMatchObject([{ state: "firing", silencedBy: "s-1" }]);
    expect(told(bench.tick([BAD], 8_999))).toEqual([]);
    expect(told(bench.tick([BAD], 1))).toEqual(["firing/mail"]);
    expect(bench.alerts()).toMatchObject([{ silencedBy: null, toldChannels: ["mail"] }]);
    bench.engine.setSilences([{ ...silence, from: NOW, to: NOW + 60_000 }]);
    expect(told(bench.tick([GOOD]))).toEqual(["resolved/mail"]);
  });
});

describe("who is told, and how often", () => {
  const critical = ruleExample({ severity: "CRITICAL", forMs: 0 });

  test("again after the time of its severity, until somebody acknowledges it", () => {
    const bench = new Bench([critical]);
    bench.tick([BAD]);
    expect(told(bench.tick([BAD], 299_999))).toEqual([]);
    expect(told(bench.tick([BAD], 1))).toEqual(["repeat:1/mail"]);
    expect(told(bench.tick([BAD], 299_999))).toEqual([]);
    bench.restart([critical]);
    expect(told(bench.tick([BAD], 1))).toEqual(["repeat:2/mail"]);
    const [alert] = bench.alerts();
    if (alert === undefined) throw new Error("it fires");
    bench.engine.replace({ ...alert, acknowledged: { by: "ana", at: bench.nowMs } });
    expect(told(bench.tick([BAD], 3_600_000))).toEqual([]);
    const end = bench.tick([GOOD]);
    expect(told(end)).toEqual(["resolved/mail"]);
    expect(end.commit.notifications).toMatchObject([{ notice: { acknowledgedBy: "ana" } }]);
    const high = new Bench();
    high.tick([BAD]);
    expect(told(high.tick([BAD], 14_399_999))).toEqual([]);
    expect(told(high.tick([BAD], 1))).toEqual(["repeat:1/mail"]);
  });

  test("after a long silence it is told again once, and not as often as it would have been", () => {
    const bench = new Bench([critical]);
    bench.tick([BAD]);
    const silence = { id: "s-1", match: { rule: "slow" }, by: "ana", why: "known" };
    bench.engine.setSilences([{ ...silence, from: NOW, to: NOW + 3_600_000 }]);
    for (let minute = 1; minute < 60; minute += 1) {
      expect(told(bench.tick([BAD], MINUTE_MS))).toEqual([]);
    }
    expect(told(bench.tick([BAD], MINUTE_MS))).toEqual(["repeat:1/mail"]);
    expect(told(bench.tick([BAD], MINUTE_MS))).toEqual([]);
  });

  test("a channel that is new hears once that it fires, and repeats wait from then on", () => {
    const bench = new Bench([critical]);
    bench.tick([BAD]);
    bench.restart([critical], [MAIL, { ...MAIL, channel: "on-call" }]);
    expect(told(bench.tick([BAD], 299_000))).toEqual(["firing/on-call"]);
    bench.restart([critical], [MAIL, { ...MAIL, channel: "on-call" }]);
    expect(told(bench.tick([BAD], 1_000))).toEqual([]);
    const again = bench.tick([BAD], 299_000);
    expect(told(again)).toEqual(["repeat:1/mail", "repeat:1/on-call"]);
    expect(told(bench.tick([GOOD]))).toEqual(["resolved/mail", "resolved/on-call"]);
  });

  test("a channel that takes some rules, operations and events hears of those alone", () => {
    const some = (more: Partial<Route>) => ({ ...MAIL, channel: "some", ...more });
    const toldWith = (route: Route) => {
      const bench = new Bench([critical], [route]);
      const ticks = [bench.tick([BAD]), bench.tick([BAD], 300_000), bench.tick([GOOD])];
      return ticks.flatMap((tick) => told(tick));
    };
    const all = ["firing/some", "repeat:1/some", "resolved/some"];
    expect(toldWith(some({}))).toEqual(all);
    expect(toldWith(some({ rules: ["slow"], operations: ["*"], targets: ["meta"] }))).toEqual(all);
    expect(toldWith(some({ rules: ["fast"] }))).toEqual([]);
    expect(toldWith(some({ operations: ["events"] }))).toEqual([]);
    expect(toldWith(some({ events: ["firing"] }))).toEqual(["firing/some"]);
    expect(toldWith(some({ events: ["firing", "resolved"] }))).toEqual([all[0], all[2]]);
    expect(toldWith(some({ events: ["repeat", "firing"] }))).toEqual([all[0], all[1]]);
  });

  test("a channel that is gone hears nothing any more; one that only listens less hears the end", () => {
    const onCall = { ...MAIL, channel: "on-call" };
    const bench = new Bench([critical], [MAIL, onCall]);
    bench.tick([BAD]);
    bench.restart([critical], [{ ...onCall, severities: ["LOW"] }]);
    expect(told(bench.tick([BAD], 300_000))).toEqual([]);
    expect(told(bench.tick([GOOD]))).toEqual(["resolved/on-call"]);
  });

  test("only channels for its severity and its target", () => {
    const routes: Route[] = [
      { ...MAIL, channel: "low", severities: ["LOW", "MEDIUM"] },
      { ...MAIL, channel: "google", targets: ["google"] },
      { ...MAIL, channel: "meta", targets: ["stripe", "meta"] },
    ];
    expect(told(new Bench([critical], routes).tick([BAD]))).toEqual(["firing/meta"]);
  });
});

describe("scopes", () => {
  const everything: readonly SeriesFacts[] = [
    seriesOf("meta", 20),
    seriesOf("meta", 20, { operation: "events" }),
    seriesOf("meta", 20, { operation: "audiences" }),
    seriesOf("d1", 20, { kind: "d1" }),
    seriesOf("d1", 20, { kind: "d1", operation: "events" }),
  ];

  test.each<[string, Partial<Rule["scope"]>, string[]]>([
    ["whole targets", {}, ["meta/*", "d1/*"]],
    ["each operation", { operations: "each" }, ["meta/events", "meta/audiences", "d1/events"]],
    ["some operations", { operations: ["events"] }, ["meta/events", "d1/events"]],
    ["a kind", { kind: "d1" }, ["d1/*"]],
    ["some targets", { targets: ["meta", "other"] }, ["meta/*"]],
    ["targets of another kind", { targets: ["meta"], kind: "d1" }, []],
    ["a target's operation", { targets: ["meta"], operations: ["audiences"] }, ["meta/audiences"]],
  ])("%s", (_name, scope, expected) => {
    const whole = { kind: undefined, targets: undefined, operations: "whole" as const };
    const bench = new Bench([ruleExample({ forMs: 0, scope: { ...whole, ...scope } })]);
    for (let round = 0; round < 2; round += 1) {
      bench.tick(everything);
      const places = bench.alerts().map(({ target, operation }) => `${target}/${operation}`);
      expect(places).toEqual(expected);
    }
  });
});

test("beyond the most open alerts, conditions are counted and those that are open go on", () => {
  const bench = new Bench([ruleExample({ forMs: 1_000 })]);
  const all = (value: number) =>
    Array.from({ length: MAX_OPEN_ALERTS + 2 }, (_, index) => seriesOf(`t-${index}`, value));
  bench.tick(all(20));
  expect(bench.alerts().length).toBe(MAX_OPEN_ALERTS);
  expect(bench.engine.overflow).toBe(2);
  const fired = bench.tick(all(20));
  expect(told(fired).length).toBe(MAX_OPEN_ALERTS);
  const ended = bench.tick(all(5));
  expect(ended.commit.remove?.length).toBe(MAX_OPEN_ALERTS);
  expect(bench.alerts()).toEqual([]);
  bench.tick(all(20).slice(-2));
  expect(bench.alerts().map(({ target }) => target)).toEqual(["t-5000", "t-5001"]);
});
