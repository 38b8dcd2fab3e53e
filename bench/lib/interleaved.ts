/** One thing to measure; resolves to its figure. */
export type Variant = () => Promise<number> | number;

/**
 * Measures several variants in turn, round after round and every other round backwards, so that a
 * machine that gets slower or busier does so for all of them.
 * @returns each variant's figures, in order of the rounds.
 */
export async function interleaved<Name extends string>(
  variants: Readonly<Record<Name, Variant>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(variants) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      figures[name][round] = await variants[name]();
    }
  }
  return figures;
}
