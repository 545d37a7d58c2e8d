import { type ReadonlySignal, signal } from "@preact/signals";
import { type Palette, paletteOf, type Theme } from "./palette.ts";
import { storage } from "./storage.ts";

export interface ThemeChoice {
  readonly theme: ReadonlySignal<Theme>;
  readonly palette: ReadonlySignal<Palette>;
  readonly isSafe: ReadonlySignal<boolean>;
  readonly toggle: () => void;
  /** Between all colours and those that every eye tells apart. */
  readonly toggleSafe: () => void;
}

/** The theme of the system until another one is chosen, which the browser then remembers. */
export function themeChoice(): ThemeChoice {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = storage("pprof.theme");
  const safeStored = storage("pprof.colours");
  const chosen = stored.get();
  const isTheme = chosen === "dark" || chosen === "light";
  const theme = signal<Theme>(isTheme ? chosen : system.matches ? "dark" : "light");
  const isSafe = signal(safeStored.get() === "safe");
  const palette = signal(paletteOf(theme.value, isSafe.value));
  const show = (): void => {
    document.documentElement.dataset.theme = theme.value;
    palette.value = paletteOf(theme.value, isSafe.value);
  };
  system.addEventListener("change", () => {
    if (stored.get() !== undefined) return;
    theme.value = system.matches ? "dark" : "light";
    show();
  });
  // Paper is light; what was chosen comes back after it. The media change comes too late for what is drawn on canvases.
  const print = (isPaper: boolean): void => {
    const shown = isPaper ? "light" : theme.value;
    document.documentElement.dataset.theme = shown;
    palette.value = paletteOf(shown, isSafe.value);
  };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", ({ matches }) => print(matches));
  show();
  return {
    theme,
    palette,
    isSafe,
    toggle() {
      theme.value = theme.value === "dark" ? "light" : "dark";
      stored.set(theme.value);
      show();
    },
    toggleSafe() {
      isSafe.value = !isSafe.value;
      safeStored.set(isSafe.value ? "safe" : "all");
      show();
    },
  };
}
