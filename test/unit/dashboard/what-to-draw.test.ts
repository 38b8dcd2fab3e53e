import { describe, expect, it } from "vitest";
import { type Drawn, whatToDraw } from "../../../dashboard/src/charts/what-to-draw.ts";

const SHOWN: Drawn = { data: [], from: 0, to: 9, levels: [], bands: [], format: {} };

describe("whatToDraw", () => {
  it("is nothing for what is shown already", () => {
    expect(whatToDraw(SHOWN, { ...SHOWN })).toBe("nothing");
  });

  it.each([{ data: [] }, { from: 1 }, { to: undefined }, { levels: [] }])(
    "works the scales out again for %o, once whatever else is another",
    (change) => {
      expect(whatToDraw(SHOWN, { ...SHOWN, ...change })).toBe("data");
      expect(whatToDraw(SHOWN, { ...SHOWN, ...change, bands: [], format: {} })).toBe("data");
    },
  );

  it.each([{ bands: [] }, { bands: undefined }, { format: {} }])("only draws for %o", (change) => {
    expect(whatToDraw(SHOWN, { ...SHOWN, ...change })).toBe("looks");
  });
});
