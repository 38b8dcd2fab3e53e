import { Component } from "preact";
import type { Format } from "../../i18n/format.ts";
import { GradeBadge } from "../../parts/badge.tsx";
import { WHOLE_TARGET } from "../../../../src/names.ts";
import type { SeriesView, WindowName } from "../../../../src/stream/stream-frame.ts";
import { FoldButton } from "./fold-button.tsx";
import { LATENCY_COLUMNS, type NumberColumn, VOLUME_COLUMNS } from "./series-columns.ts";
import { SpreadBar } from "./spread-bar.tsx";

interface SeriesRowProps {
  readonly view: SeriesView;
  readonly window: WindowName;
  readonly format: Format;
  /** How the whole of a target is called, in words. */
  readonly wholeText: string;
  /** Whether it stands below the whole of its target, which then need not be named again. */
  readonly isBelowWhole: boolean;
  /** Operations that can be folded away below it; 0 for none. */
  readonly foldCount: number;
  readonly isOpen: boolean;
  /** Whether its latency is what the latency card shows. */
  readonly isPicked: boolean;
  /** Stays the same from one rendering to the next. */
  readonly onPick: (view: SeriesView) => void;
  /** Stays the same from one rendering to the next. */
  readonly onFold: (target: string, isOpen: boolean) => void;
}

/** One series as a row, made anew only when something in it changes. Names are text throughout. */
export class SeriesRow extends Component<SeriesRowProps> {
  override shouldComponentUpdate(next: SeriesRowProps): boolean {
    const now = this.props;
    return (
      now.view !== next.view ||
      now.window !== next.window ||
      now.format !== next.format ||
      now.wholeText !== next.wholeText ||
      now.isBelowWhole !== next.isBelowWhole ||
      now.foldCount !== next.foldCount ||
      now.isOpen !== next.isOpen ||
      now.isPicked !== next.isPicked
    );
  }

  override render(props: SeriesRowProps) {
    const { view, window, format, wholeText, isBelowWhole, foldCount, isOpen, isPicked } = props;
    const { target, operation, kind, grades } = view;
    const isWhole = operation === WHOLE_TARGET;
    const stats = view.windows[window];
    const number = ({ field, text }: NumberColumn) => (
      <td key={field} class="number" data-field={field}>
        {text(stats, format)}
      </td>
    );
    return (
      <tr
        class={isWhole ? "whole" : isBelowWhole ? "part" : "single"}
        data-target={target}
        data-operation={operation}
      >
        <th scope="row">
          <button
            type="button"
            class="name"
            aria-current={isPicked ? "true" : undefined}
            onClick={() => this.props.onPick(this.props.view)}
          >
            <span class="target">{target}</span>{" "}
            <span class="operation">{isWhole ? wholeText : operation}</span>
          </button>
          {foldCount > 0 && (
            <FoldButton
              target={target}
              count={foldCount}
              isOpen={isOpen}
              onFold={this.props.onFold}
            />
          )}
        </th>
        <td data-field="latency">
          <GradeBadge grade={grades.latency} />
        </td>
        {LATENCY_COLUMNS.map(number)}
        <td>
          <SpreadBar {...stats} />
        </td>
        {VOLUME_COLUMNS.map(number)}
        <td data-field="errors">
          <GradeBadge grade={grades.errors} />
        </td>
        <td class="kind" data-field="kind">
          {kind}
        </td>
      </tr>
    );
  }
}
