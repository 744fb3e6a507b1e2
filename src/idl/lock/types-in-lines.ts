import type { ScalarName } from '../../schema/type.js'
import type { TypeModel } from '../model.js'
import { isScalarName } from '../typescript/type-text.js'
import { refinedScalar, refinementIn } from './line-parts.js'
import type { LineWords } from './words.js'

/** Reads the types in the lines of a lock. */
export class LockTypes {
  private depth = 0

  /** @param isDeclared whether the lock has a message or an enum of this full name */
  constructor(private readonly isDeclared: (name: string) => boolean) {}

  private union(words: LineWords): TypeModel {
    words.expect('(')
    const branches: TypeModel[] = []
    let isNullable = false
    do {
      if (words.takes('null')) isNullable = true
      else branches.push(this.type(words))
    } while (words.takes(','))
    words.expect(')')
    return { kind: 'union', branches, isNullable }
  }

  type(words: LineWords): TypeModel {
    // A type is a line, whose words are as many as its types are deep.
    if (++this.depth > deepest) throw words.refusal('its type is nested too deeply')
    try {
      return this.typeIn(words)
    } finally {
      this.depth--
    }
  }

  private typeIn(words: LineWords): TypeModel {
    if (words.takes('list')) return { kind: 'list', element: this.type(words) }
    if (words.takes('set')) return { kind: 'set', element: this.type(words) }
    if (words.takes('map')) return { kind: 'map', key: this.type(words), value: this.type(words) }
    if (words.takes('delimited')) return { kind: 'named', name: this.named(words), delimited: true }
    if (words.takes('union')) return this.union(words)
    if (words.takes('wrapped')) return { kind: 'scalar', name: scalarIn(words.name(), words), wrapped: true }
    const name = words.name()
    const refined = words.wasDotted ? undefined : refinementIn(name, words)
    if (refined !== undefined) return { kind: 'scalar', name: refinedScalar(refined), refined }
    const isScalar = !name.includes('.') && !words.wasDotted
    return isScalar
      ? { kind: 'scalar', name: scalarIn(name, words) }
      : { kind: 'named', name: this.declared(name, words) }
  }

  /** The full name of a message or an enum. */
  named(words: LineWords): string {
    return this.declared(words.name(), words)
  }

  /** @throws Refusal for a name that the lock does not have */
  declared(name: string, words: LineWords): string {
    if (this.isDeclared(name)) return name
    throw words.refusal(`the lock has no type ${name}`)
  }
}

function scalarIn(name: string, words: LineWords): ScalarName {
  if (isScalarName(name)) return name
  throw words.refusal(`there is no type ${name}`)
}

/** As deep as any line of another source may be. */
const deepest = 1000
