/** Standard normal: Box and Muller. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Log-normal with the given median, as latencies of remote calls roughly are. */
export function logNormal(random: () => number, medianValue: number, sigma: number): number {
  return medianValue * Math.exp(sigma * normal(random));
}
