import { D1Archive } from "../../durable-objects/storage/d1-archive.ts";
import { D1Rollups } from "../../durable-objects/storage/d1-rollups.ts";
import type { AlertView } from "../alerts/alert-view.ts";
import type { Alert } from "../alerts/alert.ts";
import { config } from "../configured.ts";
import { keptFrom } from "../coordinator/retention.ts";
import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import type { TimeRange } from "../merge/history.ts";
import { type SeriesName, seriesKey } from "../merge/series-name.ts";
import { DAY_MS, HOUR_MS } from "../merge/slot-time.ts";
import type {
  FiredAlert,
  FiredAlerts,
  ReportSource,
  SeriesSpan,
  SpanDetail,
} from "../reports/report-source.ts";
import { overlay, readAlertSources } from "./alert-history.ts";
import { askCoordinator } from "./ask-tenant.ts";
import { readHistory } from "./history-reader.ts";

/** Most alerts of D1 that are read for one report; the newest. */
const MAX_ALERTS = 5_000;

/** Whether a tenant has a stretch of that length which began before a time. */
const HAS_BEFORE = "SELECT 1 FROM rollups WHERE tenant = ?1 AND step_ms = ?2 AND at < ?3 LIMIT 1";

/** One tenant's history as reports read it: from D1, and from the coordinator what is not there yet. */
export class StoredReportSource implements ReportSource {
  readonly #env: Env;
  readonly #tenant: string;
  readonly #now: () => number;

  constructor(env: Env, tenant: string, now: () => number) {
    this.#env = env;
    this.#tenant = tenant;
    this.#now = now;
  }

  async listSeries({ from }: TimeRange): Promise<readonly SeriesName[]> {
    // Hours are kept for months and written first; beyond that there are days.
    const hoursFrom = keptFrom(config.retention, this.#now())[HOUR_MS];
    const recent = await askCoordinator(this.#env, this.#tenant, (coordinator) =>
      coordinator.seriesSince(from),
    );
    const rollups = new D1Rollups(this.#env.DB, this.#tenant);
    const stored = await rollups.listSeries(from < hoursFrom ? DAY_MS : HOUR_MS);
    const all = new Map([...stored, ...recent].map((name) => [seriesKey(name), name]));
    return [...all.values()];
  }

  async readSpan(series: SeriesName, range: TimeRange, detail: SpanDetail): Promise<SeriesSpan> {
    const step = detail === "hours" ? HOUR_MS : "all";
    const asked = { ...range, step } as const;
    const { rows, covered } = await readHistory(
      this.#env,
      this.#tenant,
      series,
      asked,
      this.#now(),
    );
    const sum = new AggregateBuilder();
    for (const { aggregate } of rows) sum.add(aggregate);
    const isByHour = rows.every(({ stepMs }) => stepMs <= HOUR_MS);
    const startsAt = isByHour ? rows.map(({ at }) => at) : null;
    return { aggregate: sum.finish(), covered, startsAt };
  }

  async readAlerts(range: TimeRange): Promise<FiredAlerts> {
    const { stored, queued, firing } = await readAlertSources(
      this.#env,
      this.#tenant,
      range,
      MAX_ALERTS,
    );
    const alerts = overlay<Alert | AlertView>([stored.values, queued, firing]).flatMap(toFired);
    const read = stored.values.length + stored.unreadable;
    const tooMany = read < MAX_ALERTS ? 0 : (await this.#countAlerts(range)) - read;
    return { alerts, leftOut: stored.unreadable + Math.max(0, tooMany) };
  }

  async hasHistoryBefore(at: number): Promise<boolean> {
    // Days are kept longest, but the first of them is written only when it is over.
    for (const stepMs of [DAY_MS, HOUR_MS]) {
      const query = this.#env.DB.prepare(HAS_BEFORE).bind(this.#tenant, stepMs, at);
      if ((await query.first()) !== null) return true;
    }
    return false;
  }
  #countAlerts({ from, to }: TimeRange): Promise<number> {
    return new D1Archive(this.#env.DB, this.#tenant).countAlerts(from, to);
  }
}

/** Nothing of one that did not fire. */
function toFired({ firedAt, ...alert }: Alert | AlertView): FiredAlert[] {
  const { id, rule, target, operation, severity, resolvedAt } = alert;
  if (firedAt === null) return [];
  return [{ id, rule, target, operation, severity, firedAt, resolvedAt }];
}
