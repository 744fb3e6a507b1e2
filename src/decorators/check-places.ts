import type { Mistake } from '../core/reasons.js'
import { misuse, type RpcError } from '../core/rpc-error.js'
import type { DecoratedPlace, Purpose } from './contract-checks.js'
import type { Kind } from './decorated.js'

interface Rule {
  readonly kinds: readonly Kind[]
  /** What the decorator does to its place: `be a field`. */
  readonly verb: string
  /** What to do if it is on something else. */
  readonly hint: string
}

const rules: Readonly<Record<Purpose, Rule>> = {
  message: { kinds: ['class'], verb: 'be a message', hint: 'write @Message() above the class' },
  service: { kinds: ['class'], verb: 'be a service', hint: 'write @Service() above the class' },
  field: { kinds: ['field'], verb: 'be a field', hint: 'write @Field(...) before a property' },
  method: {
    kinds: ['method'],
    verb: 'be a method of a service',
    hint: 'write its decorator before an async method',
  },
  parameter: { kinds: ['parameter'], verb: 'be an argument', hint: 'write it before a parameter of a method' },
  policy: { kinds: ['class', 'method'], verb: 'have a policy', hint: 'write the policy before a method or a class' },
  description: {
    kinds: ['class', 'field', 'method'],
    verb: 'have a description',
    hint: 'write @Doc(...) before a class, a property or a method',
  },
}

const names: Readonly<Record<Kind, string>> = {
  class: 'a class',
  method: 'a method',
  field: 'a property',
  getter: 'a getter',
  setter: 'a setter',
  accessor: 'an accessor',
  parameter: 'a parameter',
  constructor: 'a parameter of the constructor',
}

/** @throws RpcError `failed_precondition` (`misplaced_decorator`, `static_member`) for the first decorator in a wrong place */
export function checkPlaces(places: readonly DecoratedPlace[], className: string): void {
  for (const place of places) {
    const wrong = misplaced(place, className)
    if (wrong !== undefined) throw wrong
  }
}

function misplaced({ site, purpose }: DecoratedPlace, className: string): RpcError | undefined {
  const { kind, key, isStatic, isPrivate } = site
  const { kinds, verb, hint } = rules[purpose]
  const member = key === undefined ? '' : `.${String(key)}`
  const refusal = (reason: Mistake, what: string) => misuse(reason, `${className}${member}: ${what}`)
  if (!kinds.includes(kind)) return refusal('misplaced_decorator', `${names[kind]} cannot ${verb}; ${hint}`)
  if (isStatic) return refusal('static_member', `a static member cannot ${verb}; leave out "static"`)
  if (isPrivate) return refusal('misplaced_decorator', `a private member cannot ${verb}; leave out "#"`)
  if (typeof key === 'symbol')
    return refusal('misplaced_decorator', `a member whose name is a symbol cannot ${verb}; give it a name`)
  return undefined
}
