import { drawableDot } from "@pprof-ts/report";
import { readDrawing } from "./drawing.ts";
import type { Typeface } from "./font.ts";
import { type LayoutOptions, layout } from "./layout.ts";
import type { PictureFormat } from "./picture-format.ts";
import type { Image } from "./raster.ts";
import { withPanAndZoom } from "./svg.ts";

export interface DrawOptions extends LayoutOptions {
  /** Is told of letters that cannot be drawn. */
  readonly warn?: (line: string) => void;
  /** Where fonts are looked for; by default where this system has them. */
  readonly fontDirectories?: readonly string[];
}

type Draw = (dot: string, options?: DrawOptions) => Promise<string | Uint8Array>;

const drawers: Readonly<Record<PictureFormat, Draw>> = {
  svg: async (dot, options) => withPanAndZoom(await layout(dot, "svg", options)),
  ps: (dot, options) => layout(dot, "ps", options),
  pdf: async (dot, options) => {
    const drawing = readDrawing(await layout(dot, "json", options));
    return (await import("./pdf.ts")).writePdf(drawing, await moreFonts(dot, options));
  },
  png: async (dot, options) => {
    const { pixels, width, height } = await rasterizeGraph(dot, options);
    return (await import("./png.ts")).encodePng(pixels, width, height);
  },
  gif: async (dot, options) => {
    const { pixels, width, height } = await rasterizeGraph(dot, options);
    return (await import("./gif.ts")).encodeGif(pixels, width, height);
  },
};

/** Draws a graph in the dot language; only `ps` and `svg` are text. Nothing but the tool need be installed. */
export async function draw(dot: string, format: PictureFormat, options?: DrawOptions): Promise<string | Uint8Array> {
  return drawers[format](drawableDot(dot), options);
}

async function rasterizeGraph(dot: string, options?: DrawOptions): Promise<Image> {
  const svg = await layout(dot, "svg", options);
  return (await import("./raster.ts")).rasterize(svg, await moreFonts(dot, options));
}

async function moreFonts(dot: string, { warn, fontDirectories }: DrawOptions = {}): Promise<readonly Typeface[]> {
  const { typefaces, missing } = (await import("./system-fonts.ts")).fontsFor(dot, fontDirectories);
  if (missing !== "") {
    warn?.(
      `no font on this machine has ${missing}: install one that does, such as Noto Sans CJK, ` +
        "or write an SVG, whose letters are the reader's",
    );
  }
  return typefaces;
}
