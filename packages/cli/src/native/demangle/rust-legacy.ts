/** A Rust name before version 0 ends with a hash: `17h` and 16 hexadecimal digits. */
const HASHED = /^_ZN(.*)17h([\da-f]{16})E(?:\..*)?$/s;

/** What is written for characters that C++'s mangling has no place for. */
const ESCAPES: Readonly<Record<string, string>> = {
  SP: "@",
  BP: "*",
  RF: "&",
  LT: "<",
  GT: ">",
  LP: "(",
  RP: ")",
  C: ",",
};

/** The path of a Rust name in the old mangling, without its hash; undefined where it is none. */
export function demangleRustLegacy(name: string): string | undefined {
  const [, path, hash] = HASHED.exec(name) ?? [];
  // A hash has more than a few different digits: a C++ name that looks like one mostly does not.
  if (path === undefined || new Set(hash).size < 5) return undefined;
  const parts: string[] = [];
  for (let at = 0; at < path.length; ) {
    const digits = /^\d{1,9}/.exec(path.slice(at, at + 9))?.[0];
    if (digits === undefined) return undefined;
    at += digits.length;
    const end = at + Number(digits);
    if (end > path.length) return undefined;
    parts.push(unescaped(path.slice(at, end)));
    at = end;
  }
  return parts.join("::");
}

function unescaped(part: string): string {
  // An identifier cannot begin with `$`, so one that would is given an underscore.
  const text = part.startsWith("_$") ? part.slice(1) : part;
  let out = "";
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("..", at)) {
      out += "::";
      at += 2;
    } else if (text[at] === "$") {
      const end = text.indexOf("$", at + 1);
      const code = end < 0 ? undefined : unescapedCode(text.slice(at + 1, end));
      if (code === undefined) return out + text.slice(at);
      out += code;
      at = end + 1;
    } else {
      out += text[at];
      at++;
    }
  }
  return out;
}

function unescapedCode(code: string): string | undefined {
  const known = Object.hasOwn(ESCAPES, code) ? ESCAPES[code] : undefined;
  if (known !== undefined) return known;
  return /^u[2-7][\da-f]$/.test(code) ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : undefined;
}
