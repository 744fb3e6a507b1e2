import { Fault, shortened, within } from './fault.js'

/** A value of a oneOf, before it is checked. */
export interface Choice {
  readonly case?: unknown
  readonly value?: unknown
}

/** The cases of a oneOf by name, as a codec writes them. */
export class Cases<C extends { readonly name: string }> {
  private readonly byName: ReadonlyMap<unknown, C>

  /** @param key of the field, for the path of a Fault */
  constructor(
    private readonly key: string,
    cases: readonly C[],
  ) {
    this.byName = new Map(cases.map(one => [one.name, one]))
  }

  /** @throws Fault if the value chooses none of them */
  chosenBy(value: Choice): C {
    const chosen = this.byName.get(value.case)
    if (chosen !== undefined) return chosen
    const names = shortened([...this.byName.keys()].join(', '))
    throw within(new Fault(`expected { case, value } with a case of ${names}`), this.key)
  }
}
