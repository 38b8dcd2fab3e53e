import type { Model } from "./attribute.ts";
import type { StoredConversion } from "./history.ts";
import { CREDITS_TAG } from "./queries.ts";
import type { Queries } from "./run-queries.ts";
import { WHOLE_MILLIONTHS } from "./share-out.ts";

/** A conversion whose credits are due. */
export interface DueConversion extends StoredConversion {
  readonly visitor: string;
}

/** Where a list of due conversions goes on: after this one. */
export type DueCursor = Pick<DueConversion, "id" | "at">;

/** A row of `credits`. */
export interface CreditRow {
  readonly visitor: string;
  readonly conversion: string;
  readonly model: Model;
  readonly channel: string;
  readonly millionths: number;
  readonly converted_at: number;
  readonly value: number;
}

/** What a channel is credited with over a span of time. */
export interface ChannelCredit {
  readonly channel: string;
  /** Of all conversions, 0 to 1. */
  readonly fraction: number;
  /** Conversions, in parts of them. */
  readonly conversions: number;
  /** Of their value. */
  readonly value: number;
}

export interface CreditTotals {
  readonly conversions: number;
  readonly channels: readonly ChannelCredit[];
}

interface TotalRow {
  readonly channel: string;
  readonly millionths: number;
  readonly weighted: number;
  readonly total: number;
}

/** Most channels of one answer, those with the most credit. */
const MAX_CHANNELS = 1_000;

const COLUMNS = [
  "visitor",
  "conversion",
  "model",
  "channel",
  "millionths",
  "converted_at",
  "value",
] as const satisfies readonly (keyof CreditRow)[];

/** Credits in D1, and which conversions still need some. */
export class CreditStore {
  readonly #queries: Queries;

  /** @param queries - With the cache, which is told when there are new credits. */
  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Conversions without credits from before a time, the oldest first. */
  async due(limit: number, before: number, after?: DueCursor): Promise<readonly DueConversion[]> {
    const cursor = [after?.at ?? -1, after?.id ?? ""];
    return this.#queries.all<DueConversion>("due-conversions", [before, ...cursor, limit]);
  }

  /**
   * Stores the credits of some conversions, all or none, and then that they have them. To do it
   * again changes nothing. A crash between the two has it done again. Cached sums of credits are
   * invalid afterwards.
   *
   * @param now - Epoch milliseconds.
   */
  async store(
    conversions: readonly string[],
    credits: readonly CreditRow[],
    now: number,
  ): Promise<void> {
    const rows = credits.map((credit) => ({ ...credit }));
    await this.#queries.insertMany("credits", rows, {
      columns: COLUMNS,
      onConflict: {
        on: ["visitor", "conversion", "model", "channel"],
        update: ["millionths", "converted_at", "value"],
      },
      // A sum that is read meanwhile must not find half of a conversion.
      atomic: true,
      invalidates: [CREDITS_TAG],
    });
    await this.#queries.run("mark-attributed", [now, JSON.stringify(conversions)]);
  }

  /** The credits of all conversions from `from` to before `to`, by channel; through the cache. */
  async totals(model: Model, from: number, to: number): Promise<CreditTotals> {
    const rows = await this.#queries.all<TotalRow>("credits-by-channel", [
      model,
      from,
      to,
      MAX_CHANNELS,
    ]);
    return {
      conversions: (rows[0]?.total ?? 0) / WHOLE_MILLIONTHS,
      channels: rows.map(({ channel, millionths, weighted, total }) => ({
        channel,
        fraction: millionths / total,
        conversions: millionths / WHOLE_MILLIONTHS,
        value: weighted / WHOLE_MILLIONTHS,
      })),
    };
  }
}
