/**
 * The seed of a random test: the one given, or a new one. It is printed either way.
 * @param given the environment's `SEED`.
 */
export function seedOf(name: string, given: string | undefined): number {
  const isGiven = given !== undefined && given !== "";
  const seed = isGiven ? Number(given) : Math.floor(Math.random() * 0x7fffffff);
  console.info(`${name}: SEED=${seed}`);
  return seed;
}
