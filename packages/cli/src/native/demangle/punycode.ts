const BASE = 36;

/** The text that Rust's Punycode (RFC 3492, with `_` before the encoded part) stands for; undefined where none. */
export function punycode(text: string): string | undefined {
  const split = text.lastIndexOf("_");
  const points = Array.from(text.slice(0, Math.max(split, 0)), (char) => char.codePointAt(0)!);
  const encoded = text.slice(split + 1);
  let point = 128;
  let index = 0;
  let bias = 72;
  for (let at = 0; at < encoded.length; ) {
    const before = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      if (at === encoded.length) return undefined;
      const digit = digitOf(encoded[at++]!);
      if (digit < 0) return undefined;
      index += digit * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      if (index > 0x7fffffff || weight > 0x7fffffff) return undefined;
    }
    const count = points.length + 1;
    bias = adapted(index - before, count, before === 0);
    point += Math.floor(index / count);
    index %= count;
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
    points.splice(index++, 0, point);
  }
  return points.map((code) => String.fromCodePoint(code)).join("");
}

function digitOf(char: string): number {
  if (char >= "0" && char <= "9") return char.charCodeAt(0) - 48 + 26;
  const letter = char.toLowerCase();
  return letter >= "a" && letter <= "z" ? letter.charCodeAt(0) - 97 : -1;
}

function adapted(step: number, count: number, isFirst: boolean): number {
  let delta = Math.floor(step / (isFirst ? 700 : 2));
  delta += Math.floor(delta / count);
  let k = 0;
  for (; delta > 455; k += BASE) delta = Math.floor(delta / 35);
  return k + Math.floor((36 * delta) / (delta + 38));
}
