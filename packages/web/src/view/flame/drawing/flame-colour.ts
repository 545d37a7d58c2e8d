import type { Palette } from "../../../session/palette.ts";
import type { FlamePicture, LabelShades } from "../../../session/protocol.ts";
import type { Look } from "./flame-paint.ts";
import type { BoxId } from "./flame-scene.ts";

/** By what boxes are coloured: the key `c` of the address. */
export interface Colouring {
  readonly name: string;
  readonly title: string;
}

const LABEL = "label:";
const CHANGES: readonly Colouring[] = [
  { name: "change", title: "by change" },
  { name: "reference", title: "by change, red and green" },
];
const OF_FRAMES: readonly Colouring[] = [
  { name: "package", title: "by package" },
  { name: "name", title: "by function" },
  { name: "self", title: "by own share" },
];

/** The colourings of a picture, its usual one first. */
export function colourings(showsChange: boolean, labels: readonly string[]): readonly Colouring[] {
  const ofLabels = labels.map((key) => ({
    name: `${LABEL}${key}`,
    title: `by ${key === "thread" ? key : `label ${key}`}`,
  }));
  return [...(showsChange ? CHANGES : []), ...OF_FRAMES, ...ofLabels];
}

/** The label by which a colouring colours. */
export function labelOf(name: string): string | undefined {
  return name.startsWith(LABEL) ? name.slice(LABEL.length) : undefined;
}

/** The part of a look that a colouring decides. A label colours nothing until the worker has answered its `shades`. */
export function colourLook(
  name: string,
  { frames }: FlamePicture,
  palette: Palette,
  shades: LabelShades | undefined,
): Pick<Look, "palette" | "colour" | "boxColour" | "isDiff"> {
  const isDiff = CHANGES.some((row) => row.name === name);
  const boxColour = shades && {
    of: (box: BoxId): number => (box < 0 ? shades.callers![-1 - box]! : shades.tree[box]!),
    count: shades.values.length,
  };
  const colour = name === "self" ? undefined : name === "name" ? frames.name : frames.group;
  return { palette: name === "reference" ? { ...palette, ...REFERENCE } : palette, colour, boxColour, isDiff };
}

/** The colours of the reference tool's flame graph of a difference. */
const REFERENCE = { root: "#d8d8d8", grown: "#ccaaaa", shrunk: "#aaccaa", text: "#000000" };
