/** The colours of a picture; a box has one of `fills` or, where it is beside the point, of `faded`. */
export interface Palette {
  readonly fills: readonly string[];
  readonly faded: readonly string[];
  readonly text: string;
  readonly fadedText: string;
  readonly match: string;
  readonly matchText: string;
  readonly root: string;
  readonly page: string;
  readonly outline: string;
  readonly grown: string;
  readonly shrunk: string;
  /** From no self time to nothing else. */
  readonly heat: readonly string[];
  /** Of the program's own code, libraries, the runtime, native code and the garbage collector. */
  readonly kinds: readonly string[];
  readonly fadedKinds: readonly string[];
}

export type Theme = "light" | "dark";

/** So many colours are for packages: the first ones, of every palette. */
export const PACKAGE_COLOURS = 21;

const HUES = 36;
const HEAT_STEPS = 16;

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

// Around the wheel by the golden angle, so that neighbours in number are far apart in colour.
const hues = range(HUES).map((i) => (i * 137.508) % 360);
// Seven colours that people with any colour vision tell apart, in three lightnesses: Okabe and Ito's hues.
const safeHues = [60, 235, 165, 95, 250, 40, 350];

/** The palette of a theme; `safe` keeps to colours that every eye tells apart. */
export function paletteOf(theme: Theme, safe: boolean): Palette {
  const dark = theme === "dark";
  const ramp = (lightness: number, chroma: number): string[] =>
    safe
      ? range(21).map((i) => {
          const step = (Math.floor(i / 7) - 1) * 0.08;
          return `oklch(${lightness + step} ${chroma * 1.3} ${safeHues[i % 7]})`;
        })
      : hues.map((hue) => `oklch(${lightness} ${chroma} ${hue.toFixed(0)})`);
  const kinds = (lightness: number, chroma: number): string[] =>
    // Own code is orange, its libraries blue, what they run on green, native code purple, garbage grey and dark.
    [60, 245, 160, 315]
      .map((hue) => `oklch(${lightness} ${chroma} ${hue})`)
      .concat(`oklch(${lightness - 0.14} 0.015 60)`);
  return dark
    ? {
        fills: ramp(0.46, 0.075),
        faded: ramp(0.3, 0.025),
        text: "#f2f2f0",
        fadedText: "#8d9096",
        match: "oklch(0.72 0.2 330)",
        matchText: "#16020f",
        root: "#3a3d44",
        page: "#16181c",
        outline: "#ffffff",
        grown: "oklch(0.55 0.17 25)",
        shrunk: safe ? "oklch(0.55 0.13 250)" : "oklch(0.52 0.12 245)",
        kinds: kinds(0.48, 0.09),
        fadedKinds: kinds(0.3, 0.025),
        heat: range(HEAT_STEPS).map((i) => `oklch(${0.34 + i * 0.02} ${0.02 + i * 0.01} ${85 - i * 3.5})`),
      }
    : {
        fills: ramp(0.87, 0.07),
        faded: ramp(0.95, 0.018),
        text: "#1b1b19",
        fadedText: "#8a8d93",
        match: "oklch(0.75 0.19 330)",
        matchText: "#1c0214",
        root: "#dfe1e5",
        page: "#ffffff",
        outline: "#000000",
        grown: "oklch(0.72 0.15 25)",
        shrunk: safe ? "oklch(0.72 0.12 250)" : "oklch(0.74 0.11 245)",
        kinds: kinds(0.85, 0.095),
        fadedKinds: kinds(0.95, 0.018),
        heat: range(HEAT_STEPS).map((i) => `oklch(${0.96 - i * 0.017} ${0.03 + i * 0.009} ${95 - i * 4.5})`),
      };
}
