type Teller = (text: string) => void;

let teller: Teller = (text) => {
  process.stderr.write(`${text}\n`);
};

/**
 * Tells on stderr what is no figure: a server's warning, or what could not be undone. stdout is the
 * report's alone.
 */
export function tell(text: string): void {
  teller(text);
}

/** From now on, whoever draws on stderr is who tells: nothing is written into what it draws. */
export function tellThrough(other: Teller): void {
  teller = other;
}
