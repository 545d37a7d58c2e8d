/** Has one act wait for the one before, however that ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when all that have begun are done. */
  async done(): Promise<void> {
    await this.#last;
  }
}

/** Turns for each of some objects, which they keep no longer than others do. */
export class TurnsOf<Owner extends object> {
  readonly #turns = new WeakMap<Owner, Turns>();

  of(owner: Owner): Turns {
    let turns = this.#turns.get(owner);
    if (turns === undefined) {
      turns = new Turns();
      this.#turns.set(owner, turns);
    }
    return turns;
  }
}
