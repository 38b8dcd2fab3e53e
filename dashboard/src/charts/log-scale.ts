/** Numbers at which a logarithmic axis may have a mark, within each power of ten. */
const STEPS = [1, 2, 5] as const;

/**
 * The range of a logarithmic axis that shows everything from `min` to `max`.
 *
 * @throws RangeError if one of them is not above 0, or not finite.
 */
export function logRange(min: number, max: number): [min: number, max: number] {
  if (!(min > 0 && max < Infinity && min <= max)) throw new RangeError(`from ${min} to ${max}`);
  const from = markBelow(min);
  const to = markAbove(max);
  return from < to ? [from, to] : [markBelow(from * 0.9), markAbove(to * 1.1)];
}

/**
 * The marks of a logarithmic axis: 1, 2 and 5 of each power of ten, and only the powers, or only
 * some, where there is no room for more than `maxCount`.
 */
export function logMarks(min: number, max: number, maxCount: number): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power += 1) {
    for (const step of STEPS) all.push(markOf(step, power));
  }
  const fine = all.filter((mark) => isWithin(mark, min, max));
  if (fine.length <= maxCount) return fine;
  const powers = fine.filter((mark) => isPower(mark));
  if (powers.length < 2) return [fine[0] ?? min, fine.at(-1) ?? max];
  const every = Math.ceil(powers.length / Math.max(maxCount, 1));
  return powers.filter((_mark, index) => index % every === 0);
}

/** The last mark that is not above; asked several times for each drawing, so it makes no lists. */
function markBelow(value: number): number {
  const limit = value * (1 + Number.EPSILON * 4);
  // The logarithm may be a hair below a whole number: the next power is tried, too.
  for (let power = Math.floor(Math.log10(value)) + 1; ; power -= 1) {
    for (let index = STEPS.length - 1; index >= 0; index -= 1) {
      const mark = markOf(STEPS[index] ?? 1, power);
      if (mark <= limit) return mark;
    }
  }
}

/** The first mark that is not below. */
function markAbove(value: number): number {
  const limit = value * (1 - Number.EPSILON * 4);
  for (let power = Math.floor(Math.log10(value)) - 1; ; power += 1) {
    for (const step of STEPS) {
      const mark = markOf(step, power);
      if (mark >= limit) return mark;
    }
  }
}

/** Divided where the power is negative: 2 / 1000 is 0.002, and 2 · 0.001 need not be. */
function markOf(step: number, power: number): number {
  return power < 0 ? step / 10 ** -power : step * 10 ** power;
}

function isWithin(mark: number, min: number, max: number): boolean {
  return mark >= min * (1 - 1e-9) && mark <= max * (1 + 1e-9);
}

function isPower(mark: number): boolean {
  const power = Math.log10(mark);
  return Math.abs(power - Math.round(power)) < 1e-9;
}
