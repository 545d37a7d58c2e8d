import { expression } from "../../../session/address/expression.ts";

/** Tells whether a text matches what is searched. An expression that is wrong matches all: the search box says what is wrong with it. */
export function matcher(search: string): (text: string) => boolean {
  const wanted = expression(search);
  return (text) => wanted?.test(text) !== false;
}
