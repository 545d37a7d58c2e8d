import type { Profile } from "@pprof-ts/profile";

/** A profile as text, the way the reference tool's -raw prints samples, locations and mappings. */
export function raw(profile: Profile): string {
  const { samples, locations, mappings, functions, strings } = profile;
  const out: string[] = [];
  if (profile.periodType) out.push(`PeriodType: ${profile.periodType.type} ${profile.periodType.unit}`.trimEnd());
  out.push(`Period: ${profile.period}`, "Samples:");
  out.push(profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`).join(" "));
  for (let i = 0; i < samples.length; i++) {
    const values = samples.values.map((column) => ` ${String(column[i]).padStart(10)}`);
    const stack = Array.from(samples.locations.subarray(samples.locationStart[i], samples.locationStart[i + 1]));
    out.push(`${values.join("")}: ${stack.map((row) => `${locations.id[row]} `).join("")}`);
    const texts: string[] = [];
    const numbers: string[] = [];
    for (let label = samples.labelStart[i]!; label < samples.labelStart[i + 1]!; label++) {
      const { key, str, num, numUnit } = samples.labels;
      const name = strings.get(key[label]!);
      const unit = strings.get(numUnit[label]!);
      if (str[label] !== 0) texts.push(`${name}:[${strings.get(str[label]!)}]`);
      else numbers.push(`${name}:[${num[label]}${unit && ` ${unit}`}]`);
    }
    for (const labels of [texts, numbers]) if (labels.length > 0) out.push(" ".repeat(16) + labels.sort().join(" "));
  }
  out.push("Locations");
  for (let i = 0; i < locations.length; i++) {
    const mapping = locations.mapping[i]!;
    // The reference tool gives a profile without mappings one, of which it says nothing.
    const of = mappings.length === 0 ? 1n : mappings.id[mapping];
    let head = `${String(locations.id[i]).padStart(6)}: 0x${locations.address[i]!.toString(16)} `;
    if (of !== undefined) head += `M=${of} `;
    if (locations.lineStart[i] === locations.lineStart[i + 1]) out.push(head);
    for (let line = locations.lineStart[i]!; line < locations.lineStart[i + 1]!; line++) {
      const fn = locations.lines.function[line]!;
      const name = strings.get(functions.name[fn]!);
      const system = strings.get(functions.systemName[fn]!);
      const file = strings.get(functions.filename[fn]!);
      const at = `${locations.lines.line[line]}:${locations.lines.column[line]} s=${functions.startLine[fn]}`;
      out.push(`${head}${name} ${file}:${at}${system === name ? "" : `(${system})`}`);
      head = " ".repeat(13);
    }
  }
  out.push("Mappings");
  if (mappings.length === 0) out.push("1: 0x0/0x0/0x0");
  for (let i = 0; i < mappings.length; i++) {
    const hex = (value: bigint): string => `0x${value.toString(16)}`;
    const range = `${hex(mappings.start[i]!)}/${hex(mappings.limit[i]!)}/${hex(mappings.offset[i]!)}`;
    const bits = [
      mappings.hasFunctions[i] ? "[FN]" : "",
      mappings.hasFilenames[i] ? "[FL]" : "",
      mappings.hasLineNumbers[i] ? "[LN]" : "",
      mappings.hasInlineFrames[i] ? "[IN]" : "",
    ];
    out.push(
      `${mappings.id[i]}: ${range} ${strings.get(mappings.filename[i]!)} ${strings.get(mappings.buildId[i]!)} ${bits.join("")}`.trimEnd(),
    );
  }
  return `${out.join("\n")}\n`;
}

/** One line a sample: its functions from the root, `;` between them, then its values and its labels. */
export function stacks(profile: Profile): string {
  const { samples, locations, functions, strings } = profile;
  const out: string[] = [];
  for (let i = 0; i < samples.length; i++) {
    const names: string[] = [];
    for (let at = samples.locationStart[i]!; at < samples.locationStart[i + 1]!; at++) {
      const row = samples.locations[at]!;
      for (let line = locations.lineStart[row]!; line < locations.lineStart[row + 1]!; line++) {
        const fn = locations.lines.function[line]!;
        const number = locations.lines.line[line]!;
        const file = strings.get(functions.filename[fn]!);
        const place = file === "" && number === 0n ? "" : `@${file.split("/").at(-1)}:${number}`;
        names.unshift(`${strings.get(functions.name[fn]!)}${place}`);
      }
      if (locations.lineStart[row] === locations.lineStart[row + 1]) {
        names.unshift(`0x${locations.address[row]!.toString(16)}`);
      }
    }
    const labels: string[] = [];
    for (let label = samples.labelStart[i]!; label < samples.labelStart[i + 1]!; label++) {
      const { key, str, num, numUnit } = samples.labels;
      const value = str[label] === 0 ? `${num[label]}${strings.get(numUnit[label]!)}` : strings.get(str[label]!);
      labels.push(`${strings.get(key[label]!)}=${value}`);
    }
    out.push([names.join(";"), ...samples.values.map((column) => column[i]), ...labels].join(" "));
  }
  return out.join("\n");
}

/** The sum of each sample type's values. */
export function totals(profile: Profile): bigint[] {
  return profile.samples.values.map((column) => column.reduce((sum, value) => sum + value, 0n));
}
