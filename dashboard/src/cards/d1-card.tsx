import { useMemo } from "preact/hooks";
import type { D1Pillar } from "../../../src/pillars/pillar-views.ts";
import { WHOLE_TARGET } from "../../../src/names.ts";
import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useStretchText } from "../i18n/stretch-text.ts";
import { GradeBadge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { CodeBlock } from "../parts/code-block.tsx";
import { Figure, Figures } from "../parts/figure.tsx";
import { TrendFigure } from "../parts/trend-figure.tsx";
import { useLive } from "../session.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import { useSetView, useView } from "../view.ts";
import { D1Chart } from "./d1/d1-chart.tsx";
import { d1Issues } from "./d1/d1-issues.ts";
import { QueryTable } from "./d1/query-table.tsx";

const TEXTS = messages(
  {
    title: "D1",
    score: "score",
    outOf: "of 10",
    mean: "mean duration",
    wait: "mean wait",
    executions: "executions",
    ofQueries: (count: string) => `of ${count} queries`,
    size: "size",
    slow: "slow",
    aboveThreshold: "above the Worker's threshold",
    rows: "rows read",
    written: "rows written",
    trend: "5 min against the hour",
    window: (stretch: string) => `Now, ${stretch}: all databases together`,
    issues: "What costs points",
    queries: (name: string, ms: string) => `slow queries: ${name} takes ${ms} ms on average`,
    waits: (ms: string) => `waits: ${ms} ms on average`,
    large: (size: string) => `size: ${size}`,
    lost: (points: string) => `−${points}`,
    database: "database",
    none: "No query of D1 was heard of within the last hour. Wrap the Worker's database, and its queries appear here by name:",
    code: "How to wrap a database",
  },
  {
    title: "D1",
    score: "nota",
    outOf: "de 10",
    mean: "duração média",
    wait: "espera média",
    executions: "execuções",
    ofQueries: (count: string) => `de ${count} consultas`,
    size: "tamanho",
    slow: "lentas",
    aboveThreshold: "acima do limiar do Worker",
    rows: "linhas lidas",
    written: "linhas gravadas",
    trend: "5 min contra 1 h",
    window: (stretch: string) => `Agora, ${stretch}: todos os bancos juntos`,
    issues: "O que custa pontos",
    queries: (name: string, ms: string) => `consultas lentas: ${name} leva ${ms} ms em média`,
    waits: (ms: string) => `espera: ${ms} ms em média`,
    large: (size: string) => `tamanho: ${size}`,
    lost: (points: string) => `−${points}`,
    database: "banco",
    none: "Nenhuma consulta ao D1 na última hora. Envolva o banco do Worker e as consultas aparecem aqui pelo nome:",
    code: "Como envolver um banco",
  },
);

const HOW = `import { instrumentHandler } from "tachograph/client";
// … your Worker, unchanged …
export default instrumentHandler(worker, { d1: ["DB"] });`;

/** How the databases do: their grade and why, their slowest queries, what they wait for. */
export function D1Card() {
  const texts = useMessages(TEXTS);
  const pillar = useLive(d1Of);
  return (
    <Card
      id="d1"
      title={texts.title}
      badge={
        pillar !== null && (
          <span data-field="grade">
            <GradeBadge grade={pillar} />
          </span>
        )
      }
      controls={<DatabaseChoice />}
    >
      {pillar === null ? (
        <>
          <p class="hint">{texts.none}</p>
          <CodeBlock label={texts.code} code={HOW} />
        </>
      ) : (
        <D1Figures pillar={pillar} />
      )}
      <ChosenChart />
      {pillar !== null && <D1Queries pillar={pillar} />}
    </Card>
  );
}

function D1Figures({ pillar }: { readonly pillar: D1Pillar }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretch = useStretchText()(pillar.window);
  return (
    <div class="stack" data-window={pillar.window}>
      <h3 class="group">{texts.window(stretch)}</h3>
      <Figures>
        <Figure
          label={texts.score}
          field="score"
          text={format.score(pillar.score)}
          unit={texts.outOf}
        />
        <Figure label={texts.mean} field="meanMs" text={format.ms(pillar.meanMs)} unit="ms" />
        <Figure
          label={texts.wait}
          field="meanWaitMs"
          text={format.ms(pillar.meanWaitMs)}
          unit="ms"
        />
        <Figure
          label={texts.executions}
          field="executions"
          text={format.count(pillar.executions)}
          note={texts.ofQueries(format.count(pillar.operations))}
        />
        <Figure
          label={texts.slow}
          field="slow"
          text={format.count(pillar.slow)}
          note={texts.aboveThreshold}
        />
        <Figure label={texts.rows} field="rowsRead" text={format.count(pillar.rowsRead)} />
        <Figure label={texts.written} field="rowsWritten" text={format.count(pillar.rowsWritten)} />
        <Figure label={texts.size} field="sizeBytes" text={format.bytes(pillar.sizeBytes)} />
        <TrendFigure over={texts.trend} trend={pillar.trend} />
      </Figures>
      <Issues pillar={pillar} />
    </div>
  );
}

function D1Queries({ pillar: { window, slowest } }: { readonly pillar: D1Pillar }) {
  const stretch = useStretchText()(window);
  return (
    <div data-window={window}>
      <QueryTable queries={slowest} stretch={stretch} />
    </div>
  );
}

function Issues({ pillar }: { readonly pillar: D1Pillar }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const issues = d1Issues(pillar);
  const [slowest] = pillar.slowest;
  if (issues.length === 0) return null;
  const told = {
    queries: texts.queries(slowest?.operation ?? "", format.ms(slowest?.meanMs)),
    waits: texts.waits(format.ms(pillar.meanWaitMs)),
    size: texts.large(format.bytes(pillar.sizeBytes)),
  };
  return (
    <div class="issues">
      <h3>{texts.issues}</h3>
      <ul>
        {issues.map(({ about, lost }) => (
          <li key={about} data-issue={about}>
            <strong>{texts.lost(format.count(lost))}</strong> {told[about]}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Which of several databases the chart is of; nothing where there is one. */
function DatabaseChoice() {
  const texts = useMessages(TEXTS);
  const setView = useSetView();
  const { chosen, names } = useDatabases();
  if (names.length < 2) return null;
  return (
    <label class="select">
      <span>{texts.database}</span>{" "}
      <select
        value={chosen ?? ""}
        onChange={({ currentTarget }) => setView({ database: currentTarget.value })}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function ChosenChart() {
  const { chosen } = useDatabases();
  return chosen === undefined ? null : <D1Chart key={chosen} target={chosen} />;
}

/** Every database that was heard of, and the one that is chosen: the first unless it is there. */
function useDatabases(): {
  readonly names: readonly string[];
  readonly chosen: string | undefined;
} {
  const { database } = useView();
  const series = useLive(seriesOf);
  // A list is shown; whoever draws it is told only when it is another one.
  const joined = [...series.values()]
    .filter(({ kind, operation }) => kind === "d1" && operation === WHOLE_TARGET)
    .map(({ target }) => target)
    .join(" ");
  return useMemo(() => {
    const names = joined === "" ? [] : joined.split(" ");
    return { names, chosen: names.find((name) => name === database) ?? names[0] };
  }, [joined, database]);
}

function d1Of({ pillars }: LiveState): D1Pillar | null {
  return pillars?.d1 ?? null;
}

function seriesOf({ series }: LiveState): LiveState["series"] {
  return series;
}
