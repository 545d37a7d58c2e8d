/** The colour of a share of the total from -1 (blue) over 0 (grey) to 1 (red); pale for backgrounds. */
export function dotColor(share: number, background: boolean): string {
  let saturation = background ? 0.1 : 1;
  const value = background ? 0.93 : 0.7;
  let score = Math.max(-1, Math.min(1, share));
  // Around nothing at all it is grey and not yellow; away from it, colours change faster than shares.
  if (Math.abs(score) < 0.2) saturation *= Math.abs(score) / 0.2;
  if (score > 0) score = score ** 0.3;
  if (score < 0) score = -((-score) ** 0.3);
  const less = value * (1 - saturation * Math.abs(score));
  const parts = score < 0 ? [less, less, value] : [value, less, value * (1 - saturation)];
  return `#${parts.map(hexByte).join("")}`;
}

function hexByte(part: number): string {
  // A share of a total of 0 is no number: black.
  const byte = Number.isNaN(part) ? 0 : Math.trunc(part * 255);
  return byte.toString(16).padStart(2, "0");
}
