import { FONT, TextFitter } from "../../../widget/canvas/fit-text.ts";
import type { FlameCanvas } from "./flame-canvas.ts";
import { changeOf, fillsOf, isGrown, PIVOT_LINE, pivotLines, textColour } from "./flame-paint.ts";
import { ROW, sumsOf } from "./flame-scene.ts";

/** What is on screen as an SVG document; pictures beside each other stay so. */
export function flameSvg(canvases: readonly FlameCanvas[], nameOf: (frame: number) => string): string {
  const parts: string[] = [];
  let right = 0;
  let bottom = 0;
  for (const canvas of canvases) {
    const { width, height } = canvas.viewport;
    parts.push(`<svg x="${right}" width="${width}" height="${height}">`, ...drawn(canvas, nameOf), "</svg>");
    right += width + GAP;
    bottom = Math.max(bottom, height);
  }
  const viewBox = `0 0 ${right - GAP} ${bottom}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}" font-family="sans-serif" font-size="12">${parts.join("")}</svg>`;
}

/** Between pictures, in CSS pixels. */
export const GAP = 8;

function drawn(canvas: FlameCanvas, nameOf: (frame: number) => string): readonly string[] {
  const { boxes, scene, look, viewport } = canvas;
  if (scene === undefined || look === undefined) return [];
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = FONT;
  const fitter = new TextFitter(context);
  const { palette } = look;
  const fills = fillsOf(scene, boxes, look);
  const rect = (x: number, y: number, width: number, fill: string): string =>
    `<rect x="${x.toFixed(2)}" y="${y.toFixed(1)}" width="${(width > 3 ? width - 1 : width).toFixed(2)}" height="${ROW - 1}" fill="${fill}"/>`;
  const parts = [`<rect width="${viewport.width}" height="${viewport.height}" fill="${palette.page}"/>`];
  for (let box = 0; box < boxes.length; box++) {
    const frame = boxes.frame[box]!;
    const x = boxes.x[box]!;
    const y = boxes.y[box]!;
    const width = boxes.width[box]!;
    const change = look.isDiff ? changeOf(scene, boxes, box) : 0;
    const text = width < 18 ? "" : fitter.fit(look.label(frame), width - 8);
    const colour = textColour(look, frame);
    const { count } = sumsOf(scene, boxes.id[box]!, boxes.until[box]!);
    const title = count > 1 ? `${count} boxes within a pixel` : nameOf(frame).slice(0, 2000);
    parts.push(
      `<g><title>${escaped(title)}</title>`,
      rect(x, y, width, fills[box]!),
      change === 0
        ? ""
        : rect(x, y, change > 3 ? change + 1 : change, isGrown(scene, boxes, box) ? palette.grown : palette.shrunk),
      text && `<text x="${(x + 4).toFixed(2)}" y="${(y + 14).toFixed(1)}" fill="${colour}">${escaped(text)}</text>`,
      "</g>",
    );
  }
  if (scene.callers !== undefined)
    for (const y of pivotLines(scene, viewport.top))
      parts.push(`<rect y="${y}" width="${viewport.width}" height="${PIVOT_LINE}" fill="${palette.outline}"/>`);
  return parts;
}

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them
  return text.replace(/[\u0000-\u001f]/g, "\ufffd").replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
