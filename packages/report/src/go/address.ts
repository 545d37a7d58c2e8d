/** The uint64 that a text is, in the notations of Go (`10`, `0xa`, `0o12`, `012`, `0b1010`); undefined for any other. */
export function parseAddress(text: string): bigint | undefined {
  const octal = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text;
  if (!/^(0x[0-9a-f]+|0o[0-7]+|0b[01]+|[0-9]+)$/i.test(octal)) return undefined;
  const value = BigInt(octal.toLowerCase());
  return value < 2n ** 64n ? value : undefined;
}
