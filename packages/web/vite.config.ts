import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const source = (name: string): string => fileURLToPath(new URL(`../${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
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
    // Fixed names: the server knows its files, and the one-file page finds what it puts inline.
    rolldownOptions: { output: { entryFileNames: "page.js", assetFileNames: "[name][extname]" } },
  },
  worker: { format: "iife", rolldownOptions: { output: { entryFileNames: "[name].js" } } },
});
