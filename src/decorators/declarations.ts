import type { PolicyDefinition } from '../core/policy.js'
import type { Class } from '../schema/type.js'
import { checks, type DecoratedPlace, type Purpose } from './contract-checks.js'
import type {
  ArgumentDeclaration,
  FieldDeclaration,
  MessageDeclaration,
  MethodDeclaration,
  ServiceDeclaration,
} from './declaration.js'
import { type Decorated, type DecoratorArguments, decorated, holdersOf } from './decorated.js'

/** Registered symbols, so that a second installed copy reads the class too. */
const messageDeclaration = Symbol.for('polywire.declaration.message')
const serviceDeclaration = Symbol.for('polywire.declaration.service')
const decoratedPlaces = Symbol.for('polywire.declaration.places')
const descriptions = Symbol.for('polywire.declaration.descriptions')

/**
 * Declares the class of `@Message`; it is undefined if that decorates a member, for which its class is refused.
 * @throws RpcError `failed_precondition` (`misplaced_decorator`, `static_member`), also for decorators of its members
 */
export function declareMessage(args: DecoratorArguments): [Class | undefined, MessageDeclaration] {
  const site = place(args, 'message')
  return [site.type as Class | undefined, messageOf(site.holder)]
}

/** The same for `@Service`. */
export function declareService(args: DecoratorArguments): ServiceDeclaration {
  return serviceOf(place(args, 'service').holder)
}

/** Declares a field, by `@Field`. */
export function declareField(args: DecoratorArguments, field: Omit<FieldDeclaration, 'key'>): void {
  const site = place(args, 'field')
  const key = site.key as string
  const { fields } = messageOf(site.holder)
  const at = fields.findIndex(one => one.key === key)
  fields[at < 0 ? fields.length : at] = { key, ...field }
}

/** The declaration of a decorated method. */
export function ownMethod(args: DecoratorArguments): MethodDeclaration {
  return methodOf(place(args, 'method'))
}

/** The declaration of the method of a parameter, and the parameter's index. */
export function ownParameter(args: DecoratorArguments): [MethodDeclaration, number] {
  const site = place(args, 'parameter')
  return [methodOf(site), site.index as number]
}

/** The policies of a decorated class or method. */
export function ownPolicies(args: DecoratorArguments): PolicyDefinition[] {
  const site = place(args, 'policy')
  return (site.kind === 'class' ? serviceOf(site.holder) : methodOf(site)).policies
}

/** Declares the description of a class or a member, by `@Doc`. */
export function declareDoc(args: DecoratorArguments, doc: string): void {
  const { holder, key } = place(args, 'description')
  descriptionsOf(holder).set(key as string | undefined, doc)
}

/** Describes a class, or one of its members, that has no `@Doc`. The schema of a service that was read before does not change. */
export function describeClass(type: Class, key: string | undefined, doc: string): void {
  if (ownDoc(type, key) === undefined) descriptionsOf(type).set(key, doc)
}

/** The description of a class itself, or of a member that it declares; undefined if there is none. */
export function ownDoc(type: Class, key?: string): string | undefined {
  for (const holder of holdersOf(type)) {
    const doc = existing<Descriptions>(descriptions, holder)?.get(key)
    if (doc !== undefined) return doc
  }
  return undefined
}

/** The nearest description of a class and those that it extends. */
export function docOf(type: Class, key?: string): string | undefined {
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    const doc = ownDoc(at as Class, key)
    if (doc !== undefined) return doc
  }
  return undefined
}

/** By member; undefined is the class itself. */
type Descriptions = Map<string | undefined, string>

function descriptionsOf(holder: object): Descriptions {
  return own(descriptions, holder, () => new Map())
}

/** A wrong place is refused as soon as its class is known: here, by the decorator of the class, or when it is read. */
function place(args: DecoratorArguments, purpose: Purpose): Decorated {
  const site = decorated(args)
  const decoratedPlace = { site, purpose }
  const places = own<DecoratedPlace[]>(decoratedPlaces, site.holder, () => [])
  places.push(decoratedPlace)
  if (site.type !== undefined && checks !== undefined) {
    const isClass = site.kind === 'class'
    checks.places(isClass ? places : [decoratedPlace], site.type.name)
    // What is right is not kept.
    places.length = isClass ? 0 : places.length - 1
  }
  return site
}

/** The declaration of this class, without its bases; created on first use. */
function messageOf(holder: object): MessageDeclaration {
  return own(messageDeclaration, holder, () => ({
    declared: false,
    name: undefined,
    ownText: undefined,
    reserved: [],
    properties: undefined,
    fields: [],
  }))
}

function serviceOf(holder: object): ServiceDeclaration {
  return own(serviceDeclaration, holder, () => ({ declared: false, name: undefined, policies: [], methods: new Map() }))
}

function methodOf({ holder, key }: Decorated): MethodDeclaration {
  const { methods } = serviceOf(holder)
  let method = methods.get(key as string)
  if (method === undefined) {
    method = {
      key: key as string,
      shape: undefined,
      arguments: undefined,
      throws: [],
      idempotency: undefined,
      contextIndex: undefined,
      policies: [],
      routes: [],
    }
    methods.set(method.key, method)
  }
  return method
}

/** The declarations of a class and its bases, the farthest first, each with its class. */
export function messageLineage(type: Class): [Class, MessageDeclaration][] {
  return lineage(messageDeclaration, type)
}

export function serviceLineage(type: Class): [Class, ServiceDeclaration][] {
  return lineage(serviceDeclaration, type)
}

/** The arguments of `args`, else those with `@Arg`. */
export function argumentsOf({
  shape,
  arguments: described,
}: MethodDeclaration): ReadonlyMap<number, ArgumentDeclaration> {
  return shape?.arguments ?? described ?? none
}

const none: ReadonlyMap<number, ArgumentDeclaration> = /* @__PURE__ */ new Map()

/** The metadata that the compiler emitted under `emitDecoratorMetadata`; undefined if it did not. */
export function designType(type: Class, key: string): unknown {
  return emitted('design:type', type, key)
}

export function designParameters(type: Class, key: string): readonly unknown[] | undefined {
  return emitted('design:paramtypes', type, key) as readonly unknown[] | undefined
}

/** Compilers emit it through `Reflect.metadata`, which a page has only if it loads reflect-metadata itself. */
function emitted(what: string, type: Class, key: string): unknown {
  const { getOwnMetadata } = Reflect as { readonly getOwnMetadata?: (what: string, of: object, key: string) => unknown }
  return getOwnMetadata?.(what, type.prototype as object, key)
}

function own<D>(which: symbol, target: object, make: () => D): D {
  let declaration = existing<D>(which, target)
  if (declaration === undefined) {
    declaration = make()
    Object.defineProperty(target, which, { value: declaration })
  }
  return declaration
}

/** What a subclass inherits is not its own. */
function existing<D>(which: symbol, target: object): D | undefined {
  return Object.hasOwn(target, which) ? ((target as Readonly<Record<symbol, unknown>>)[which] as D) : undefined
}

function lineage<D>(which: symbol, type: Class): [Class, D][] {
  const found: [Class, D][] = []
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    for (const holder of holdersOf(at)) {
      checks?.places(existing<DecoratedPlace[]>(decoratedPlaces, holder) ?? [], (at as Class).name)
      const declaration = existing<D>(which, holder)
      if (declaration !== undefined) found.unshift([at as Class, declaration])
    }
  }
  return found
}
