/** What is always shown of a name: so much from a part's beginning on or, where parts are longer, so much of its end. */
const MOST_SHOWN = 28;
const END = 20;

interface Telling {
  readonly from: number;
  readonly to: number;
  /** Where the last of its words begins. */
  readonly last: number;
}

/** The part of a name that tells it from others: its last words before what it takes, or is made for. */
export function tellingPart(name: string): Telling {
  const { separators, takes } = outline(name);
  const to = name.length - takes < 3 ? name.length : takes;
  const from = separators.find((at) => at > 0 && to - at <= MOST_SHOWN) ?? Math.max(0, to - END);
  // Not between the halves of a letter.
  const begin = /[\udc00-\udfff]/.test(name[from] ?? "") ? from - 1 : from;
  return { from: begin, to, last: Math.max(begin, separators.findLast((at) => at < to - 1) ?? begin) };
}

/** Where the parts of a name begin that stand in no brackets, and where begins what it takes. */
function outline(name: string): { readonly separators: readonly number[]; readonly takes: number } {
  const separators: number[] = [];
  let depth = 0;
  let takes = name.length;
  for (let at = 0; at < name.length; at++) {
    const letter = name[at]!;
    if ("<([{".includes(letter)) {
      // Behind a word: draw(Camera), Map<String>; not Go's .(*Type), nor what goes on behind it: Box<T>::new.
      if (depth++ === 0 && at > 0 && /[\w$~>]/.test(name[at - 1]!)) takes = Math.min(takes, at);
    } else if (">)]}".includes(letter)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && ("/.!".includes(letter) || name.startsWith("::", at))) {
      separators.push(at);
      takes = name.length;
      if (letter === ":") at++;
    }
  }
  return { separators, takes };
}
