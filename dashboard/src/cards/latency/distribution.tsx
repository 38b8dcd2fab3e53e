import { HeatMap } from "../../charts/heat-map.tsx";
import { LatencyBars, type LatencyMark } from "../../charts/latency-bars.tsx";
import { messages, useMessages } from "../../i18n/language.ts";
import type { BucketTally } from "../../live/bucket-tally.ts";
import type { HeatColumn } from "../../live/heat-trail.ts";

const TEXTS = messages(
  { bars: "Distribution, by latency in ms", heat: "Distribution over time, latency in ms" },
  {
    bars: "Distribuição, por latência em ms",
    heat: "Distribuição ao longo do tempo, latência em ms",
  },
);

/** A distribution and the stretch of time that it is of, epoch milliseconds. */
interface DistributionProps {
  /** Undefined until it is known. */
  readonly tally: BucketTally | undefined;
  /** Percentiles, ascending. */
  readonly marks: readonly LatencyMark[];
  readonly columns: readonly HeatColumn[];
  readonly from: number;
  readonly to: number;
}

/** How latencies are distributed: all together, and over time. */
export function Distribution({ tally, marks, columns, from, to }: DistributionProps) {
  const texts = useMessages(TEXTS);
  return (
    <div class="distribution">
      {tally !== undefined && <LatencyBars title={texts.bars} tally={tally} marks={marks} />}
      <HeatMap title={texts.heat} columns={columns} from={from} to={to} />
    </div>
  );
}
