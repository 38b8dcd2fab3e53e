interface Counted {
  readonly series?: readonly {
    readonly target: string;
    readonly operation: string;
    readonly windows: { readonly "5m": { readonly count: number } };
  }[];
}

/** How many calls of a target a frame or a snapshot has in 5 min; undefined if it does not say. */
export function countIn(text: string, of: string): number | undefined {
  const { series } = JSON.parse(text) as Counted;
  const whole = series?.find(({ target, operation }) => target === of && operation === "*");
  return whole?.windows["5m"].count;
}
