import type { Mistake } from '../core/reasons.js'
import { misuse, type RpcError } from '../core/rpc-error.js'

/** Without the symbol TypeScript gives a class no metadata. esbuild, swc and Babel then use this one, so it suits all of them. */
if (!('metadata' in Symbol)) {
  Object.defineProperty(Symbol, 'metadata', {
    value: Symbol.for('Symbol.metadata'),
    configurable: true,
    writable: true,
  })
}

/** The part of a standard decorator's context that is used here, as the runtime passes it. */
interface StandardContext {
  readonly kind: Exclude<Kind, 'parameter' | 'constructor'>
  readonly name: string | symbol | undefined
  readonly static?: boolean
  readonly private?: boolean
  /** Undefined in compilers from before decorator metadata. */
  readonly metadata?: object
}

type Kind = 'class' | 'method' | 'field' | 'getter' | 'setter' | 'accessor' | 'parameter' | 'constructor'

/** The arguments of a decorator: legacy `(target, key, descriptor or index)`, or standard `(value, context)`. */
export type DecoratorArguments = readonly unknown[]

/** What a decorator decorates. */
export interface Decorated {
  /** Holds the declarations: the class, or in standard mode its metadata, because its members are decorated before it exists. */
  readonly holder: object
  /** The class; undefined for a member in standard mode. */
  readonly type: { readonly name: string } | undefined
  readonly kind: Kind
  /** Undefined for the class itself. */
  readonly key: string | symbol | undefined
  readonly isStatic: boolean
  readonly isPrivate: boolean
  /** The index of a parameter. */
  readonly index: number | undefined
}

/**
 * Reads the arguments of a decorator in either mode.
 * @throws RpcError `failed_precondition` (`old_decorators`)
 */
export function decorated(args: DecoratorArguments): Decorated {
  const [target, second, third] = args
  if (typeof second === 'object' && second !== null) return standard(target, second as StandardContext)
  const isStatic = typeof target === 'function'
  const type = (isStatic ? target : (target as object).constructor) as Decorated['type'] & object
  const key = second as string | symbol | undefined
  const index = typeof third === 'number' ? third : undefined
  const kind = index === undefined ? legacyKind(target as object, key) : key === undefined ? 'constructor' : 'parameter'
  return { holder: type, type, kind, key, isStatic: isStatic && key !== undefined, isPrivate: false, index }
}

function standard(target: unknown, context: StandardContext): Decorated {
  const { kind, name, metadata } = context
  if (metadata === undefined) {
    throw misuse(
      'old_decorators',
      `${String(name)}: its compiler implements standard decorators without metadata; ` +
        `take TypeScript 5.2, esbuild 0.21.3, Babel's decorators of 2023-11 or later ones, or set experimentalDecorators`,
    )
  }
  const isClass = kind === 'class'
  return {
    holder: metadata,
    type: isClass ? (target as { readonly name: string }) : undefined,
    kind,
    key: isClass ? undefined : name,
    isStatic: context.static ?? false,
    isPrivate: context.private ?? false,
    index: undefined,
  }
}

/** A property is not yet there when its decorator runs. */
function legacyKind(target: object, key: string | symbol | undefined): Kind {
  if (key === undefined) return 'class'
  const descriptor = Object.getOwnPropertyDescriptor(target, key)
  if (descriptor === undefined) return 'field'
  if (descriptor.get !== undefined) return descriptor.set === undefined ? 'getter' : 'accessor'
  if (descriptor.set !== undefined) return 'setter'
  return typeof descriptor.value === 'function' ? 'method' : 'field'
}

/** Makes the error of a decorator that is in the wrong place, once the class is known. */
export type MisplacedDecorator = (className: string) => RpcError

/** What a decorator is for, and what to write for it. */
export interface Purpose {
  readonly kinds: readonly Kind[]
  /** What it does to its place: `be a field`. */
  readonly verb: string
  /** What to do if it is on something else. */
  readonly hint: string
}

/** Why the decorator cannot be where it is; undefined if it can. */
export function misplaced(site: Decorated, { kinds, verb, hint }: Purpose): MisplacedDecorator | undefined {
  const { kind, key, isStatic, isPrivate } = site
  const member = key === undefined ? '' : `.${String(key)}`
  const refusal =
    (reason: Mistake, what: string): MisplacedDecorator =>
    className =>
      misuse(reason, `${className}${member}: ${what}`)
  if (!kinds.includes(kind)) return refusal('misplaced_decorator', `${names[kind]} cannot ${verb}; ${hint}`)
  if (isStatic) return refusal('static_member', `a static member cannot ${verb}; leave out "static"`)
  if (isPrivate) return refusal('misplaced_decorator', `a private member cannot ${verb}; leave out "#"`)
  if (typeof key === 'symbol')
    return refusal('misplaced_decorator', `a member whose name is a symbol cannot ${verb}; give it a name`)
  return undefined
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

/** The holders of a class's declarations: the class for legacy decorators, its own metadata for standard ones. */
export function holdersOf(type: object): readonly object[] {
  const symbol = (Symbol as unknown as { readonly metadata: symbol }).metadata
  const metadata = Object.hasOwn(type, symbol) ? (type as Record<symbol, object | null | undefined>)[symbol] : undefined
  return metadata === undefined || metadata === null ? [type] : [type, metadata]
}
