import { useState } from "preact/hooks";
import { useFormat } from "../../../i18n/format.ts";
import { messages, useMessages } from "../../../i18n/language.ts";
import { Badge } from "../../../parts/badge.tsx";
import { ShowAll } from "../../../parts/show-all.tsx";
import { useSession } from "../../../session.ts";
import { seriesText } from "../series-text.ts";
import type { Lane, Span } from "./lanes.ts";
import { COLOR_OF_SEVERITY } from "../../../parts/severity.ts";

const TEXTS = messages(
  {
    fired: (times: string, duration: string) => `fired ${times} ×, ${duration} in all`,
    pendingOnly: "never fired",
  },
  {
    fired: (times: string, duration: string) => `disparou ${times} ×, ${duration} ao todo`,
    pendingOnly: "nunca disparou",
  },
);

/** Of the drawing; it is stretched to the width there is. */
const WIDTH = 1000;

/** What is shorter is drawn this long, or it could not be seen. */
const NARROWEST = 3;

const MAX_SHOWN = 12;

/** Each rule and series on a line of its own, with the stretches of time that it was on. */
export function LaneChart({
  lanes,
  span,
  label,
  showsRule = true,
}: {
  readonly lanes: readonly Lane[];
  readonly span: Span;
  /** What is shown, for who hears it. */
  readonly label: string;
  readonly showsRule?: boolean;
}) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const session = useSession();
  const [isWhole, setWhole] = useState(false);
  const now = session.nowMs();
  return (
    <div class="lanes">
      <ul aria-label={label}>
        {(isWhole ? lanes : lanes.slice(0, MAX_SHOWN)).map((lane) => (
          <li key={lane.key} class="lane">
            <span class="lane-name">
              <Badge text={lane.severity} color={COLOR_OF_SEVERITY[lane.severity]} />
              <span>{nameOf(lane, showsRule)}</span>
            </span>
            <Bands lane={lane} span={span} />
            <small>
              {lane.firings === 0
                ? texts.pendingOnly
                : texts.fired(format.count(lane.firings), format.duration(lane.firingMs))}
            </small>
          </li>
        ))}
      </ul>
      <p class="lane-axis hint">
        <span>{format.clock(span.from, now)}</span>
        <span>{format.clock(span.to, now)}</span>
      </p>
      <ShowAll count={lanes.length} shortCount={MAX_SHOWN} isAll={isWhole} onChange={setWhole} />
    </div>
  );
}

function Bands({ lane, span }: { readonly lane: Lane; readonly span: Span }) {
  const scale = WIDTH / (span.to - span.from);
  return (
    <svg
      class="lane-bands"
      viewBox={`0 0 ${WIDTH} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {lane.bands.map(({ from, to, state }) => {
        const width = Math.max((to - from) * scale, NARROWEST);
        return (
          <rect
            key={from}
            data-state={state}
            data-severity={lane.severity}
            x={Math.min((from - span.from) * scale, WIDTH - width)}
            // What only pends is half as high: the colour is not all that tells it.
            y={state === "firing" ? 0 : 5}
            width={width}
            height={state === "firing" ? 10 : 5}
          />
        );
      })}
    </svg>
  );
}

function nameOf(lane: Lane, showsRule: boolean): string {
  return [...(showsRule ? [lane.rule] : []), seriesText(lane)].join(" · ");
}
