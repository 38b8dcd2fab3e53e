const OFFSET = 14_695_981_039_346_656_037n;
const PRIME = 1_099_511_628_211n;
const MASK = (1n << 64n) - 1n;

/** Cannot be part of UTF-8, so that no two sets of labels run together. */
const SEPARATOR = 0xff;

/**
 * What Prometheus and Alertmanager call a set of labels by: 64-bit FNV-1a of its names and values in
 * the order of their names (`LabelSet.Fingerprint` of prometheus/common), 16 hexadecimal digits.
 *
 * @param labels - names of ASCII, whose order is the same in every way of counting.
 */
export function labelFingerprint(labels: Readonly<Record<string, string>>): string {
  const encoder = new TextEncoder();
  let hash = OFFSET;
  const add = (byte: number): void => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  for (const label of Object.keys(labels).toSorted()) {
    for (const text of [label, labels[label] ?? ""]) {
      for (const byte of encoder.encode(text)) add(byte);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, "0");
}
