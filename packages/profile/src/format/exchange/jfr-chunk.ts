import { ProfileError } from "../../error.ts";
import type { FrameBudget } from "../build/frame-budget.ts";

/** A value in a recording: of a class with fields, an object; a reference to a pool is the number of its entry. */
export type JfrValue = number | string | undefined | JfrObject | readonly JfrValue[];
export type JfrObject = { readonly [field: string]: JfrValue };

interface JfrField {
  readonly name: string;
  readonly type: number;
  /** Whether it is the number of an entry of that type's pool. */
  readonly isReference: boolean;
  readonly isList: boolean;
}

interface JfrClass {
  readonly name: string;
  readonly fields: readonly JfrField[];
}

/** An element of the metadata, which is a tree like XML's. */
interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
}

const MAGIC = 0x464c5200;
const HEADER_SIZE = 68;
const COMPRESSED = 1;
const DEEPEST_METADATA = 16;
/** Classes hold each other's values, in what is read here no deeper: each level is an object, and all may be one byte. */
const DEEPEST_VALUE = 2;
/** Types of the events that describe others. */
const METADATA = 0;
const POOLS = 1;

export function isChunk(bytes: Uint8Array, at: number): boolean {
  return at + HEADER_SIZE <= bytes.length && view(bytes).getUint32(at) === MAGIC;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A part of a recording of Java's Flight Recorder, which is complete in itself: what its values are and its events. */
export class JfrChunk {
  readonly size: number;
  readonly startNanos: bigint;
  readonly durationNanos: bigint;
  readonly startTicks: number;
  readonly ticksPerSecond: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #budget: FrameBudget;
  readonly #classes = new Map<number, JfrClass>();
  readonly #pools = new Map<string, Map<number, JfrValue>>();
  #at = 0;

  /** `at` is where the chunk begins; `pools` are the classes of which entries are asked for. */
  constructor(bytes: Uint8Array, at: number, budget: FrameBudget, pools: ReadonlySet<string>) {
    const header = view(bytes);
    const word = (offset: number): number => Number(header.getBigUint64(at + offset));
    const major = header.getUint16(at + 4);
    const size = word(8);
    if (major < 1 || major > 2 || (header.getUint32(at + 64) & COMPRESSED) === 0) {
      throw new ProfileError(
        `malformed profile: a recording of version ${major}.${header.getUint16(at + 6)} is not read`,
      );
    }
    if (size < HEADER_SIZE || at + size > bytes.length) {
      throw new ProfileError(`malformed profile: a chunk of ${size} bytes, but ${bytes.length - at} are left`, {
        offset: at,
      });
    }
    this.size = size;
    this.startNanos = header.getBigInt64(at + 32);
    this.durationNanos = header.getBigInt64(at + 40);
    this.startTicks = word(48);
    this.ticksPerSecond = word(56) || 1e9;
    this.#bytes = bytes.subarray(at, at + size);
    this.#view = view(this.#bytes);
    this.#budget = budget;
    this.#readClasses(word(24));
    this.#readPools(word(16), pools);
  }

  /** The entry of a pool. */
  entry(pool: string, key: JfrValue): JfrValue {
    return typeof key === "number" ? this.#pools.get(pool)?.get(key) : undefined;
  }

  /** Every event of the classes in `wanted`, by the name of its class. */
  *events(wanted: ReadonlySet<string>): Generator<readonly [name: string, event: JfrObject]> {
    for (let next = HEADER_SIZE; next < this.#bytes.length; ) {
      const type = this.#enter(next);
      const end = next + type.size;
      const known = this.#classes.get(type.type);
      if (known !== undefined && wanted.has(known.name)) yield [known.name, this.#object(known, 0)];
      next = end;
    }
  }

  /** Goes into the event at this place: its size and its type. */
  #enter(at: number): { readonly size: number; readonly type: number } {
    if (at < HEADER_SIZE || at >= this.#bytes.length) throw this.#broken(`an event at ${at}`);
    this.#at = at;
    const size = this.#long();
    if (size < 2 || at + size > this.#bytes.length) throw this.#broken(`an event of ${size} bytes`);
    return { size, type: this.#long() };
  }

  #readClasses(at: number): void {
    if (this.#enter(at).type !== METADATA) throw this.#broken("no metadata");
    for (let i = 0; i < 3; i++) this.#long();
    const strings = Array.from({ length: this.#count() }, () => this.#string() ?? "");
    const root = this.#element(strings, 0);
    const elements = root.children.filter(({ name }) => name === "metadata").flatMap(({ children }) => children);
    for (const { name, attributes, children } of elements) {
      if (name !== "class") continue;
      const fields = children
        .filter((child) => child.name === "field")
        .map(({ attributes: of }) => ({
          name: of.get("name") ?? "",
          type: Number(of.get("class")),
          isReference: of.get("constantPool") === "true",
          isList: of.get("dimension") === "1",
        }));
      this.#classes.set(Number(attributes.get("id")), { name: attributes.get("name") ?? "", fields });
    }
  }

  #element(strings: readonly string[], depth: number): Element {
    if (depth > DEEPEST_METADATA) throw this.#broken("metadata that nests too deep");
    const string = (): string => strings[this.#long()] ?? "";
    const name = string();
    const attributes = new Map<string, string>();
    for (let left = this.#count(); left > 0; left--) attributes.set(string(), string());
    const children: Element[] = [];
    for (let left = this.#count(); left > 0; left--) children.push(this.#element(strings, depth + 1));
    return { name, attributes, children };
  }

  /** Pools stand in several events, the last one first, each with the way to the one before. */
  #readPools(first: number, wanted: ReadonlySet<string>): void {
    let at = first;
    for (let way = 1; way !== 0; at += way) {
      if (this.#enter(at).type !== POOLS) throw this.#broken("no pools of constants");
      this.#long();
      this.#long();
      way = this.#long();
      // Each is before the one that led to it, so that this ends.
      if (way > 0) throw this.#broken("pools of constants that go forward");
      this.#byte();
      for (let pools = this.#count(); pools > 0; pools--) {
        const type = this.#class(this.#long());
        const pool = this.#pools.get(type.name) ?? new Map<number, JfrValue>();
        if (wanted.has(type.name)) this.#pools.set(type.name, pool);
        for (let entries = this.#count(); entries > 0; entries--) {
          const key = this.#long();
          const primitive = PRIMITIVES.get(type.name);
          const value = primitive === undefined ? this.#object(type, 0) : primitive(this.#reader);
          if (wanted.has(type.name)) pool.set(key, value);
        }
      }
    }
  }

  #class(type: number): JfrClass {
    const known = this.#classes.get(type);
    if (known === undefined) throw this.#broken(`a value of type ${type}, which is not described`);
    return known;
  }

  #object({ fields }: JfrClass, depth: number): JfrObject {
    if (depth > DEEPEST_VALUE) throw this.#broken("values that nest too deep");
    const object: Record<string, JfrValue> = {};
    const start = this.#at;
    for (const field of fields) {
      if (!field.isList) object[field.name] = this.#value(field, depth);
      else object[field.name] = Array.from({ length: this.#count() }, () => this.#value(field, depth));
    }
    if (this.#at === start && fields.length > 0) throw this.#broken("values of no size");
    return object;
  }

  #value({ type, isReference }: JfrField, depth: number): JfrValue {
    // Values of classes without fields take no bytes.
    this.#budget.spend(1);
    if (isReference) return this.#long();
    const known = this.#class(type);
    const primitive = PRIMITIVES.get(known.name);
    return primitive === undefined ? this.#object(known, depth + 1) : primitive(this.#reader);
  }

  readonly #reader: PrimitiveReader = {
    byte: () => this.#byte(),
    long: () => this.#long(),
    string: () => this.#string(),
    float: (size) => {
      const at = this.#skip(size);
      return size === 4 ? this.#view.getFloat32(at) : this.#view.getFloat64(at);
    },
  };

  #skip(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw this.#broken("an end within a value");
    this.#at += size;
    return at;
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  /** How many of something follow, each of which takes a byte. */
  #count(): number {
    const count = this.#long();
    if (count < 0 || count > this.#bytes.length - this.#at) throw this.#broken(`${count} values`);
    return count;
  }

  /** Seven bits a byte, the lowest first; of a ninth byte all eight. */
  #long(): number {
    let value = 0;
    let factor = 1;
    const start = this.#at;
    for (let i = 0; i < 8; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    this.#at = start;
    let exact = 0n;
    for (let i = 0n; i < 8n; i++) exact |= BigInt(this.#byte() & 0x7f) << (7n * i);
    return Number(BigInt.asIntN(64, exact | (BigInt(this.#byte()) << 56n)));
  }

  #string(): string | undefined {
    const encoding = this.#byte();
    if (encoding === 0) return undefined;
    if (encoding === 1) return "";
    if (encoding === 2) {
      const entry = this.#pools.get("java.lang.String")?.get(this.#long());
      return typeof entry === "string" ? entry : undefined;
    }
    if (encoding === 4) {
      const length = this.#count();
      let text = "";
      for (let i = 0; i < length; i++) text += String.fromCharCode(this.#long());
      return text;
    }
    if (encoding !== 3 && encoding !== 5) throw this.#broken(`a string of encoding ${encoding}`);
    const length = this.#count();
    const at = this.#skip(length);
    return (encoding === 3 ? utf8 : latin1).decode(this.#bytes.subarray(at, at + length));
  }

  #broken(what: string): ProfileError {
    return new ProfileError(`malformed profile: the recording holds ${what}`, { offset: this.#at });
  }
}

const utf8 = new TextDecoder();
const latin1 = new TextDecoder("latin1");

interface PrimitiveReader {
  readonly byte: () => number;
  readonly long: () => number;
  readonly string: () => string | undefined;
  readonly float: (size: 4 | 8) => number;
}

/** How the values of Java's own types stand in the bytes. */
const PRIMITIVES = new Map<string, (read: PrimitiveReader) => JfrValue>([
  ["boolean", ({ byte }) => byte()],
  ["byte", ({ byte }) => byte()],
  ["short", ({ long }) => long()],
  ["char", ({ long }) => long()],
  ["int", ({ long }) => long()],
  ["long", ({ long }) => long()],
  ["float", ({ float }) => float(4)],
  ["double", ({ float }) => float(8)],
  ["java.lang.String", ({ string }) => string()],
]);
