/** The units of Prometheus' durations, in the order in which they are written. */
const UNITS = [
  { name: "y", millis: 365 * 86_400_000 },
  { name: "w", millis: 7 * 86_400_000 },
  { name: "d", millis: 86_400_000 },
  { name: "h", millis: 3_600_000 },
  { name: "m", millis: 60_000 },
  { name: "s", millis: 1000 },
  { name: "ms", millis: 1 },
] as const;

const PATTERN = new RegExp(`^${UNITS.map(({ name }) => `(?:(\\d{1,9})${name})?`).join("")}$`);

/** Milliseconds of a duration as Prometheus writes them, such as `1m30s`; undefined: it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const amounts = text === "" ? null : PATTERN.exec(text);
  return amounts?.slice(1).reduce((sum, amount, i) => sum + Number(amount ?? 0) * UNITS[i]!.millis, 0);
}

/** A duration as it is written, in the largest units that it fills. */
export function durationText(millis: number): string {
  let left = Math.round(millis);
  let text = "";
  for (const { name, millis: unit } of UNITS) {
    const amount = Math.floor(left / unit);
    left -= amount * unit;
    if (amount > 0) text += `${amount}${name}`;
  }
  return text || "0s";
}
