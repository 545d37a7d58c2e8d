/** What a mangled C++ name describes, part by part. Parts that a substitution repeats are the same object. */
export type Node =
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "nested"; readonly scope: Node; readonly name: Node }
  | { readonly kind: "local"; readonly scope: Node; readonly name: Node; readonly defaultArgument: number | undefined }
  | { readonly kind: "template"; readonly name: Node; readonly args: readonly Node[] }
  | { readonly kind: "destructor"; readonly base: Node }
  | { readonly kind: "tagged"; readonly base: Node; readonly tag: string }
  | { readonly kind: "conversion"; readonly type: Node }
  | { readonly kind: "operator"; readonly text: string }
  | { readonly kind: "literalOperator"; readonly name: Node }
  | { readonly kind: "module"; readonly name: Node; readonly module: string }
  | { readonly kind: "bindings"; readonly names: readonly Node[] }
  | {
      readonly kind: "special";
      readonly prefix: string;
      readonly base: Node;
      readonly middle: string;
      readonly of: Node;
    }
  | Encoding
  | Closure
  | Type
  | Expression;

/** A function with its parameters, as far as they are mangled. */
export interface Encoding {
  readonly kind: "encoding";
  readonly name: Node;
  readonly type: FunctionType;
  readonly after: readonly Node[];
}

export interface Closure {
  readonly kind: "closure";
  readonly templateParams: readonly Node[];
  readonly params: readonly Node[];
  readonly number: number;
}

export interface FunctionType {
  readonly kind: "function";
  readonly result: Node | undefined;
  readonly params: readonly Node[];
  /** `const`, `noexcept` and the like, in the order in which they are written. */
  readonly qualifiers: readonly Node[];
  readonly ref: string;
  /** The function that something is local to: shown without its result, and perhaps without its parameters. */
  readonly isScope: boolean;
}

/** A template parameter, or a parameter of a lambda that is `auto`. */
export interface Param {
  readonly kind: "param";
  readonly level: number;
  readonly index: number;
  /** The argument; undefined until it is read, as a conversion operator's arguments stand after its type. */
  target: Node | undefined;
}

type Type =
  | FunctionType
  | Param
  | { readonly kind: "qualified"; readonly type: Node; readonly qualifiers: readonly Node[] }
  /** `T*`, `T&`, `T C::*`. */
  | { readonly kind: "pointer" | "reference" | "rvalue"; readonly type: Node }
  | { readonly kind: "member"; readonly owner: Node; readonly type: Node }
  | { readonly kind: "array"; readonly size: Node; readonly type: Node }
  /** `double _Complex` and other words after a type. */
  | { readonly kind: "suffixed"; readonly type: Node; readonly suffix: Node }
  | { readonly kind: "prefixed"; readonly prefix: string; readonly type: Node }
  /** `word(what)`. */
  | { readonly kind: "applied"; readonly word: string; readonly args: readonly Node[]; readonly space: string }
  /** The arguments of a parameter pack: in an expansion of the parameter, one of them at a time. */
  | { readonly kind: "arguments"; readonly elements: readonly Node[] }
  | { readonly kind: "expansion"; readonly type: Node };

type Expression =
  | { readonly kind: "literal"; readonly type: Node; readonly value: string; readonly isNegative: boolean }
  | { readonly kind: "string"; readonly type: Node }
  | { readonly kind: "lambda"; readonly closure: Closure }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "braces"; readonly type: Node | undefined; readonly items: readonly Node[] }
  | { readonly kind: "unary"; readonly operator: Node; readonly operand: Node; readonly style: UnaryStyle }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "cast"; readonly operator: string; readonly type: Node; readonly operand: Node }
  | { readonly kind: "conditional"; readonly operands: readonly [Node, Node, Node] }
  | {
      readonly kind: "designated";
      readonly designator: readonly Node[];
      readonly isField: boolean;
      readonly value: Node;
    }
  | { readonly kind: "fold"; readonly operator: string; readonly parts: readonly (Node | undefined)[] }
  | {
      readonly kind: "new";
      readonly placement: Node | undefined;
      readonly type: Node;
      readonly initial: Node | undefined;
    }
  | { readonly kind: "sizeofPack"; readonly args: readonly Node[] }
  /** Parts one after the other. */
  | { readonly kind: "sequence"; readonly parts: readonly Node[] };

/** Where an operator stands: before its operand, after it, or before a type in parentheses. */
export type UnaryStyle = "prefix" | "suffix" | "type" | "scope";

export function named(text: string): Node {
  return { kind: "name", text };
}
