import { TextFitter } from "./fit-text.ts";
import type { Shown } from "./flame.tsx";
import type { FlameCanvas } from "./flame-canvas.ts";
import { FONT } from "./flame-paint.ts";
import { ROW } from "./flame-scene.ts";
import type { Palette } from "./palette.ts";

/** What is on screen as an SVG document. */
export function flameSvg(shown: Shown, canvas: FlameCanvas, palette: Palette, colouring: string | undefined): string {
  const { boxes } = canvas;
  const { width, height } = canvas.viewport;
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = FONT;
  const fitter = new TextFitter(context);
  const { frames } = shown.picture;
  const colour = colouring === "name" ? frames.name : frames.group;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="${palette.page}"/>`,
  ];
  for (let box = 0; box < boxes.length; box++) {
    const frame = boxes.frame[box]!;
    const fill = frame < 0 ? palette.root : palette.fills[colour[frame]! % palette.fills.length]!;
    const x = boxes.x[box]!.toFixed(2);
    const y = boxes.y[box]!.toFixed(1);
    const w = Math.max(boxes.width[box]! - 1, 0.5);
    const text = w < 18 ? "" : fitter.fit(shown.label(frame), w - 8);
    parts.push(
      `<g><title>${escaped(shown.nameOf(frame).slice(0, 2000))}</title>`,
      `<rect x="${x}" y="${y}" width="${w.toFixed(2)}" height="${ROW - 1}" fill="${fill}"/>`,
      text &&
        `<text x="${(boxes.x[box]! + 4).toFixed(2)}" y="${(boxes.y[box]! + 14).toFixed(1)}" fill="${palette.text}">${escaped(text)}</text>`,
      "</g>",
    );
  }
  parts.push("</svg>");
  return parts.join("");
}

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them
  return text.replace(/[\u0000-\u001f]/g, "\ufffd").replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
