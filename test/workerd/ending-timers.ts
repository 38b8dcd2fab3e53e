/**
 * Takes note of all timers that are begun, to end those that are left over. Otherwise what one file
 * left to be tried again would be tried beside the tests of the next one.
 *
 * @returns what ends them and leaves `setTimeout` as it was. The timers of an object are not ended:
 * they end with it.
 */
export function endingTimers(): () => void {
  const bare = globalThis.setTimeout;
  const begun: ReturnType<typeof setTimeout>[] = [];
  globalThis.setTimeout = new Proxy(bare, {
    apply(target, self, args) {
      const id: ReturnType<typeof setTimeout> = Reflect.apply(target, self, args);
      begun.push(id);
      return id;
    },
  });
  return () => {
    globalThis.setTimeout = bare;
    for (const id of begun) clearTimeout(id);
  };
}
