/** SQL with the comment that makes `instrumentD1` call it `name`. */
export function withName(name: string, sql: string): string {
  return `/* name: ${name} */ ${sql}`;
}
