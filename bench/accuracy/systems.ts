import { type AnySystem, opaque } from "./percentile-system.ts";
import { ddsketch } from "./systems/ddsketch.ts";
import { EXPONENTIAL_HISTOGRAM } from "./systems/exponential-histogram.ts";
import { HDR_HISTOGRAM } from "./systems/hdr-histogram.ts";
import { prometheusHistogram } from "./systems/prometheus-histogram.ts";
import { T_DIGEST } from "./systems/t-digest.ts";
import { TACHOGRAPH } from "./systems/tachograph.ts";
import { VMRANGE } from "./systems/vmrange.ts";

/** 1 ms to 65.536 s, each twice the last: what somebody sets who knows that calls differ. */
const DOUBLING_SECONDS = Array.from({ length: 17 }, (_, i) => 0.001 * 2 ** i);

/** All that is compared, ours first. */
export const SYSTEMS: readonly AnySystem[] = [
  opaque(TACHOGRAPH),
  opaque(HDR_HISTOGRAM),
  opaque(ddsketch(0.001)),
  opaque(ddsketch(0.01)),
  opaque(EXPONENTIAL_HISTOGRAM),
  opaque(VMRANGE),
  opaque(T_DIGEST),
  opaque(prometheusHistogram("prom-client (17 buckets from 1 ms, × 2)", DOUBLING_SECONDS)),
  opaque(prometheusHistogram("prom-client (default buckets)")),
];

/** The packages among them whose versions the results name; hdr-histogram-js is named anyway. */
export const PEER_PACKAGES = [
  "@datadog/sketches-js",
  "@opentelemetry/sdk-metrics",
  "tdigest",
  "prom-client",
] as const;
