import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Asked } from "../use-answer.ts";
import { type RangeTotals, useTotals } from "./use-totals.ts";

const OF_KINDS = { step: "range", by: "kind" } as const;

const NOTHING_ASKED: Asked<RangeTotals> = {
  answer: undefined,
  fault: "",
  isLoading: false,
  reload: () => undefined,
};

const KindTotals = createContext(NOTHING_ASKED);

/** Asks for what was counted in the range by kind, once for all cards that draw it. */
export function KindTotalsProvider({ children }: { readonly children: ComponentChildren }) {
  return <KindTotals.Provider value={useTotals(OF_KINDS)}>{children}</KindTotals.Provider>;
}

/** What was counted in the range that is chosen, by kind of target and step. */
export function useKindTotals(): Asked<RangeTotals> {
  return useContext(KindTotals);
}
