import type { D1Query } from "../../../../src/pillars/pillar-views.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { ScrollRegion } from "../../parts/scroll-region.tsx";

const TEXTS = messages(
  {
    caption: (stretch: string) => `Slowest queries by mean, ${stretch}`,
    query: "query",
    executions: "executions",
    mean: "mean",
    p95: "p95",
    max: "max",
    wait: "wait",
    rowsRead: "rows read",
    rowsWritten: "rows written",
    slow: "slow",
  },
  {
    caption: (stretch: string) => `Consultas mais lentas pela média, ${stretch}`,
    query: "consulta",
    executions: "execuções",
    mean: "média",
    p95: "p95",
    max: "máx.",
    wait: "espera",
    rowsRead: "linhas lidas",
    rowsWritten: "linhas gravadas",
    slow: "lentas",
  },
);

interface QueryTableProps {
  /** The slowest first. */
  readonly queries: readonly D1Query[];
  /** What they are of, in words. */
  readonly stretch: string;
}

/** The slowest queries, with what they read and waited for. */
export function QueryTable({ queries, stretch }: QueryTableProps) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const caption = texts.caption(stretch);
  const columns = [
    ["meanMs", texts.mean],
    ["p95Ms", texts.p95],
    ["maxMs", texts.max],
    ["meanWaitMs", texts.wait],
    ["executions", texts.executions],
    ["rowsRead", texts.rowsRead],
    ["rowsWritten", texts.rowsWritten],
    ["slow", texts.slow],
  ] as const;
  const isDuration = (field: string): boolean => field.endsWith("Ms");
  return (
    <div class="titled">
      <h3>{caption}</h3>
      <ScrollRegion label={caption}>
        <table class="query-table">
          <thead>
            <tr>
              <th scope="col">{texts.query}</th>
              {columns.map(([field, title]) => (
                <th key={field} scope="col" class="number">
                  {title} {isDuration(field) && <small>ms</small>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {queries.map((query) => (
              <tr
                key={`${query.target} ${query.operation}`}
                data-target={query.target}
                data-operation={query.operation}
              >
                <th scope="row">
                  <span>
                    {query.operation} <small>{query.target}</small>
                  </span>
                </th>
                {columns.map(([field]) => (
                  <td key={field} class="number" data-field={field}>
                    {isDuration(field) ? format.ms(query[field]) : format.count(query[field])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </div>
  );
}
