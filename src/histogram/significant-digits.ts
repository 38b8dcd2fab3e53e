/** Decimal digits to which a duration is kept: an error of at most one part in a thousand. */
export const SIGNIFICANT_DIGITS = 3;
