import type { CachePillar } from "../../../src/pillars/pillar-views.ts";
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
import { useView } from "../view.ts";
import { CacheChart } from "./cache/cache-chart.tsx";
import { CacheTable } from "./cache/cache-table.tsx";
import { LayerBars } from "./cache/layer-bars.tsx";

const TEXTS = messages(
  {
    title: "Cache",
    rate: "hit rate",
    hits: "hits",
    misses: "misses",
    ofLookups: (count: string) => `of ${count} lookups`,
    keys: "keys",
    trend: "5 min against the hour",
    window: (stretch: string) => `Now, ${stretch}: the caches that are counted, together`,
    none: "Nothing was looked up in a cache within the last hour. Look up through a cache manager, and its hits appear here by layer:",
    code: "How to look up through a cache",
  },
  {
    title: "Cache",
    rate: "taxa de acerto",
    hits: "acertos",
    misses: "misses",
    ofLookups: (count: string) => `de ${count} consultas`,
    keys: "chaves",
    trend: "5 min contra 1 h",
    window: (stretch: string) => `Agora, ${stretch}: os caches que contam, juntos`,
    none: "Nada foi consultado em um cache na última hora. Consulte por meio de um cache manager, e os acertos aparecem aqui por camada:",
    code: "Como consultar por um cache",
  },
);

const HOW = `import { cacheManager } from "tachograph/client";
const cache = cacheManager(tacho, env.CACHE);
const user = await cache.get("users", id, () => loadUser(env.DB, id));`;

/** How often what is asked for is there already, and in which layer. */
export function CacheCard() {
  const texts = useMessages(TEXTS);
  const pillar = useLive(cacheOf);
  const { range } = useView();
  return (
    <Card
      id="cache"
      title={texts.title}
      badge={
        pillar !== null && (
          <span data-field="grade">
            <GradeBadge grade={pillar} />
          </span>
        )
      }
    >
      {pillar === null ? (
        <>
          <p class="hint">{texts.none}</p>
          <CodeBlock label={texts.code} code={HOW} />
        </>
      ) : (
        <CacheFigures pillar={pillar} />
      )}
      {(pillar !== null || range !== "live") && <CacheChart pillar={pillar} />}
      {pillar !== null && <CacheParts pillar={pillar} />}
    </Card>
  );
}

function CacheFigures({ pillar }: { readonly pillar: CachePillar }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const stretch = useStretchText()(pillar.window);
  const { hitRate, hits, misses, lookups, keys, trend } = pillar;
  return (
    <div class="stack" data-window={pillar.window}>
      <h3 class="group">{texts.window(stretch)}</h3>
      <Figures>
        <Figure label={texts.rate} field="hitRate" text={format.percent(hitRate)} />
        <Figure
          label={texts.hits}
          field="hits"
          text={format.count(hits)}
          note={texts.ofLookups(format.count(lookups))}
        />
        <Figure label={texts.misses} field="misses" text={format.count(misses)} />
        <Figure label={texts.keys} field="keys" text={format.count(keys)} />
        <TrendFigure over={texts.trend} trend={trend} />
      </Figures>
    </div>
  );
}

function CacheParts({ pillar: { window, layers, caches } }: { readonly pillar: CachePillar }) {
  const stretch = useStretchText()(window);
  return (
    <div class="stack" data-window={window}>
      <LayerBars layers={layers} />
      <CacheTable caches={caches} stretch={stretch} />
    </div>
  );
}

function cacheOf({ pillars }: LiveState): CachePillar | null {
  return pillars?.cache ?? null;
}
