import { useMemo } from "preact/hooks";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { Badge } from "../parts/badge.tsx";
import { useLive, useSession } from "../session.ts";
import { useStore } from "../store.ts";
import type { PillarViews } from "../../../src/stream/stream-frame.ts";
import { COLOR_OF_SEVERITY } from "../parts/severity.ts";
import { firingCounts } from "./summary/firing-counts.ts";
import { PillarTile } from "./summary/pillar-tile.tsx";
import { StatusTile } from "./summary/status-tile.tsx";

/** Names that are told of shards that are missing; of more, how many there are. */
const MAX_MISSING = 2;

/** Pillars, and the card that explains each: its id is the pillar's name. */
const PILLARS = [
  "latency",
  "errors",
  "throughput",
  "d1",
  "cache",
] as const satisfies readonly (keyof PillarViews)[];

const TEXTS = messages(
  {
    title: "Summary",
    score: "Score",
    ofTen: "of 10",
    age: "Age of the numbers",
    notLive: "not live",
    coverage: "Coverage",
    of: "of",
    shards: "shards",
    shard: "shard",
    missing: (names: string) => `missing: ${names}`,
    more: (count: string) => `and ${count} more`,
    alerts: "Alerts that fire",
    noData: (count: string) => `${count} without data`,
  },
  {
    title: "Resumo",
    score: "Nota",
    ofTen: "de 10",
    age: "Idade dos números",
    notLive: "parado",
    coverage: "Cobertura",
    of: "de",
    shards: "shards",
    shard: "shard",
    missing: (names) => `faltam: ${names}`,
    more: (count) => `e mais ${count}`,
    alerts: "Alertas disparados",
    noData: (count) => `${count} sem dados`,
  },
);

/** How everything is, at a glance; each part leads to the card that says more. */
export function SummaryTiles() {
  const texts = useMessages(TEXTS);
  const pillars = useLive((state) => state.pillars);
  return (
    <section id="summary" aria-labelledby="summary-title">
      <h2 id="summary-title" class="visually-hidden">
        {texts.title}
      </h2>
      <dl class="tiles">
        <StatusTile />
        <ScoreTile />
        <AlertsTile />
        <CoverageTile />
        <AgeTile />
      </dl>
      <ul class="pillars">
        {PILLARS.map((name) => (
          <PillarTile key={name} name={name} pillars={pillars} />
        ))}
      </ul>
    </section>
  );
}

function ScoreTile() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const score = useLive(({ latest }) => latest?.score) ?? null;
  return (
    <div>
      <dt>{texts.score}</dt>
      <dd id="score">
        <span data-field="score">{format.score(score)}</span>
        {score !== null && <small> {texts.ofTen}</small>}
      </dd>
    </div>
  );
}

function AlertsTile() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const alerts = useLive((state) => state.alerts);
  const { firing, bySeverity, noData } = useMemo(() => firingCounts(alerts.values()), [alerts]);
  return (
    <div class="firing" data-good={firing === 0}>
      <dt>
        <a href="#alerts">{texts.alerts}</a>
      </dt>
      <dd>
        <span data-field="firing">{format.count(firing)}</span>
        <small class="severities">
          {bySeverity.map(([severity, count]) => (
            <Badge
              key={severity}
              text={`${format.count(count)} ${severity}`}
              color={COLOR_OF_SEVERITY[severity]}
            />
          ))}
          {noData > 0 && <span>{texts.noData(format.count(noData))}</span>}
        </small>
      </dd>
    </div>
  );
}

function CoverageTile() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const coverage = useLive(({ latest }) => latest?.coverage);
  if (coverage === undefined) return null;
  const { answered, shards, missing } = coverage;
  const names = missing.slice(0, MAX_MISSING).join(", ");
  const rest = missing.length - MAX_MISSING;
  return (
    <div data-good={missing.length === 0}>
      <dt>
        <a href="#health">{texts.coverage}</a>
      </dt>
      <dd id="coverage">
        <span data-field="answered">{format.count(answered)}</span>
        <small>
          {" "}
          {texts.of} <span data-field="shards">{format.count(shards)}</span>{" "}
          {shards === 1 ? texts.shard : texts.shards}
          {missing.length > 0 &&
            `, ${texts.missing(rest > 0 ? `${names} ${texts.more(format.count(rest))}` : names)}`}
        </small>
      </dd>
    </div>
  );
}

function AgeTile() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { isLive, ageMs } = useStore(useSession().freshness, (now) => now);
  return (
    <div data-good={isLive}>
      <dt>{texts.age}</dt>
      <dd>{isLive ? format.duration(ageMs) : texts.notLive}</dd>
    </div>
  );
}
