import { FORM, skipForm } from "./forms.ts";
import type { DebugSections } from "./sections.ts";
import { ATTRIBUTE, type Attributes, type Range, rangesOf, readAttributes, textOf, type Unit } from "./units.ts";

/** A function of a unit, or one inlined into it. */
export interface FunctionEntry {
  /** Where its entry is in `.debug_info`. */
  readonly offset: number;
  readonly ranges: readonly Range[];
  /** What it is inlined into; undefined for a function that stands by itself. */
  readonly parent: FunctionEntry | undefined;
  /** Where it is called there. */
  readonly callFile: number;
  readonly callLine: number;
  readonly callColumn: number;
}

const TAG = { INLINED: 0x1d, SUBPROGRAM: 0x2e } as const;

/** All functions of a unit with code of their own, those inlined after what they are inlined into. */
export function readFunctions(sections: DebugSections, unit: Unit): FunctionEntry[] {
  const reader = sections.info.from(unit.entries);
  const functions: FunctionEntry[] = [];
  // The function that each entry on the way down belongs to.
  const path: (FunctionEntry | undefined)[] = [];
  while (reader.at < unit.end) {
    const offset = reader.at;
    const code = reader.uleb();
    if (code === 0) {
      path.pop();
      continue;
    }
    const abbreviation = unit.abbreviations.get(code);
    if (abbreviation === undefined) throw new Error(`no abbreviation ${code} in the unit at ${unit.start}`);
    const { tag, hasChildren } = abbreviation;
    const parent = path.at(-1);
    let entry: FunctionEntry | undefined = parent;
    if (tag === TAG.SUBPROGRAM || tag === TAG.INLINED) {
      const attributes = readAttributes(sections, reader, abbreviation, unit);
      const number = (name: number): number => attributes.get(name)?.value ?? 0;
      const ranges = rangesOf(sections, unit, attributes);
      entry = {
        offset,
        ranges,
        parent: tag === TAG.INLINED ? parent : undefined,
        callFile: number(ATTRIBUTE.CALL_FILE),
        callLine: number(ATTRIBUTE.CALL_LINE),
        callColumn: number(ATTRIBUTE.CALL_COLUMN),
      };
      if (ranges.length > 0) functions.push(entry);
    } else {
      for (const { form } of abbreviation.attributes) skipForm(reader, form, unit);
    }
    if (hasChildren) path.push(entry);
  }
  return functions;
}

/** A function's name for the linker, or else its own, and the line that it begins in. */
export function describe(sections: DebugSections, units: readonly Unit[], offset: number): FunctionDescription {
  let name = "";
  let linkageName = "";
  let line = 0;
  let at = offset;
  // An inlined function names the function itself, and that perhaps its declaration in a class.
  for (let hop = 0; hop < 8; hop++) {
    const unit = unitOf(units, at);
    if (unit === undefined) break;
    const reader = sections.info.from(at);
    const abbreviation = unit.abbreviations.get(reader.uleb());
    if (abbreviation === undefined) break;
    const attributes: Attributes = readAttributes(sections, reader, abbreviation, unit);
    const text = (key: number): string => {
      const value = attributes.get(key);
      return value === undefined ? "" : textOf(sections, unit, value);
    };
    name ||= text(ATTRIBUTE.NAME);
    linkageName ||= text(ATTRIBUTE.LINKAGE_NAME) || text(ATTRIBUTE.MIPS_LINKAGE_NAME);
    line ||= attributes.get(ATTRIBUTE.DECL_LINE)?.value ?? 0;
    const origin = attributes.get(ATTRIBUTE.ABSTRACT_ORIGIN) ?? attributes.get(ATTRIBUTE.SPECIFICATION);
    if (origin === undefined) break;
    at = origin.form === FORM.REF_ADDR ? origin.value : unit.start + origin.value;
  }
  return { name: linkageName || name, line };
}

export interface FunctionDescription {
  readonly name: string;
  readonly line: number;
}

function unitOf(units: readonly Unit[], offset: number): Unit | undefined {
  let low = 0;
  let high = units.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (units[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  const unit = units[low - 1];
  return unit !== undefined && offset < unit.end ? unit : undefined;
}
