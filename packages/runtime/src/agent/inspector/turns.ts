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
