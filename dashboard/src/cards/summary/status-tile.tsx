import { useMemo } from "preact/hooks";
import { type Format, useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { Badge } from "../../parts/badge.tsx";
import { useLive } from "../../session.ts";
import { firingCounts } from "./firing-counts.ts";
import { colorOfStatus, type Trouble, troublesOf } from "./troubles.ts";

/** More are counted, not named. */
const MAX_NAMED = 2;

const TEXTS = messages(
  {
    status: "Status",
    errors: (target: string, rate: string) => `${target} ${rate} errors`,
    latency: (target: string, p95Ms: string) => `${target} p95 ${p95Ms} ms`,
    throughput: "throughput",
    d1: "D1",
    cache: "cache",
    more: (count: string) => `and ${count} more`,
  },
  {
    status: "Status",
    errors: (target, rate) => `${target} ${rate} de erro`,
    latency: (target, p95Ms) => `${target} p95 ${p95Ms} ms`,
    throughput: "vazão",
    d1: "D1",
    cache: "cache",
    more: (count) => `e mais ${count}`,
  },
);

/** The status as the server says it, and beside it what is CRITICAL all the same. */
export function StatusTile() {
  const texts = useTexts();
  const format = useFormat();
  const status = useLive(({ latest }) => latest?.status) ?? "UNKNOWN";
  const alerts = useLive((state) => state.alerts);
  const pillars = useLive((state) => state.pillars);
  const firing = useMemo(() => firingCounts(alerts.values()).firing, [alerts]);
  const troubles = useMemo(() => troublesOf(pillars), [pillars]);
  const rest = troubles.length - MAX_NAMED;
  return (
    <div class="status" data-color={colorOfStatus(status, troubles.length, firing)}>
      <dt>{texts.status}</dt>
      <dd>
        <span id="status" data-field="status">
          {status}
        </span>
        {troubles.length > 0 && (
          <small class="troubles" data-count={troubles.length}>
            <Badge text="CRITICAL" color="red" />{" "}
            {troubles
              .slice(0, MAX_NAMED)
              .map((trouble) => troubleText(trouble, texts, format))
              .join(", ")}
            {rest > 0 && ` ${texts.more(format.count(rest))}`}
          </small>
        )}
      </dd>
    </div>
  );
}

function troubleText(trouble: Trouble, texts: ReturnType<typeof useTexts>, format: Format): string {
  switch (trouble.kind) {
    case "errors":
      return texts.errors(trouble.target, format.percent(trouble.rate));
    case "latency":
      return texts.latency(trouble.target, format.ms(trouble.p95Ms));
    default:
      return texts[trouble.kind];
  }
}

function useTexts() {
  return useMessages(TEXTS);
}
