import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { readFont, SCRIPTS, type Typeface } from "./font.ts";

/** Pixels to the point: 96 to the inch, as Graphviz draws them. */
const SCALE = 96 / 72;
/** 128 MB while it is drawn; a larger graph gets smaller pixels. */
const MOST_PIXELS = 1 << 25;

export interface Image {
  /** Red, green, blue and alpha of each. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

let started: Promise<void> | undefined;

/** The pixels of a picture by Graphviz, on white; `fonts` are for letters that those of the tool have not. */
export async function rasterize(
  svg: string,
  fonts: readonly Typeface[] = [],
  mostPixels: number = MOST_PIXELS,
): Promise<Image> {
  // The library may be started once only, and the shell draws many pictures.
  started ??= initWasm(readFileSync(createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm")));
  await started;
  const [, width = "1", height = "1"] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  const zoom = Math.min(SCALE, Math.sqrt(mostPixels / (Number(width) * Number(height))));
  const image = new Resvg(svg, {
    // The tool's own fonts wherever they have the letter: the picture is the same on a machine that has none.
    font: {
      fontBuffers: [...SCRIPTS.map(readFont), ...fonts.map(({ file }) => file)],
      defaultFontFamily: "Tinos",
      serifFamily: "Tinos",
    },
    fitTo: { mode: "width", value: Math.max(1, Math.floor(Number(width) * zoom)) },
    background: "white",
  });
  const drawn = image.render();
  const { pixels, width: columns, height: rows } = drawn;
  drawn.free();
  image.free();
  return { pixels, width: columns, height: rows };
}
