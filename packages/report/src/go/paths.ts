/** The shortest path that says the same, as Go's `filepath.Clean` writes it on Unix. */
export function cleanPath(path: string): string {
  if (path === "") return ".";
  const rooted = path[0] === "/";
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    const parent = parts.at(-1);
    if (part !== "..") parts.push(part);
    else if (parent !== undefined && parent !== "..") parts.pop();
    else if (!rooted) parts.push("..");
  }
  if (rooted) return `/${parts.join("/")}`;
  return parts.length === 0 ? "." : parts.join("/");
}

/** The last part of a path; "." of none, "/" of nothing but slashes. */
export function basePath(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  if (end === 0) return "/";
  return path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

/** All but the last part of a path. */
export function parentPath(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf("/") + 1));
}

export function joinPath(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== "").join("/");
  return text === "" ? "" : cleanPath(text);
}

/** The paths of a list such as `source_path`. */
export function pathList(paths: string): string[] {
  return paths === "" ? [] : paths.split(":");
}

/**
 * A source file's path without what the machine that built it put in front: one of the prefixes of `trimPath`; where
 * that is empty, all up to a directory that is called as one of `searchPath`.
 */
export function trimSourcePath(path: string, trimPath: string, searchPath: string): string {
  if (trimPath === "") {
    for (const directory of pathList(searchPath)) {
      const want = `/${basePath(directory)}/`;
      const found = path.indexOf(want);
      if (found >= 0) return path.slice(found + want.length);
    }
  }
  for (const prefix of [...pathList(trimPath), "/proc/self/cwd/./", "/proc/self/cwd/"]) {
    const whole = prefix.endsWith("/") ? prefix : `${prefix}/`;
    if (path.startsWith(whole)) return path.slice(whole.length);
  }
  return path;
}
