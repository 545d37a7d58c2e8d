import { Cursor, LONGEST } from "./cursor.ts";
import { punycode } from "./punycode.ts";

/** A Rust name in version 0 of its mangling (RFC 2603), with its generic arguments or with `<>` for them. */
export function demangleRust(name: string, withArguments: boolean): string {
  // What follows a dot was put there by LLVM.
  return new RustName(name.replace(/\..*$/s, "").slice(2), withArguments).read();
}

const BASIC_TYPES: Readonly<Record<string, string>> = {
  a: "i8",
  b: "bool",
  c: "char",
  d: "f64",
  e: "str",
  f: "f32",
  h: "u8",
  i: "isize",
  j: "usize",
  l: "i32",
  m: "u32",
  n: "i128",
  o: "u128",
  p: "_",
  s: "i16",
  t: "u16",
  u: "()",
  v: "...",
  x: "i64",
  y: "u64",
  z: "!",
};

const ESCAPED: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\n": "\\n", "\\": "\\\\", "'": "\\'" };

/** Reads a name from left to right and writes it as it goes. */
class RustName {
  readonly #cursor: Cursor;
  readonly #withArguments: boolean;
  #out = "";
  /** Above 0 while a part is read that is not shown. */
  #hidden = 0;
  #lifetimes = 0;

  constructor(name: string, withArguments: boolean) {
    this.#cursor = new Cursor(name);
    this.#withArguments = withArguments;
  }

  read(): string {
    // A digit is the number of a later version.
    if (this.#cursor.seesDigit) this.#cursor.fail("a version that is not known");
    this.#path(true);
    // The crate that asked for this instance.
    if (!this.#cursor.isAtEnd) this.#hide(() => this.#path(false));
    if (!this.#cursor.isAtEnd) this.#cursor.fail("something after the end");
    return this.#out;
  }

  #write(text: string): void {
    if (this.#hidden > 0) return;
    this.#out += text;
    if (this.#out.length > LONGEST) this.#cursor.fail("too long a name");
  }

  #hide(read: () => void): void {
    this.#hidden++;
    read();
    this.#hidden--;
  }

  /** With `isValue` generic arguments are written as for a function: `f::<T>`. */
  #path(isValue: boolean): void {
    const cursor = this.#cursor;
    cursor.nested(() => {
      const tag = cursor.take();
      if (tag === "C") {
        this.#disambiguator();
        this.#write(this.#identifier());
      } else if (tag === "M" || tag === "X" || tag === "Y") {
        if (tag !== "Y") {
          this.#hide(() => {
            this.#disambiguator();
            this.#path(false);
          });
        }
        this.#write("<");
        this.#type();
        if (tag !== "M") {
          this.#write(" as ");
          this.#path(false);
        }
        this.#write(">");
      } else if (tag === "N") {
        this.#nestedPath(isValue);
      } else if (tag === "I") {
        this.#path(isValue);
        this.#write(isValue ? "::<" : "<");
        this.#genericArguments();
        this.#write(">");
      } else if (tag === "B") {
        this.#backReference(() => this.#path(isValue));
      } else {
        cursor.fail("no path");
      }
    });
  }

  #nestedPath(isValue: boolean): void {
    const space = this.#cursor.take();
    if (!/[A-Za-z]/.test(space)) this.#cursor.fail("no namespace");
    this.#path(isValue);
    const count = this.#disambiguator();
    const name = this.#identifier();
    if (space >= "a") {
      this.#write(`::${name}`);
      return;
    }
    const kind = space === "C" ? "closure" : space === "S" ? "shim" : space;
    this.#write(`::{${kind}${name === "" ? "" : `:${name}`}#${count}}`);
  }

  #genericArguments(): void {
    const read = (): void => {
      this.#list(() => this.#genericArgument());
    };
    if (this.#withArguments) read();
    else this.#hide(read);
  }

  #genericArgument(): void {
    if (this.#cursor.eat("L")) this.#lifetime(this.#base62());
    else if (this.#cursor.eat("K")) this.#constant();
    else this.#type();
  }

  /** Everything up to an E, with commas between. */
  #list(read: () => void, separator = ", "): number {
    let count = 0;
    for (; !this.#cursor.eat("E"); count++) {
      if (count > 0) this.#write(separator);
      read();
    }
    return count;
  }

  #type(): void {
    const cursor = this.#cursor;
    cursor.nested(() => {
      const tag = cursor.peek();
      if (/[CMXYNI]/.test(tag)) {
        this.#path(false);
        return;
      }
      cursor.take();
      const basic = BASIC_TYPES[tag];
      if (basic !== undefined) this.#write(basic);
      else if (Object.hasOwn(this.#types, tag)) this.#types[tag]!();
      else cursor.fail("no type");
    });
  }

  /** What reads the rest of a type, by its first character. */
  readonly #types: Readonly<Record<string, () => void>> = {
    A: () => this.#array(true),
    S: () => this.#array(false),
    T: () => {
      this.#write("(");
      if (this.#list(() => this.#type()) === 1) this.#write(",");
      this.#write(")");
    },
    R: () => this.#reference(""),
    Q: () => this.#reference("mut "),
    P: () => this.#pointer("*const "),
    O: () => this.#pointer("*mut "),
    F: () => this.#scoped(() => this.#signature()),
    D: () => {
      this.#scoped(() => {
        this.#write("dyn ");
        this.#binder();
        this.#list(() => this.#dynamicTrait(), " + ");
      });
      this.#cursor.expect("L");
      const lifetime = this.#base62();
      if (lifetime === 0) return;
      this.#write(this.#out.endsWith(" ") ? "+ " : " + ");
      this.#lifetime(lifetime);
    },
    B: () => this.#backReference(() => this.#type()),
  };

  #array(isSized: boolean): void {
    this.#write("[");
    this.#type();
    if (isSized) {
      this.#write("; ");
      this.#constant();
    }
    this.#write("]");
  }

  #reference(mutability: string): void {
    this.#write("&");
    if (this.#cursor.eat("L")) {
      const lifetime = this.#base62();
      if (lifetime > 0) {
        this.#lifetime(lifetime);
        this.#write(" ");
      }
    }
    this.#write(mutability);
    this.#type();
  }

  #pointer(prefix: string): void {
    this.#write(prefix);
    this.#type();
  }

  #signature(): void {
    const cursor = this.#cursor;
    this.#binder();
    if (cursor.eat("U")) this.#write("unsafe ");
    if (cursor.eat("KC")) this.#write('extern "C" ');
    else if (cursor.eat("K")) {
      if (cursor.peek() === "u") cursor.fail("an ABI that is not ASCII");
      this.#write(`extern "${this.#identifier().replaceAll("_", "-")}" `);
    }
    this.#write("fn(");
    this.#list(() => this.#type());
    this.#write(")");
    if (cursor.eat("u")) return;
    this.#write(" -> ");
    this.#type();
  }

  /** `Trait<T, Item = U>`: the associated types stand among the generic arguments. */
  #dynamicTrait(): void {
    let isOpen = this.#openPath();
    while (this.#cursor.eat("p")) {
      this.#write(isOpen ? ", " : "<");
      isOpen = true;
      this.#write(`${this.#identifier()} = `);
      this.#type();
    }
    if (isOpen) this.#write(">");
  }

  /** A path that, if it ends with generic arguments, leaves them open; tells whether it did. */
  #openPath(): boolean {
    if (this.#cursor.eat("B")) {
      let isOpen = false;
      this.#backReference(() => {
        isOpen = this.#cursor.nested(() => this.#openPath());
      });
      return isOpen;
    }
    if (!this.#cursor.eat("I")) {
      this.#path(false);
      return false;
    }
    this.#path(false);
    this.#write("<");
    this.#genericArguments();
    return true;
  }

  #constant(): void {
    const cursor = this.#cursor;
    if (cursor.eat("B")) {
      this.#backReference(() => cursor.nested(() => this.#constant()));
      return;
    }
    const type = cursor.take();
    if (type === "p") {
      this.#write("_");
      return;
    }
    const isNegative = /[aslxni]/.test(type) && cursor.eat("n");
    const end = cursor.text.indexOf("_", cursor.at);
    const digits = end < 0 ? "" : cursor.take(end - cursor.at);
    if (!/^(?:0|[1-9a-f][\da-f]*)$/.test(digits) || !/[aslxnihtmyojbc]/.test(type)) cursor.fail("no constant");
    cursor.take();
    if (type === "b") {
      if (digits !== "0" && digits !== "1") cursor.fail("no truth value");
      this.#write(digits === "1" ? "true" : "false");
    } else if (type === "c") {
      if (digits.length > 6) cursor.fail("no character");
      this.#write(`'${character(Number.parseInt(digits, 16))}'`);
    } else {
      const value = digits.length > 16 ? `0x${digits}` : BigInt(`0x${digits}`).toString();
      this.#write((isNegative ? "-" : "") + value);
    }
  }

  #scoped(read: () => void): void {
    const before = this.#lifetimes;
    read();
    this.#lifetimes = before;
  }

  #binder(): void {
    if (!this.#cursor.eat("G")) return;
    const count = this.#base62() + 1;
    // Each is named later, so there are not more of them than characters left.
    if (count > this.#cursor.text.length - this.#cursor.at) this.#cursor.fail("too many lifetimes");
    this.#write("for<");
    for (let i = 0; i < count; i++) {
      if (i > 0) this.#write(", ");
      this.#lifetimes++;
      this.#lifetime(1);
    }
    this.#write("> ");
  }

  /** Counted from the innermost that is bound; 0 is one that was left out. */
  #lifetime(index: number): void {
    const depth = this.#lifetimes - index;
    if (index === 0) this.#write("'_");
    else if (depth < 0) this.#cursor.fail("no such lifetime");
    else this.#write(depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'z${depth - 25}`);
  }

  #backReference(read: () => void): void {
    const cursor = this.#cursor;
    const from = cursor.at - 1;
    const target = this.#base62();
    if (target >= from) cursor.fail("a reference to what is not read yet");
    if (this.#hidden > 0) return;
    const after = cursor.at;
    cursor.at = target;
    read();
    cursor.at = after;
  }

  #disambiguator(): number {
    return this.#cursor.eat("s") ? this.#base62() + 1 : 0;
  }

  #identifier(): string {
    const cursor = this.#cursor;
    const isPunycode = cursor.eat("u");
    // A number that begins with 0 is 0: what follows is the next one.
    const length = cursor.eat("0") ? 0 : cursor.number();
    cursor.eat("_");
    const bytes = cursor.take(length);
    if (!/^\w*$/.test(bytes)) cursor.fail("a character that no identifier has");
    return isPunycode ? (punycode(bytes) ?? cursor.fail("no Punycode")) : bytes;
  }

  #base62(): number {
    const cursor = this.#cursor;
    if (cursor.eat("_")) return 0;
    let value = 0;
    for (let next = cursor.take(); next !== "_"; next = cursor.take()) {
      const digit = BASE62.indexOf(next);
      // Crates' hashes lose their last bits here; they are not shown.
      value = value * 62 + digit;
      if (digit < 0) cursor.fail("no number");
    }
    return value + 1;
  }
}

const BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function character(code: number): string {
  const char = code <= 0x10ffff ? String.fromCodePoint(code) : "";
  return ESCAPED[char] ?? (/^[ -~]$/.test(char) ? char : `\\u{${code.toString(16)}}`);
}
