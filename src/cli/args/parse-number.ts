import { InvalidArgumentError } from "commander";

/** A number from `min` to `max`, both included. @throws InvalidArgumentError of commander. */
export function numberFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}(?:\.\d{1,16})?$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

/** An integer from `min` to `max`, both included. @throws InvalidArgumentError of commander. */
export function integerFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  };
}
