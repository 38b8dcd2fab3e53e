import type { TrailPoints } from "../live/trail.ts";
import type { PointTime } from "../../../src/api/history-answer.ts";

/**
 * The lines through points of history. A step without timings has no point there, and so no line
 * runs through it: it is a gap.
 *
 * @param points - in order of time.
 * @param lines - what each line has of a point.
 */
export function pointLines<Point extends PointTime>(
  points: readonly Point[],
  lines: readonly ((point: Point) => number | null)[],
): TrailPoints {
  const at: number[] = [];
  const values: (number | null)[][] = lines.map(() => []);
  const put = (time: number, point: Point | undefined): void => {
    at.push(time);
    for (const [index, valueOf] of lines.entries()) {
      values[index]?.push(point === undefined ? null : valueOf(point));
    }
  };
  let endAt = Infinity;
  for (const point of points) {
    // A step of which a part is told by longer ones would come twice.
    if (point.at <= (at.at(-1) ?? -Infinity)) continue;
    if (point.at > endAt) put(endAt, undefined);
    put(point.at, point);
    endAt = point.at + point.stepMs;
  }
  return { at, lines: values };
}
