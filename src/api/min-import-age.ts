/**
 * How long ago a stretch must have ended to be imported, milliseconds: until then it may still gain
 * what is reported late.
 */
export const MIN_IMPORT_AGE_MS = 600_000;
