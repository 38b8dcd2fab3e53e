/** What a measurement is given. */
export interface BenchContext {
  /** A look instead of a measurement: fewer and shorter repetitions. */
  readonly quick: boolean;
  /** Tells on stderr what is going on. */
  readonly progress: (text: string) => void;
}
