import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  byteLength,
  fit,
  fitAll,
  fitLines,
  jsonSize,
  type Medium,
} from "../../../src/notify/fit.ts";
import { hostileText } from "../../support/hostile-notices.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("fit", process.env["SEED"]);

const HTML: Medium = {
  escape: (codePoint) => (codePoint === "&" ? "&amp;" : codePoint),
  size: ({ length }) => length,
};

const BYTES: Medium = { escape: (codePoint) => codePoint, size: jsonSize };

describe("fit", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["a&b", 7, "a&amp;b"],
    ["a&b", 6, "a…"],
    ["a&&", 7, "a&amp;…"],
    ["ab👩", 4, "ab👩"],
    ["ab👩c", 4, "ab…"],
    ["a\ud83d", 2, "a\ufffd"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
    ["", 0, ""],
  ])("%j in %i is %j", (text, limit, expected) => {
    expect(fit(text, limit, HTML)).toBe(expected);
  });

  it("counts what the medium counts", () => {
    expect(fit("ééé", 6, BYTES)).toBe("ééé");
    expect(fit("éééé", 7, BYTES)).toBe("éé…");
    expect(fit('"a"', 5, BYTES)).toBe('"a"');
    expect(fit('"a"', 4, BYTES)).toBe("…");
  });

  it("never exceeds a limit, and gives all or a beginning and an ellipsis", () => {
    fc.assert(
      fc.property(hostileText(300), fc.nat({ max: 400 }), (text, limit) => {
        for (const medium of [HTML, BYTES]) {
          const fitted = fit(text, limit, medium);
          expect(medium.size(fitted)).toBeLessThanOrEqual(limit);
          const whole = fit(text, 100_000, medium);
          const kept = fitted.endsWith("…") && fitted !== whole ? fitted.slice(0, -1) : fitted;
          expect(whole.startsWith(kept)).toBe(true);
          expect(fitted.isWellFormed()).toBe(true);
          if (medium.size(whole) <= limit) expect(fitted).toBe(whole);
        }
      }),
      { seed },
    );
  });
});

describe("fitAll", () => {
  it("leaves short parts whole and shares the rest", () => {
    const parts = ["ab", "x".repeat(50), "y".repeat(50)].map((text) => ({ text, max: 40 }));
    expect(fitAll(parts, 22, HTML)).toEqual(["ab", "xxxxxxxxx…", "yyyyyyyyy…"]);
  });

  it("keeps a part's own limit", () => {
    expect(fitAll([{ text: "abcdef", max: 3 }], 100, HTML)).toEqual(["ab…"]);
  });

  it("never exceeds the limit of all, and uses it up if it has to cut", () => {
    const part = fc.record({ text: hostileText(300), max: fc.nat({ max: 300 }) });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), fc.nat({ max: 3_000 }), (parts, limit) => {
        const fitted = fitAll(parts, limit, BYTES);
        const total = fitted.reduce((sum, text) => sum + jsonSize(text), 0);
        const wanted = parts.reduce(
          (sum, { text, max }) => sum + jsonSize(fit(text, max, BYTES)),
          0,
        );
        expect(total).toBeLessThanOrEqual(limit);
        if (wanted <= limit) expect(total).toBe(wanted);
        // Each part wastes less than a share's rounding, one code point and an ellipsis.
        else expect(total).toBeGreaterThanOrEqual(limit - 14 * (parts.length + 1));
      }),
      { seed },
    );
  });
});

describe("fitLines", () => {
  const frame = { perLine: 1, maxLine: 10 };

  it("gives the lines that fit, and an ellipsis for the others", () => {
    expect(fitLines("a\r\nb\n\nc", 100, HTML, frame)).toEqual(["a", "b", "", "c"]);
    expect(fitLines("aaa\nbbb\nccc", 10, HTML, frame)).toEqual(["aaa", "bbb", "…"]);
    expect(fitLines("a".repeat(20), 100, HTML, frame)).toEqual(["aaaaaaaaa…"]);
    expect(fitLines("a\u0000b\u202ec", 100, HTML, frame)).toEqual(["a b c"]);
  });

  it("never exceeds its limit", () => {
    fc.assert(
      fc.property(hostileText(5_000), fc.integer({ min: 8, max: 2_000 }), (text, limit) => {
        const lines = fitLines(text, limit, BYTES, { perLine: 3, maxLine: 200 });
        const size = lines.reduce((sum, line) => sum + 3 + byteLength(JSON.stringify(line)) - 2, 0);
        expect(size).toBeLessThanOrEqual(limit);
      }),
      { seed },
    );
  });
});
