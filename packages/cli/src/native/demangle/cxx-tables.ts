import { type Node, named } from "./cxx-nodes.ts";

export const BUILTIN_TYPES: Readonly<Record<string, string>> = {
  a: "signed char",
  b: "bool",
  c: "char",
  d: "double",
  e: "long double",
  f: "float",
  g: "__float128",
  h: "unsigned char",
  i: "int",
  j: "unsigned int",
  l: "long",
  m: "unsigned long",
  n: "__int128",
  o: "unsigned __int128",
  s: "short",
  t: "unsigned short",
  v: "void",
  w: "wchar_t",
  x: "long long",
  y: "unsigned long long",
  z: "...",
};

/** Those after a D. */
export const LATER_TYPES: Readonly<Record<string, string>> = {
  a: "auto",
  c: "decltype(auto)",
  d: "decimal64",
  e: "decimal128",
  f: "decimal32",
  h: "half",
  i: "char32_t",
  n: "decltype(nullptr)",
  s: "char16_t",
  u: "char8_t",
};

/** What follows a literal of this type; others are written as a cast. */
export const LITERAL_SUFFIXES: Readonly<Record<string, string>> = {
  int: "",
  "unsigned int": "u",
  long: "l",
  "unsigned long": "ul",
  "long long": "ll",
  "unsigned long long": "ull",
};

export const FLOATING_TYPES: ReadonlySet<string> = new Set(["double", "long double", "float", "__float128", "half"]);

export interface Operator {
  readonly text: string;
  /** How many operands it has in an expression. */
  readonly operands: number;
}

const row = (operands: number, codes: Readonly<Record<string, string>>): [string, Operator][] =>
  Object.entries(codes).map(([code, text]) => [code, { text, operands }]);

export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...row(0, { tr: "throw" }),
  ...row(1, {
    ad: "&",
    at: "alignof ",
    aw: "co_await ",
    az: "alignof ",
    co: "~",
    da: "delete[] ",
    de: "*",
    dl: "delete ",
    gs: "::",
    li: 'operator"" ',
    mm: "--",
    ng: "-",
    nt: "!",
    nx: "noexcept",
    pp: "++",
    ps: "+",
    st: "sizeof ",
    sz: "sizeof ",
    te: "typeid ",
    ti: "typeid ",
    tw: "throw ",
  }),
  ...row(2, {
    aN: "&=",
    aS: "=",
    aa: "&&",
    an: "&",
    cc: "const_cast",
    cl: "()",
    cm: ",",
    cp: "()",
    dV: "/=",
    dc: "dynamic_cast",
    ds: ".*",
    dt: ".",
    dv: "/",
    eO: "^=",
    eo: "^",
    eq: "==",
    ge: ">=",
    gt: ">",
    ix: "[]",
    lS: "<<=",
    le: "<=",
    ls: "<<",
    lt: "<",
    mI: "-=",
    mL: "*=",
    mi: "-",
    ml: "*",
    ne: "!=",
    oR: "|=",
    oo: "||",
    or: "|",
    pL: "+=",
    pl: "+",
    pm: "->*",
    pt: "->",
    rM: "%=",
    rS: ">>=",
    rc: "reinterpret_cast",
    rm: "%",
    rs: ">>",
    sc: "static_cast",
    ss: "<=>",
  }),
  ...row(3, { na: "new[]", nw: "new", qu: "?" }),
]);

/** What comes before the name of something that the compiler made, by its code: what follows is a type. */
export const SPECIAL_TYPES: Readonly<Record<string, string>> = {
  TF: "typeinfo fn for ",
  TI: "typeinfo for ",
  TJ: "java Class for ",
  TS: "typeinfo name for ",
  TT: "VTT for ",
  TV: "vtable for ",
};

/** The same where a name follows. */
export const SPECIAL_NAMES: Readonly<Record<string, string>> = {
  GR: "reference temporary for ",
  GV: "guard variable for ",
  TH: "TLS init function for ",
  TW: "TLS wrapper function for ",
};

/** The same where a function with its parameters follows. */
export const SPECIAL_FUNCTIONS: Readonly<Record<string, string>> = {
  GA: "hidden alias for ",
  GTn: "non-transaction clone for ",
  GTt: "transaction clone for ",
};

const STD: Node = named("std");
const inStd = (name: string): Node => ({ kind: "nested", scope: STD, name: named(name) });
const templateOf = (name: string, args: readonly Node[]): Node => ({ kind: "template", name: inStd(name), args });
const CHAR = named("char");
const TRAITS = templateOf("char_traits", [CHAR]);

/** What has an abbreviation of its own. */
export const ABBREVIATIONS: Readonly<Record<string, Node>> = {
  t: STD,
  a: inStd("allocator"),
  b: inStd("basic_string"),
  s: inStd("string"),
  i: inStd("istream"),
  o: inStd("ostream"),
  d: inStd("iostream"),
};

/** The same written out: the names of constructors and destructors come from these. */
export const FULL_ABBREVIATIONS: Readonly<Record<string, Node>> = {
  ...ABBREVIATIONS,
  s: templateOf("basic_string", [CHAR, TRAITS, templateOf("allocator", [CHAR])]),
  i: templateOf("basic_istream", [CHAR, TRAITS]),
  o: templateOf("basic_ostream", [CHAR, TRAITS]),
  d: templateOf("basic_iostream", [CHAR, TRAITS]),
};
