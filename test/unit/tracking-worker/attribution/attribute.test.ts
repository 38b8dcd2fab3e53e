import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attribute,
  DIRECT,
  type Model,
  MODELS,
} from "../../../../examples/tracking-worker/attribution/attribute.ts";
import type {
  Journey,
  Touchpoint,
} from "../../../../examples/tracking-worker/attribution/journey.ts";
import {
  type Credits,
  shareOut,
  WHOLE_MILLIONTHS,
} from "../../../../examples/tracking-worker/attribution/share-out.ts";
import { seededRandom } from "../../../support/seeded-random.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("attribution models", process.env["SEED"]);
const RUNS = Number(process.env["RUNS"] ?? 200);

const DAY_MS = 86_400_000;
const SALE_AT = Date.UTC(2026, 10, 20, 12);
const EFFECTS = new Map([
  ["email", 0.2],
  ["social", 0.6],
  ["never-helps", 0],
]);

const channel = fc.constantFrom("email", "social", "search", "ads", "never-helps");
/** Few different times, so that many are equal, and some after the sale. */
const touchpoint: fc.Arbitrary<Touchpoint> = fc.record({
  channel,
  at: fc.oneof(
    fc.integer({ min: -3, max: 3 }).map((days) => SALE_AT + days * DAY_MS),
    fc.double({ min: 0, max: SALE_AT, noNaN: true }),
    fc.constantFrom(-Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY),
  ),
  isLead: fc.boolean(),
});
const model = fc.constantFrom<Model>(...MODELS);

function sale(touchpoints: readonly Touchpoint[]): Journey {
  return { touchpoints, conversion: { at: SALE_AT, value: 100 } };
}

/** A journey of one touchpoint a day, the last at the time of the sale. */
function daily(...channels: readonly string[]): Journey {
  return sale(
    channels.map((name, day) => ({
      channel: name.replace("!", ""),
      at: SALE_AT - (channels.length - 1 - day) * DAY_MS,
      isLead: name.endsWith("!"),
    })),
  );
}

function total(credits: Credits): number {
  return [...credits.values()].reduce((sum, millionths) => sum + millionths, 0);
}

function expectWhole(credits: Credits): void {
  expect(total(credits)).toBe(WHOLE_MILLIONTHS);
  for (const millionths of credits.values()) {
    expect(Number.isSafeInteger(millionths) && millionths >= 0).toBe(true);
  }
}

describe("the credits of any journey", () => {
  it("add up to exactly a whole, whatever its length, order and times", () => {
    fc.assert(
      fc.property(model, fc.array(touchpoint, { maxLength: 60 }), (name, touchpoints) => {
        const { credits, ignored } = attribute(name, sale(touchpoints), { effects: EFFECTS });
        expectWhole(credits);
        const late = touchpoints.filter(({ at }) => !Number.isFinite(at) || at > SALE_AT);
        expect(ignored).toBe(late.length);
      }),
      { seed, numRuns: RUNS },
    );
  });

  it.each(MODELS.flatMap((name) => [0, 1, 2, 3, 10_000].map((length) => ({ name, length }))))(
    "add up to exactly a whole: $name of $length touchpoints",
    ({ name, length }) => {
      const random = seededRandom(seed + length);
      const touchpoints = Array.from({ length }, (_, place) => ({
        channel: `channel-${Math.floor(random() * 40)}`,
        at: SALE_AT - Math.floor(random() * 90) * DAY_MS,
        isLead: place % 7 === 3,
      }));
      const { credits } = attribute(name, sale(touchpoints));
      expectWhole(credits);
      const channels = new Set(touchpoints.map((touched) => touched.channel));
      expect(new Set(credits.keys())).toEqual(length === 0 ? new Set([DIRECT]) : channels);
    },
  );

  it("add up to exactly a whole where each touchpoint has a channel of its own", () => {
    const touchpoints = Array.from({ length: 10_000 }, (_, place) => {
      return { channel: `c${place}`, at: SALE_AT - place * 3_600_000 };
    });
    for (const name of MODELS) expectWhole(attribute(name, sale(touchpoints)).credits);
  });

  it("do not depend on the order in which touchpoints with different times are given", () => {
    const distinct = fc.uniqueArray(touchpoint, {
      maxLength: 30,
      selector: ({ at }) => at,
    });
    const shuffled = distinct.chain((all) => {
      const whole = { minLength: all.length, maxLength: all.length };
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, whole));
    });
    fc.assert(
      fc.property(model, shuffled, (name, [given, other]) => {
        const options = { effects: EFFECTS };
        const { credits } = attribute(name, sale(given), options);
        expect(attribute(name, sale(other), options).credits).toEqual(credits);
      }),
      { seed, numRuns: RUNS },
    );
  });

  it("keep the given order of equal times", () => {
    const touchpoints = ["a", "b", "c"].map((name) => ({ channel: name, at: SALE_AT }));
    expect(share("first-click", sale(touchpoints), "a")).toBe(1);
    expect(share("last-click", sale(touchpoints), "c")).toBe(1);
  });

  it("leave out what came after the sale, and count it", () => {
    const late = { channel: "late", at: SALE_AT + 1 };
    for (const name of MODELS) {
      const { credits, ignored } = attribute(name, sale([late, ...daily("a").touchpoints]));
      expect(credits).toEqual(new Map([["a", WHOLE_MILLIONTHS]]));
      expect(ignored).toBe(1);
      expect(attribute(name, sale([late])).credits).toEqual(new Map([[DIRECT, WHOLE_MILLIONTHS]]));
    }
  });

  it("are none as long as there is no conversion", () => {
    const journey = { ...daily("a", "b"), conversion: null };
    for (const name of MODELS) {
      expect(attribute(name, journey)).toEqual({ credits: new Map(), ignored: 0 });
    }
  });
});

describe("known journeys", () => {
  const fourDays = daily("a", "b", "c", "d");

  it.each<[Model, Journey, Record<string, number>]>([
    ["last-click", fourDays, { a: 0, b: 0, c: 0, d: 1 }],
    ["first-click", fourDays, { a: 1, b: 0, c: 0, d: 0 }],
    ["linear", fourDays, { a: 0.25, b: 0.25, c: 0.25, d: 0.25 }],
    ["linear", daily("a", "b", "a"), { a: 0.666667, b: 0.333333 }],
    ["linear", daily("a", "b", "c"), { a: 0.333334, b: 0.333333, c: 0.333333 }],
    ["u-shape", daily("a"), { a: 1 }],
    ["u-shape", daily("a", "b"), { a: 0.5, b: 0.5 }],
    ["u-shape", daily("a", "b", "c"), { a: 0.4, b: 0.2, c: 0.4 }],
    ["u-shape", daily("a", "b", "c", "d"), { a: 0.4, b: 0.1, c: 0.1, d: 0.4 }],
    ["u-shape", daily("a", "b", "a"), { a: 0.8, b: 0.2 }],
    ["w-shape", daily("a"), { a: 1 }],
    ["w-shape", daily("a!"), { a: 1 }],
    ["w-shape", daily("a", "b"), { a: 0.5, b: 0.5 }],
    ["w-shape", daily("a", "b!"), { a: 0.333333, b: 0.666667 }],
    ["w-shape", daily("a", "b", "c"), { a: 0.333334, b: 0.333333, c: 0.333333 }],
    ["w-shape", daily("a", "b", "c", "d"), { a: 0.3, b: 0.3, c: 0.1, d: 0.3 }],
    ["w-shape", daily("a", "b", "c!", "d"), { a: 0.3, b: 0.1, c: 0.3, d: 0.3 }],
    ["w-shape", daily("a", "b", "c!", "d!", "e"), { a: 0.3, b: 0.05, c: 0.3, d: 0.05, e: 0.3 }],
    ["w-shape", daily("a!", "b", "c"), { a: 0.6, b: 0.1, c: 0.3 }],
    ["data-driven", daily("email", "social", "email"), { email: 0.25, social: 0.75 }],
    ["data-driven", daily("email", "unknown"), { email: 1, unknown: 0 }],
    ["data-driven", daily("never-helps", "unknown"), { "never-helps": 0.5, unknown: 0.5 }],
  ])("%s of %j", (name, journey, expected) => {
    const { credits } = attribute(name, journey, { effects: EFFECTS });
    const fractions = [...credits].map(([key, millionths]) => [key, millionths / WHOLE_MILLIONTHS]);
    expect(Object.fromEntries(fractions)).toEqual(expected);
  });

  it("time-decay halves by the week, or by what it is told", () => {
    const journey = sale([
      { channel: "a", at: SALE_AT - 14 * DAY_MS },
      { channel: "b", at: SALE_AT - 7 * DAY_MS },
      { channel: "c", at: SALE_AT },
    ]);
    expect(share("time-decay", journey, "a")).toBeCloseTo(1 / 7, 6);
    expect(share("time-decay", journey, "b")).toBeCloseTo(2 / 7, 6);
    expect(share("time-decay", journey, "c")).toBeCloseTo(4 / 7, 6);
    const slow = attribute("time-decay", journey, { halfLifeMs: 14 * DAY_MS }).credits;
    expect(slow.get("a")).toBe(Math.round((0.5 / (0.5 + Math.SQRT1_2 + 1)) * WHOLE_MILLIONTHS));
  });

  it("time-decay still tells touchpoints apart that all lie decades before the sale", () => {
    const old = daily("a", "b").touchpoints.map((touched) => {
      return { ...touched, at: touched.at - 40 * 365 * DAY_MS };
    });
    const today = share("time-decay", daily("a", "b"), "b");
    expect(share("time-decay", sale(old), "b")).toBe(today);
    expect(today).toBeGreaterThan(0.5);
  });
});

describe("shareOut", () => {
  it("is off by less than a millionth from the exact share, for any weights", () => {
    const weights = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(weights, (values) => {
        const credits = shareOut(new Map(values.map((value, place) => [String(place), value])));
        expectWhole(credits);
        const sum = values.reduce((all, value) => all + value, 0);
        if (sum < 1e-300) return;
        for (const [place, value] of values.entries()) {
          const exact = (value / sum) * WHOLE_MILLIONTHS;
          expect(Math.abs((credits.get(String(place)) ?? Number.NaN) - exact)).toBeLessThan(1.0001);
        }
      }),
      { seed, numRuns: RUNS },
    );
  });
});

function share(name: Model, journey: Journey, of: string): number {
  return (attribute(name, journey).credits.get(of) ?? 0) / WHOLE_MILLIONTHS;
}
