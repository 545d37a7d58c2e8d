import { PACKAGE_COLOURS, type Palette } from "../../../session/preference/palette.ts";
import type { FlamePicture, FrameKinds, LabelShades } from "../../../session/protocol.ts";
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
  { name: "kind", title: "by kind of code" },
  { name: "self", title: "by own time" },
  { name: "name", title: "by function" },
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

/** What a colouring needs beside the picture; undefined until the worker has answered. */
export interface ColourAnswers {
  /** Of the label that it is by. */
  readonly shades: LabelShades | undefined;
  readonly kinds: FrameKinds | undefined;
}

/** The part of a look that a colouring decides. */
export function colourLook(
  name: string,
  { frames, boxColours }: FlamePicture,
  palette: Palette,
  { shades, kinds }: ColourAnswers,
): Pick<Look, "palette" | "colour" | "boxColour" | "isDiff"> {
  const isDiff = CHANGES.some((row) => row.name === name);
  if (name === "kind") {
    const colour = kinds === undefined ? new Uint8Array(frames.length) : kinds.of;
    return {
      palette: { ...palette, fills: palette.kinds, faded: palette.fadedKinds },
      colour,
      boxColour: undefined,
      isDiff,
    };
  }
  const ofBoxes = (of: { readonly tree: ArrayLike<number>; readonly callers: ArrayLike<number> | undefined }) => {
    return (box: BoxId): number => (box < 0 ? of.callers![-1 - box]! : of.tree[box]!);
  };
  const boxColour =
    shades !== undefined
      ? { of: ofBoxes(shades), count: shades.values.length }
      : name === "package" && boxColours !== undefined
        ? { of: ofBoxes(boxColours), count: PACKAGE_COLOURS }
        : undefined;
  const colour = name === "self" ? undefined : name === "name" ? frames.name : frames.colour;
  return { palette: name === "reference" ? { ...palette, ...REFERENCE } : palette, colour, boxColour, isDiff };
}

/** The colours of the reference tool's flame graph of a difference. */
const REFERENCE = { root: "#d8d8d8", grown: "#ccaaaa", shrunk: "#aaccaa", text: "#000000" };
