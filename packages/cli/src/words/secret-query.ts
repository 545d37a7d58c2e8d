/** Names of values that let in whoever has them, in small letters and without signs: of tokens, of signed addresses. */
const SECRET =
  /token|secret|passw|passphrase|signature|credential|authoriz|accesskey|session|bearer|jwt|(?:key|auth|sig|code|pwd|pass|sid)$/;
/** As Go shows a password. */
const HIDDEN = "xxxxx";

/** An address whose query and fragment say no secrets; all else in it is as it was. */
export function withoutSecretQuery(address: string): string {
  const start = address.search(/[?#]/);
  if (start < 0) return address;
  const query = address.slice(start).replace(/([?#&;])([^=?#&;]*)=[^#&;]+/g, (part, before: string, name: string) => {
    return isSecret(name) ? `${before}${name}=${HIDDEN}` : part;
  });
  return address.slice(0, start) + query;
}

/** The words of a command line without those that let in whoever has them: `--token=…`, `--token …`, `API_KEY=…`. */
export function withoutSecretWords(words: readonly string[]): string[] {
  return words.map((word, i) => {
    const name = /^-{0,2}[\w.-]+(?==)/.exec(word)?.[0];
    if (name !== undefined && isSecret(name)) return `${name}=${HIDDEN}`;
    const before = words[i - 1] ?? "";
    return /^--?[\w.-]+$/.test(before) && isSecret(before) && !word.startsWith("-") ? HIDDEN : word;
  });
}

function isSecret(name: string): boolean {
  return SECRET.test(plainName(name));
}

function plainName(name: string): string {
  let decoded = name;
  try {
    decoded = decodeURIComponent(name);
  } catch {
    // As it stands there.
  }
  return decoded.toLowerCase().replace(/[^a-z\d]/g, "");
}
