type Value = boolean | number | string;

/** An option's value as the list of options shows it. */
export function showOption(value: Value): string {
  if (typeof value !== "number" || value === 0 || Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split("e-");
  return `${digits}e-${exponent!.padStart(2, "0")}`;
}
