import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const source = (name: string): string => fileURLToPath(new URL(`../${name}/src/index.ts`, import.meta.url));

/** What a mode builds. */
interface Mode {
  readonly script: string;
  /** What it is built from; default: index.html. */
  readonly input?: string;
  /** Whether it is one script that loads no other. */
  readonly isWhole?: boolean;
}

/** The pages; the element that shows them in a page of somebody else's; and the script of pages in one file. */
const MODES: Readonly<Record<string, Mode>> = {
  production: { script: "page" },
  element: { script: "element", input: "src/element.tsx" },
  whole: { script: "whole", input: "src/main.tsx", isWhole: true },
};
const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  root: local("."),
  base: "./",
  publicDir: false,
  resolve: { alias: { "@pprof-ts/profile": source("profile"), "@pprof-ts/report": source("report") } },
  build: {
    target: "es2022",
    modulePreload: false,
    // Data addresses would need a looser Content-Security-Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
    // All have the same workers.
    emptyOutDir: mode === "production",
    // Fixed names: the server knows its files, and the one-file page finds what it puts inline.
    rolldownOptions: {
      ...(MODES[mode]?.input === undefined ? {} : { input: local(MODES[mode].input) }),
      output: {
        entryFileNames: `${MODES[mode]?.script}.js`,
        chunkFileNames: `${MODES[mode]?.script}-[name].js`,
        assetFileNames: "[name][extname]",
        ...(MODES[mode]?.isWhole ? { codeSplitting: false } : {}),
      },
    },
  },
  worker: { format: "iife", rolldownOptions: { output: { entryFileNames: "[name].js" } } },
}));
