/** Why a body cannot be taken as a metrics export request at all. The message says what and where. */
export class OtlpError extends Error {
  override readonly name = "OtlpError";
  /** Whether the same in smaller requests would do. */
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}
