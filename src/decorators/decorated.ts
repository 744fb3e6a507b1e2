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

export type Kind = 'class' | 'method' | 'field' | 'getter' | 'setter' | 'accessor' | 'parameter' | 'constructor'

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
  // The proposal of 2018, which swc has without experimentalDecorators: one argument that describes the class or the member.
  if (Object.prototype.toString.call(target) === '[object Descriptor]')
    throw old((target as { key?: unknown }).key ?? 'a class')
  const isStatic = typeof target === 'function'
  const type = (isStatic ? target : (target as object).constructor) as Decorated['type'] & object
  const key = second as string | symbol | undefined
  const index = typeof third === 'number' ? third : undefined
  const kind = index === undefined ? legacyKind(target as object, key) : key === undefined ? 'constructor' : 'parameter'
  return { holder: type, type, kind, key, isStatic: isStatic && key !== undefined, isPrivate: false, index }
}

function standard(target: unknown, context: StandardContext): Decorated {
  const { kind, name, metadata } = context
  if (metadata === undefined) throw old(name)
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

function old(name: unknown): RpcError {
  const message = `${String(name)}: its compiler has older decorators; set experimentalDecorators or take TypeScript 5.2`
  return misuse('old_decorators', message)
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

/** The holders of a class's declarations: the class for legacy decorators, its own metadata for standard ones. */
export function holdersOf(type: object): readonly object[] {
  const symbol = (Symbol as unknown as { readonly metadata: symbol }).metadata
  const metadata = Object.hasOwn(type, symbol) ? (type as Record<symbol, object | null | undefined>)[symbol] : undefined
  return metadata === undefined || metadata === null ? [type] : [type, metadata]
}
