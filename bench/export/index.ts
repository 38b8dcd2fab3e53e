import type { BenchPart } from "../core/index.ts";
import { measurePages } from "./pages.ts";

/** What other systems read. */
export const EXPORT: readonly BenchPart[] = [
  { name: "pages", needsWorkerd: false, measure: measurePages },
];
