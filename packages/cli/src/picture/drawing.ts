type Point = readonly [number, number];

/** A polygon (filled `P`), a line, Bézier curves (filled `b`) of three points each after the first, or an ellipse. */
export type Shape =
  | { readonly op: "p" | "P" | "L" | "b" | "B"; readonly points: readonly Point[] }
  /** Its middle, half its width and half its height. */
  | { readonly op: "e" | "E"; readonly rect: readonly [number, number, number, number] };

/** One step of drawing, as Graphviz's `json` has it: points from the lower left corner, 72 to the inch. */
export type Step =
  | Shape
  /** The pen's colour, `#rrggbb` or `#rrggbbaa`, and the brush's. */
  | { readonly op: "c"; readonly color: string }
  | { readonly op: "C"; readonly color: string }
  | { readonly op: "S"; readonly style: string }
  | { readonly op: "F"; readonly size: number }
  | {
      readonly op: "T";
      readonly pt: Point;
      readonly align: "l" | "c" | "r";
      readonly width: number;
      readonly text: string;
    };

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Each thing that is drawn begins with a black pen of width 1. */
  readonly things: readonly (readonly Step[])[];
}

type Drawn = Readonly<Record<string, unknown>>;

/** In the order in which they are drawn: the text last. */
const PARTS = ["_draw_", "_hdraw_", "_tdraw_", "_ldraw_", "_hldraw_", "_tldraw_"];

/** Reads what Graphviz wrote as `json`: edges lie below nodes. */
export function readDrawing(json: string): Drawing {
  const graph = JSON.parse(json) as Drawn;
  const [left = 0, bottom = 0, right = 0, top = 0] = String(graph.bb).split(",").map(Number);
  const list = (name: string): Drawn[] => (graph[name] as Drawn[] | undefined) ?? [];
  const things = [graph, ...list("edges"), ...list("objects")].flatMap((thing) =>
    PARTS.map((part) => thing[part] as Step[] | undefined).filter((steps) => steps !== undefined),
  );
  // Texts are as they are seen, but the name stands as `drawableDot` has it.
  const title = String(graph.name ?? "").replaceAll("&amp;", "&");
  return { width: right - left, height: top - bottom, title, things };
}
