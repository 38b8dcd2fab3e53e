import type { ComponentChildren } from "preact";
import { Boundary } from "./boundary.tsx";

interface CardProps {
  /** Its id in the page: `latency` has the heading `latency-title`. */
  readonly id: string;
  readonly title: string;
  /** Beside the title: a grade. */
  readonly badge?: ComponentChildren;
  /** At the end of the title's line: what the user may choose. */
  readonly controls?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** One part of the board, with its heading. */
export function Card({ id, title, badge, controls, children }: CardProps) {
  return (
    <section id={id} class="card" aria-labelledby={`${id}-title`}>
      <div class="heading">
        <h2 id={`${id}-title`}>{title}</h2>
        {badge}
        {controls !== undefined && <div class="controls">{controls}</div>}
      </div>
      <Boundary>{children}</Boundary>
    </section>
  );
}
