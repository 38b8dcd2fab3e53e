import type {
  ContentFrame,
  PillarViews,
  SeriesView,
  TenantLedger,
  WindowName,
} from "../../src/stream/stream-frame.ts";
import { type Format, NOTHING } from "../../dashboard/src/i18n/format.ts";
import type { ShownField } from "./shown.ts";

/** What is looked up by the names that the page gives its numbers. */
type Named = Readonly<Record<string, unknown>>;

/** How the numbers of a name are written, where its ending does not tell. */
const HOW: Readonly<Record<string, "percent" | "rate" | "score" | "bytes">> = {
  rate: "percent",
  refillRate: "percent",
  errorRate: "percent",
  hitRate: "percent",
  perSecond: "rate",
  mean6hPerMinute: "rate",
  mean24hPerMinute: "rate",
  score: "score",
  pillarScore: "score",
  sizeBytes: "bytes",
};

/**
 * What the page has to show in a place, by what `/v1/live` holds.
 *
 * @param chosen - the window that the user chose.
 * @returns undefined if there is no such number: then the page is wrong about its name.
 */
export function expectedText(
  live: ContentFrame,
  shown: ShownField,
  chosen: WindowName,
  format: Format,
): string | undefined {
  if (isPillar(shown.card) && shown.target === null && pillarOf(live, shown.card) === null) {
    return NOTHING;
  }
  const value = valueOf(live, shown, chosen);
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  const number = typeof value === "number" ? value : null;
  const { field } = shown;
  const how = field.endsWith("Ms") ? "ms" : (HOW[field] ?? "count");
  return format[how](number);
}

function valueOf(live: ContentFrame, shown: ShownField, chosen: WindowName): unknown {
  const { card, target, field } = shown;
  const pillars = live.pillars ?? NO_PILLARS;
  switch (card) {
    case "summary":
      return summaryOf(live, shown);
    case "health":
      return ledgerValue(live.ledger, field);
    case "limits":
      return named(live.limits.find((limit) => limit.target === target))[field];
    case "d1":
      return target === null ? named(pillars.d1)[field] : queryOf(pillars, shown)[field];
    case "cache":
      return cacheOf(pillars, shown)[field];
    case "errors":
    case "throughput":
      if (target === null) return named(pillars[card])[field];
      return seriesValue(live, shown, chosen);
    default:
      return seriesValue(live, shown, chosen);
  }
}

const NO_PILLARS: PillarViews = {
  latency: null,
  errors: null,
  throughput: null,
  d1: null,
  cache: null,
};

function isPillar(card: string): card is keyof PillarViews {
  return card in NO_PILLARS;
}

function pillarOf({ pillars = NO_PILLARS }: ContentFrame, card: keyof PillarViews) {
  return pillars[card];
}

function summaryOf(live: ContentFrame, { field, pillar }: ShownField): unknown {
  if (field === "pillarScore") {
    const pillars = named(live.pillars);
    return pillar === null ? undefined : (named(pillars[pillar]).score ?? null);
  }
  if (pillar === "latency") return named(live.pillars?.latency?.targets[0])[field];
  if (pillar !== null) return named(named(live.pillars)[pillar])[field];
  if (field === "firing") return live.alerts?.filter(({ state }) => state === "firing").length;
  return named(live.coverage)[field] ?? named(live)[field];
}

function ledgerValue(ledger: TenantLedger, field: string): unknown {
  if (field !== "rejected") return named(ledger)[field] ?? named(ledger.permits)[field];
  return Object.values(ledger.rejected).reduce((sum, count) => sum + count, 0);
}

function queryOf({ d1 }: PillarViews, { target, operation }: ShownField): Named {
  return named(
    d1?.slowest.find((query) => query.target === target && query.operation === operation),
  );
}

function cacheOf({ cache }: PillarViews, { target, layer }: ShownField): Named {
  const whole = target === null ? cache : cache?.caches.find((one) => one.target === target);
  return named(layer === null ? whole : whole?.layers.find((one) => one.layer === layer));
}

function seriesValue(live: ContentFrame, shown: ShownField, chosen: WindowName): unknown {
  const view = live.series.find(
    ({ target, operation }) => target === shown.target && operation === (shown.operation ?? "*"),
  );
  if (view === undefined) return undefined;
  if (shown.field === "latency" || shown.field === "errors") return gradeOf(view, shown.field);
  if (shown.field === "kind") return view.kind;
  const window = (["1m", "5m", "1h"] as const).find((name) => name === shown.window) ?? chosen;
  return named(view.windows[window])[shown.field];
}

function gradeOf({ grades }: SeriesView, name: "latency" | "errors"): string {
  return grades[name]?.grade ?? NOTHING;
}

function named(value: unknown): Named {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
