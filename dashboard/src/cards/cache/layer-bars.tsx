import type { CacheLayer } from "../../../../src/pillars/cache-rates.ts";
import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";

const TEXTS = messages(
  {
    title: "By layer",
    l1: "L1, the isolate",
    l2: "L2, KV",
    l3: "L3, the source",
    hits: "hits",
    of: "of",
    lookups: "lookups that came to it",
    source: (share: string) => `lookups went to the source, ${share} of all`,
  },
  {
    title: "Por camada",
    l1: "L1, o isolate",
    l2: "L2, KV",
    l3: "L3, a origem",
    hits: "acertos",
    of: "de",
    lookups: "consultas que chegaram a ela",
    source: (share: string) => `consultas foram à origem, ${share} do total`,
  },
);

/** What came to each layer, and the part of it that it answered. */
export function LayerBars({ layers }: { readonly layers: readonly CacheLayer[] }) {
  const texts = useMessages(TEXTS);
  const [first] = layers;
  if (first === undefined) return null;
  return (
    <div class="layers">
      <h3>{texts.title}</h3>
      <ol class="share-list">
        {layers.map((one) =>
          isSource(one) ? (
            <SourceBar key={one.layer} layer={one} allLookups={first.lookups} />
          ) : (
            <LayerBar key={one.layer} layer={one} />
          ),
        )}
      </ol>
    </div>
  );
}

/** The source has everything: it neither hits nor misses. */
function isSource({ layer, hits }: CacheLayer): boolean {
  return layer === "l3" && hits === 0;
}

function LayerBar({ layer: { layer, lookups, hits, hitRate } }: { readonly layer: CacheLayer }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  return (
    <li data-layer={layer}>
      <span class="target">{texts[layer]}</span>
      <strong data-field="hitRate">{format.percent(hitRate)}</strong>
      <Bar kind="good" part={hits} of={lookups} />
      <span class="told">
        <span data-field="hits">{format.count(hits)}</span> {texts.hits} {texts.of}{" "}
        <span data-field="lookups">{format.count(lookups)}</span> {texts.lookups}
      </span>
    </li>
  );
}

function SourceBar({
  layer: { layer, lookups },
  allLookups,
}: {
  readonly layer: CacheLayer;
  readonly allLookups: number;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  return (
    <li data-layer={layer}>
      <span class="target">{texts[layer]}</span>
      <Bar kind="reached" part={lookups} of={allLookups} />
      <span class="told">
        <span data-field="lookups">{format.count(lookups)}</span>{" "}
        {texts.source(format.percent(allLookups === 0 ? null : lookups / allLookups))}
      </span>
    </li>
  );
}

function Bar({
  kind,
  part,
  of,
}: {
  readonly kind: "good" | "reached";
  readonly part: number;
  readonly of: number;
}) {
  const whole = Math.max(of, 1);
  return (
    <svg class="share" viewBox={`0 0 ${whole} 10`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width={whole} height="10" />
      <rect class={kind} width={part} height="10" />
    </svg>
  );
}
