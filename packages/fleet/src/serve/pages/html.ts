/** Text of a page in which everything that is not the page's own has been made harmless. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Html[];

/** A piece of a page: what is put into it is text, wherever it stands, unless it is a piece itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((own, at) => own + (at < parts.length ? textOf(parts[at]) : "")).join(""));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join("");
  return escaped(String(part ?? ""));
}

function escaped(text: string): string {
  return text.replace(/[<>&"'`]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
