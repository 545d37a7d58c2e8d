const UNITS: readonly (readonly [nanos: number, name: string])[] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

/** A duration with three digits. */
export function durationText(nanos: number): string {
  // 999.7 µs would be rounded to 1000 µs: it is 1 ms.
  const [unit, name] = UNITS.find(([least]) => nanos >= least * 0.9995) ?? UNITS.at(-1)!;
  const value = nanos / unit;
  const digits = value >= 100 || unit === 1 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))}${name}`;
}

/** The times that an axis names, with their texts: at most `room` of them, at 1, 2 or 5 times a power of ten. */
export function ticks(from: number, to: number, room: number): { readonly at: number; readonly text: string }[] {
  const least = (to - from) / Math.max(1, room);
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  const step = power * ([1, 2, 5].find((times) => times * power >= least) ?? 10);
  const [unit, name] = UNITS.find(([nanos]) => to >= nanos && step * 1000 >= nanos) ?? UNITS.at(-1)!;
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  const found: { at: number; text: string }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    found.push({ at, text: `${(at / unit).toFixed(digits)}${name}` });
  }
  return found;
}
