/** Things of which equal ones are one, numbered as they come. */
export class Table<T> {
  readonly rows: T[] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #key: (thing: T) => string;

  constructor(key: (thing: T) => string) {
    this.#key = key;
  }

  row(thing: T): number {
    const key = this.#key(thing);
    const known = this.#rowOf.get(key);
    if (known !== undefined) return known;
    this.#rowOf.set(key, this.rows.length);
    return this.rows.push(thing) - 1;
  }
}
