/** The width that help keeps to. */
export const WIDTH: number = 80;

/** Names on the left, what they mean on the right in lines of their own; a long name has a line to itself. */
export function columns(rows: readonly (readonly [name: string, meaning: string])[], left: number): string[] {
  return rows.flatMap(([name, meaning]) => {
    const lines = wrap(meaning, WIDTH - left);
    const isLong = name.length > left - 4;
    const first = isLong ? [`  ${name}`] : [];
    return [
      ...first,
      ...lines.map((line, i) => `${(i === 0 && !isLong ? `  ${name}` : "").padEnd(left)}${line}`.trimEnd()),
    ];
  });
}

/** Lines of at most so many letters, broken at spaces. */
export function wrap(text: string, width: number = WIDTH): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
