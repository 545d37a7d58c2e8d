const BYTES: readonly (readonly [least: number, name: string])[] = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
];

/** The value of a counter with three digits. */
export function countText(value: number, unit: "bytes" | "count"): string {
  if (Number.isNaN(value)) return "";
  const found = unit === "bytes" ? BYTES.find(([least]) => value >= least) : undefined;
  if (found === undefined) return `${Number(value.toPrecision(3)).toLocaleString("en")}${unit === "bytes" ? "B" : ""}`;
  return `${Number((value / found[0]).toPrecision(3))}${found[1]}`;
}
