import type { BenchPart } from "../lib/bench-part.ts";
import { measurePages } from "./pages.ts";

/** What other systems read. */
export const EXPORT: readonly BenchPart[] = [
  {
    name: "pages",
    needsWorkerd: false,
    expectedSeconds: { full: 40, quick: 15 },
    goals: ["CPU of a page as text", "as OpenMetrics", "as protobuf"],
    measure: measurePages,
  },
];
