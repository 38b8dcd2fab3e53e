import type { ComponentChildren } from "preact";
import { KindTotalsProvider } from "../history/kind-totals.tsx";
import { Newcomer } from "../newcomer.tsx";
import { Staged } from "../parts/staged.tsx";
import { useLive } from "../session.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import { AlertsCard } from "./alerts-card.tsx";
import { CacheCard } from "./cache-card.tsx";
import { D1Card } from "./d1-card.tsx";
import { ErrorsCard } from "./errors-card.tsx";
import { HealthCard } from "./health-card.tsx";
import { LatencyCard } from "./latency-card.tsx";
import { LimitsCard } from "./limits-card.tsx";
import { SeriesCard } from "./series-card.tsx";
import { ThroughputCard } from "./throughput-card.tsx";

/**
 * Every card. They stand in four columns on a wall, in two on a desk and in one on a phone; each column
 * is filled by itself, so that a short card leaves no hole beside a long one. What has wide tables comes
 * after them.
 */
export function AllCards() {
  const isNew = useLive(hasNeverMeasured);
  if (isNew) return <NewcomerCards />;
  return (
    <KindTotalsProvider>
      <div class="cards">
        <div class="columns">
          <Column>
            <AlertsCard />
            <LimitsCard />
          </Column>
          <Column>
            <ErrorsCard />
          </Column>
        </div>
        <div class="columns">
          <Column>
            <LatencyCard />
          </Column>
          <Column>
            <ThroughputCard />
            <HealthCard />
          </Column>
        </div>
      </div>
      <div class="cards uneven">
        <Column>
          <CacheCard />
        </Column>
        <Column>
          <D1Card />
        </Column>
      </div>
      <Staged>
        <SeriesCard />
      </Staged>
    </KindTotalsProvider>
  );
}

/** How to begin, and the cards that say something even so. */
function NewcomerCards() {
  return (
    <>
      <Newcomer />
      <div class="cards">
        <Column>
          <AlertsCard />
        </Column>
        <Column>
          <HealthCard />
        </Column>
      </div>
    </>
  );
}

function Column({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="column">
      <Staged>{children}</Staged>
    </div>
  );
}

/** A quiet hour is not it: then there are no series, but a past. */
function hasNeverMeasured({ series, latest }: LiveState): boolean {
  return series.size === 0 && (latest?.ledger.accepted ?? 0) === 0;
}
