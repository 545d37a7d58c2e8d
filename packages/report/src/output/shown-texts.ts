import { type Profile, StringTable, type ValueType } from "@pprof-ts/profile";
import type { Analysis } from "../analyze.ts";
import type { World } from "../world/world.ts";

/** Longer texts are looked at row by row: engines have limits. */
const LARGEST_LOOK = 1 << 28;

/**
 * The analysis with every text of its profile as `shown` has it, and the world in which files go by their own names all
 * the same. After the filters, which look at the texts as they are, and before the printers, whose columns are as wide
 * as what is shown.
 */
export function withShownTexts(
  analysis: Analysis,
  world: World,
  shown: (text: string) => string,
): { readonly analysis: Analysis; readonly world: World } {
  const originals = new Map<string, string>();
  const text = (exact: string): string => {
    const changed = shown(exact);
    if (changed !== exact) originals.set(changed, exact);
    return changed;
  };
  const type = (of: ValueType): ValueType => ({ type: text(of.type), unit: text(of.unit) });
  const tables = new Map<StringTable, StringTable>();
  const ofProfile = (profile: Profile): Profile => {
    const strings = tables.get(profile.strings) ?? shownTable(profile.strings, text);
    tables.set(profile.strings, strings);
    return {
      ...profile,
      strings,
      sampleTypes: profile.sampleTypes.map(type),
      periodType: profile.periodType === undefined ? undefined : type(profile.periodType),
      defaultSampleType: text(profile.defaultSampleType),
      comments: profile.comments.map(text),
      docUrl: text(profile.docUrl),
    };
  };
  const { selection, sampleType, labelUnits } = analysis;
  const own = (read: ((path: string) => string | undefined) | undefined) =>
    read && ((path: string) => read(originals.get(path) ?? path));
  const [readSource, findSource] = [own(world.readSource), own(world.findSource)];
  return {
    analysis: {
      ...analysis,
      profile: ofProfile(analysis.profile),
      selection: { ...selection, profile: ofProfile(selection.profile) },
      sampleType: type(sampleType),
      labelUnits: new Map([...labelUnits].map(([key, unit]) => [text(key), text(unit)])),
    },
    world: {
      ...world,
      ...(readSource === undefined ? {} : { readSource }),
      ...(findSource === undefined ? {} : { findSource }),
    },
  };
}

/** The same table where nothing in it is shown in another way, which one look at all of it mostly tells. */
function shownTable(strings: StringTable, shown: (text: string) => string): StringTable {
  if (strings.utf8.length <= LARGEST_LOOK) {
    const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(strings.utf8);
    if (!whole.includes("\ufffd") && shown(whole) === whole) return strings;
  }
  return StringTable.of(Array.from({ length: strings.length }, (_, row) => shown(strings.getExact(row))));
}
