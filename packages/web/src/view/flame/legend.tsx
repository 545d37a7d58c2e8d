import type { VNode } from "preact";
import type { Palette } from "../../session/preference/palette.ts";
import { CODE_KINDS, type CodeKind, type FlamePicture } from "../../session/protocol.ts";
import { plainText } from "../../widget/plain-text.ts";
import { shareText } from "../../widget/values.ts";
import type { ColourAnswers } from "./drawing/flame-colour.ts";

interface Props extends ColourAnswers {
  readonly colouring: string;
  readonly picture: FlamePicture;
  readonly palette: Palette;
}

interface Entry {
  readonly colour: string;
  readonly text: string;
  readonly hint?: string;
}

const KIND_TITLES: Readonly<Record<CodeKind, string>> = {
  own: "own code",
  library: "libraries",
  runtime: "runtime and standard library",
  native: "native code and kernel",
  gc: "garbage collection",
};

/** What the colours of a picture stand for, in one line that is always there. */
export function Legend(props: Props): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, by keys, too
    <ul class="legend" aria-label="Colours" tabIndex={0}>
      {entries(props).map(({ colour, text, hint }) => (
        <li key={text} title={hint}>
          <span class="swatch" style={{ background: colour }} />
          {text}
        </li>
      ))}
    </ul>
  );
}

function entries({ colouring, picture, palette, shades, kinds }: Props): readonly Entry[] {
  // What a difference has is what changed, and no part of anything.
  const share = (self: number): string => (picture.isDiff ? "" : ` ${shareText(self, picture)}`);
  const fill = (number: number): string => palette.fills[number % palette.fills.length]!;
  if (shades !== undefined)
    return [
      ...shades.values.map((name, i) => ({ colour: fill(i), text: plainText(name).slice(0, 80) })),
      { colour: palette.root, text: "none" },
    ];
  if (colouring === "kind")
    return CODE_KINDS.map((kind, i) => ({
      colour: palette.kinds[i]!,
      text: kinds === undefined ? KIND_TITLES[kind] : `${KIND_TITLES[kind]}${share(kinds.self[i]!)}`,
      hint: "With what is spent in its own functions",
    }));
  if (colouring === "self")
    return HEAT_PARTS.map(({ part, text }) => ({
      colour: palette.heat[Math.round(part * (palette.heat.length - 1))]!,
      text,
    }));
  if (colouring === "change" || colouring === "reference")
    return [
      { colour: palette.grown, text: "more than before" },
      { colour: palette.shrunk, text: "less than before" },
      { colour: palette.root, text: "as much as before" },
    ];
  if (colouring === "name") return [{ colour: fill(0), text: "each function has a colour, which others may share" }];
  if (colouring !== "package") return [];
  return picture.packages.map(({ name, colour, self }) => ({
    colour: fill(colour),
    text: `${plainText(name === "" ? "no package" : shortened(name))}${share(self)}`,
    hint: picture.isDiff ? plainText(name) : `${plainText(name)}:${share(self)} is spent in its own functions`,
  }));
}

const HEAT_PARTS = [
  { part: 0, text: "nothing spent in the function itself" },
  { part: 0.33, text: "a third" },
  { part: 0.66, text: "two thirds" },
  { part: 1, text: "all of it" },
] as const;

/** So much of a package's name has room; of a directory its end says most. */
const LONGEST = 32;

function shortened(name: string): string {
  return name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name;
}
