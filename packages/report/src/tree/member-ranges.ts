/** Ranges of members of `StackParts`, each with the row of a part's trie that all of them are in or below. */
export class MemberRanges {
  length = 0;
  readonly first: number[] = [];
  readonly end: number[] = [];
  readonly part: number[] = [];
  readonly row: number[] = [];

  push(first: number, end: number, part: number, row: number): void {
    const i = this.length++;
    this.first[i] = first;
    this.end[i] = end;
    this.part[i] = part;
    this.row[i] = row;
  }
}
