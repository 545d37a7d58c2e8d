import type { Theme } from "./palette.ts";

/** The colours of states, which every eye tells apart; what waits is drawn lower than what runs, as well. */
const COLOURS: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  light: {
    running: "oklch(0.68 0.13 160)",
    ready: "oklch(0.74 0.16 60)",
    waiting: "oklch(0.87 0.01 260)",
    network: "oklch(0.8 0.085 240)",
    sync: "oklch(0.74 0.12 345)",
    sleep: "oklch(0.91 0.025 100)",
    call: "oklch(0.72 0.1 195)",
    gc: "oklch(0.85 0.06 40)",
    stop: "oklch(0.62 0.17 30)",
    task: "oklch(0.82 0.07 285)",
    pool: "oklch(0.79 0.11 110)",
    line: "oklch(0.55 0.13 255)",
    area: "oklch(0.9 0.04 255)",
    part: "oklch(0.6 0.15 260 / 0.14)",
    arrow: "oklch(0.5 0.2 300)",
  },
  dark: {
    running: "oklch(0.6 0.12 160)",
    ready: "oklch(0.68 0.15 60)",
    waiting: "oklch(0.38 0.01 260)",
    network: "oklch(0.5 0.1 245)",
    sync: "oklch(0.52 0.13 345)",
    sleep: "oklch(0.4 0.03 100)",
    call: "oklch(0.52 0.09 195)",
    gc: "oklch(0.45 0.07 40)",
    stop: "oklch(0.6 0.18 30)",
    task: "oklch(0.47 0.09 285)",
    pool: "oklch(0.52 0.1 110)",
    line: "oklch(0.72 0.12 255)",
    area: "oklch(0.33 0.06 255)",
    part: "oklch(0.75 0.13 260 / 0.2)",
    arrow: "oklch(0.78 0.16 310)",
  },
};

/** The colour of a state, or of another part of the picture of a trace. */
export function traceColour(theme: Theme, name: string): string {
  return COLOURS[theme][name]!;
}
