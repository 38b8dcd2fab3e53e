import type { WindowName } from "../../../src/merge/series-state.ts";
import type { RangeName } from "../range.ts";
import { messages, useMessages } from "./language.ts";

const TEXTS = messages(
  {
    "1m": "last minute",
    "5m": "last 5 minutes",
    "1h": "last hour",
    "6h": "last 6 hours",
    "24h": "last 24 hours",
    "7d": "last 7 days",
    "30d": "last 30 days",
    "90d": "last 90 days",
    live: "last 15 minutes",
  },
  {
    "1m": "último minuto",
    "5m": "últimos 5 minutos",
    "1h": "última hora",
    "6h": "últimas 6 horas",
    "24h": "últimas 24 horas",
    "7d": "últimos 7 dias",
    "30d": "últimos 30 dias",
    "90d": "últimos 90 dias",
    live: "últimos 15 minutos",
  },
);

/** Windows and ranges in words, to stand after other words. */
export function useStretchText(): (stretch: WindowName | RangeName) => string {
  const texts = useMessages(TEXTS);
  return (stretch) => texts[stretch];
}
