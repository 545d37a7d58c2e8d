/** A regular expression that matches this name and nothing else. */
export function exactly(name: string): string {
  return `^${name.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")}$`;
}

/** The name that a regular expression matches exactly, or the expression where it is of another kind. */
export function plainName(pattern: string): string {
  const name = pattern.slice(1, -1).replace(/\\(.)/g, "$1");
  return exactly(name) === pattern ? name : pattern;
}

/** The filter that a label passes; a comma would begin another expression, so any letter stands for it. */
export function labelFilter(key: string, name: string, range: string | undefined): string {
  return range === undefined ? `${key}=${exactly(name).replaceAll(",", ".")}` : `${key}=${range}`;
}
