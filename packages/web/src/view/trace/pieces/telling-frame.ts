/** `load src/shop/cart.js:12` without the folders: `load cart.js:12`. Other texts stay as they are. */
export function withoutFolders(text: string): string {
  return text.replace(/ \S*[/\\]([^/\\]+:\d+)$/, " $1");
}

/** The frame of a stack, leaf first, by which people know it: the first in a file that is not one of Node's own. */
export function tellingFrame(stack: readonly string[]): string {
  const own = stack.find((frame) => /:\d+$/.test(frame) && !/ node:/.test(frame)) ?? stack[0] ?? "";
  return withoutFolders(own);
}
