import type { UnionType } from '../../schema/type.js'
import { branchFinder, branchName, unionText } from '../../schema/union.js'
import { mismatch } from './fault.js'

/** A branch of a union with its form in a codec. */
export interface Branch<T> {
  readonly name: string
  readonly type: T
}

/** The branches of a union in a codec. A union of null and one type has no need of names. */
export class Branches<T> {
  readonly expected: string
  private readonly branches: readonly Branch<T>[]
  private readonly byName: ReadonlyMap<string, Branch<T>>
  private readonly indexOf: (value: unknown) => number

  constructor(
    type: UnionType,
    readonly types: readonly T[],
  ) {
    this.expected = unionText(type, branchName)
    this.branches = type.branches.map((branch, at) => ({ name: branchName(branch), type: types[at] as T }))
    this.byName = new Map(this.branches.map(branch => [branch.name, branch]))
    this.indexOf = branchFinder(type)
  }

  /** @throws Fault for a value of none */
  at(value: unknown): number {
    const index = this.indexOf(value)
    if (index < 0) throw mismatch(this.expected, value)
    return index
  }

  /** @throws Fault for a value of none */
  of(value: unknown): Branch<T> {
    return this.branches[this.at(value)] as Branch<T>
  }

  /** @throws Fault for a name of none */
  named(name: string): Branch<T> {
    const branch = this.byName.get(name)
    if (branch === undefined) throw mismatch(this.expected, name)
    return branch
  }
}
