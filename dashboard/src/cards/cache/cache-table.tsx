import type { CacheView } from "../../../../src/pillars/pillar-views.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { GradeBadge } from "../../parts/badge.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";

const TEXTS = messages(
  {
    caption: (stretch: string) => `Each cache, the worst first, ${stretch}`,
    cache: "cache",
    rate: "hit rate",
    lookups: "lookups",
    hits: "hits",
    misses: "misses",
    keys: "keys",
    grade: "grade",
    apart: "not in the rate above: it lies below a cache with layers",
  },
  {
    caption: (stretch: string) => `Cada cache, o pior primeiro, ${stretch}`,
    cache: "cache",
    rate: "taxa de acerto",
    lookups: "consultas",
    hits: "acertos",
    misses: "misses",
    keys: "chaves",
    grade: "classificação",
    apart: "fora da taxa acima: fica abaixo de um cache com camadas",
  },
);

const COUNTS = ["lookups", "hits", "misses", "keys"] as const;

interface CacheTableProps {
  /** The worst first. */
  readonly caches: readonly CacheView[];
  /** What they are of, in words. */
  readonly stretch: string;
}

/** Each cache by itself. */
export function CacheTable({ caches, stretch }: CacheTableProps) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const caption = texts.caption(stretch);
  return (
    <div class="titled">
      <h3>{caption}</h3>
      <ScrollRegion label={caption}>
        <table class="cache-table">
          <thead>
            <tr>
              <th scope="col">{texts.cache}</th>
              <th scope="col" class="number">
                {texts.rate}
              </th>
              {COUNTS.map((name) => (
                <th key={name} scope="col" class="number">
                  {texts[name]}
                </th>
              ))}
              <th scope="col">{texts.grade}</th>
            </tr>
          </thead>
          <tbody>
            {caches.map((cache) => (
              <tr key={cache.target} data-target={cache.target}>
                <th scope="row">
                  <span>
                    {cache.target} {!cache.isCounted && <small>{texts.apart}</small>}
                  </span>
                </th>
                <td class="number" data-field="hitRate">
                  {format.percent(cache.hitRate)}
                </td>
                {COUNTS.map((name) => (
                  <td key={name} class="number" data-field={name}>
                    {format.count(cache[name])}
                  </td>
                ))}
                <td>
                  <GradeBadge grade={cache.grade} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </div>
  );
}
