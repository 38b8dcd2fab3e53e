import type { Aggregate } from "../histogram/aggregate.ts";
import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import { type SeriesName, seriesKey } from "./series-name.ts";
import type { StepMs } from "./tenant-store.ts";

interface Gain {
  readonly name: SeriesName;
  readonly stepMs: StepMs;
  readonly at: number;
  readonly builder: AggregateBuilder;
}

/** What stretches of each series gained since the last checkpoint, to be added to what is stored. */
export class PendingGains {
  readonly #bySeries = new Map<string, Map<string, Gain>>();

  add(name: SeriesName, stepMs: StepMs, at: number, gain: Aggregate): void {
    const key = seriesKey(name);
    let gains = this.#bySeries.get(key);
    if (gains === undefined) {
      gains = new Map();
      this.#bySeries.set(key, gains);
    }
    const stretch = `${stepMs}/${at}`;
    let entry = gains.get(stretch);
    if (entry === undefined) {
      entry = { name, stepMs, at, builder: new AggregateBuilder() };
      gains.set(stretch, entry);
    }
    entry.builder.add(gain);
  }

  /** The gains of one series, or of all. */
  *entries(
    only?: SeriesName,
  ): Iterable<{ name: SeriesName; stepMs: StepMs; at: number; gain: Aggregate }> {
    const maps =
      only === undefined ? this.#bySeries.values() : [this.#bySeries.get(seriesKey(only))];
    for (const gains of maps) {
      for (const { name, stepMs, at, builder } of gains?.values() ?? []) {
        yield { name, stepMs, at, gain: builder.finish() };
      }
    }
  }

  /** Every series that gained something. */
  *names(): Iterable<SeriesName> {
    for (const gains of this.#bySeries.values()) {
      for (const { name } of gains.values()) {
        yield name;
        break;
      }
    }
  }

  clear(): void {
    this.#bySeries.clear();
  }
}
