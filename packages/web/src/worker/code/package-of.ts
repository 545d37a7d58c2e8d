import { isFoldedFile, type NamedFrame } from "./code-kind.ts";

/**
 * What a frame belongs to: an npm package, Node itself, a Go or Java package, a C++ namespace, else the directory of its
 * file, else the file that its code was loaded from.
 */
export function packageOf({ name, file, binary }: NamedFrame): string {
  if (isFoldedFile(file)) return name;
  const installed = file.lastIndexOf("node_modules/");
  if (installed >= 0) {
    const [scope, inner] = file.slice(installed + "node_modules/".length).split("/", 2);
    return scope?.startsWith("@") ? `${scope}/${inner}` : (scope ?? "");
  }
  if (file.startsWith("node:") || name.startsWith("node:")) return "node";
  if (/\.[cm]?[jt]sx?$/.test(file)) return directoryOf(file);
  // What V8 names so is no function: (garbage collector).
  if (file === "" && /^\(.*\)$/.test(name)) return name;
  const plain = name.length > 512 ? name.slice(0, 512) : name;
  const colons = plain.indexOf("::");
  if (colons >= 0 && !/[<(]/.test(plain.slice(0, colons))) return plain.slice(0, colons);
  // github.com/who/repo/package.(*Type).Method, or java.util.concurrent.Pool.run
  const slash = plain.lastIndexOf("/", plain.search(/[<([]|$/));
  const dot = plain.indexOf(".", slash + 1);
  if (dot > 0) {
    const words = plain.slice(0, plain.search(/[<(]|$/)).split(".");
    if (slash < 0 && words.length > 2 && words.slice(0, -2).every((word) => /^[a-z]/.test(word)))
      return words.slice(0, -2).join(".");
    return plain.slice(0, dot);
  }
  if (file !== "") return directoryOf(file);
  return binary === "" ? plain : binary.slice(binary.lastIndexOf("/") + 1);
}

function directoryOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}
