import { type ReadonlySignal, signal as signalOf } from "@preact/signals";
import { type Palette, paletteOf, type Theme } from "./palette.ts";
import { storage, unkept } from "./storage.ts";

export interface ThemeChoice {
  readonly theme: ReadonlySignal<Theme>;
  readonly palette: ReadonlySignal<Palette>;
  readonly isSafe: ReadonlySignal<boolean>;
  /** Undefined: as the system has it. */
  readonly choose: (theme: Theme | undefined) => void;
  readonly toggle: () => void;
  /** Between all colours and those that every eye tells apart. */
  readonly toggleSafe: () => void;
}

interface Surroundings {
  /** The element that the theme stands on. */
  readonly themed: HTMLElement;
  readonly isOwn: boolean;
  readonly ends: AbortSignal;
}

/**
 * The theme of the system until another one is chosen. The browser remembers that for pages in a document of their own;
 * others stand in one that has a choice itself.
 */
export function themeChoice({ themed, isOwn, ends: signal }: Surroundings): ThemeChoice {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = isOwn ? storage("pprof.theme") : unkept();
  const safeStored = storage("pprof.colours");
  const current = (): Theme => {
    const chosen = stored.get();
    return chosen === "dark" || chosen === "light" ? chosen : system.matches ? "dark" : "light";
  };
  const theme = signalOf<Theme>(current());
  const isSafe = signalOf(safeStored.get() === "safe");
  const palette = signalOf(paletteOf(theme.value, isSafe.value));
  const show = (shown = theme.value): void => {
    themed.dataset.theme = shown;
    palette.value = paletteOf(shown, isSafe.value);
  };
  const choose = (chosen: Theme | undefined): void => {
    stored.set(chosen ?? "");
    theme.value = current();
    show();
  };
  system.addEventListener(
    "change",
    () => {
      theme.value = current();
      show();
    },
    { signal },
  );
  // Paper is light; what was chosen comes back after it. The media change comes too late for what is drawn on canvases.
  const print = (isPaper: boolean): void => show(isPaper ? "light" : theme.value);
  addEventListener("beforeprint", () => print(true), { signal });
  addEventListener("afterprint", () => print(false), { signal });
  matchMedia("print").addEventListener("change", ({ matches }) => print(matches), { signal });
  show();
  return {
    theme,
    palette,
    isSafe,
    choose,
    toggle: () => choose(theme.value === "dark" ? "light" : "dark"),
    toggleSafe() {
      isSafe.value = !isSafe.value;
      safeStored.set(isSafe.value ? "safe" : "all");
      show();
    },
  };
}
