import { refinementText } from '../../schema/refinement.js'
import { isJson, isOfBranch } from '../initial.js'
import { readLock } from '../lock/read.js'
import type { FieldModel, InitialModel, MessageModel, MethodModel, SourceModel, TypeModel } from '../model.js'
import type { Snapshot } from './snapshot.js'

/** A difference between two contracts, whatever it breaks. */
export interface Change {
  /** By its name before: `shop.v1.Order.count`; by its name now if it is new. */
  readonly at: string
  /** Its name now, if that differs. */
  readonly nowAt?: string | undefined
  /** `int32 became int64`, `renamed to remark`, `removed`, `added (15)` */
  readonly what: string
  readonly kind: 'field' | 'member' | 'method' | 'type'
  readonly isAdded?: boolean
  readonly isRenamed?: boolean
  readonly isRemoved?: boolean
}

/** Every difference, sorted by name. */
export function changesOf(before: Snapshot, after: Snapshot): Change[] {
  const [old, now] = [readLock(before.lock), readLock(after.lock)]
  const changes = [...services(old, now), ...messages(old, now), ...enums(old, now)]
  return changes.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

function* services(old: SourceModel, now: SourceModel): Generator<Change> {
  for (const [name, one, other] of paired(old.services, now.services)) {
    if (one === undefined || other === undefined) {
      yield presence('type', name, one === undefined, one === undefined ? 'added' : 'removed')
      continue
    }
    if (one.deprecated !== other.deprecated) yield { kind: 'type', at: name, what: deprecatedText(other) }
    for (const [method, a, b] of paired(one.methods, other.methods)) yield* methodChanges(`${name}/${method}`, a, b)
  }
}

function* methodChanges(at: string, old: MethodModel | undefined, now: MethodModel | undefined): Generator<Change> {
  if (old === undefined || now === undefined) {
    yield presence('method', at, old === undefined, old === undefined ? 'added' : 'removed')
    return
  }
  const became = (what: string, one: string, other: string) => (one === other ? [] : [`${what}${one} became ${other}`])
  const what = [
    ...became('request ', inputText(old), inputText(now)),
    ...became('reply ', outputText(old), outputText(now)),
    ...became('', old.idempotency, now.idempotency),
    ...routeTexts(old)
      .filter(one => !routeTexts(now).includes(one))
      .map(one => `${one} is gone`),
    ...routeTexts(now)
      .filter(one => !routeTexts(old).includes(one))
      .map(one => `${one} is new`),
    ...(old.oneway === now.oneway ? [] : [now.oneway ? 'became oneway' : 'is no longer oneway']),
    ...(old.deprecated === now.deprecated ? [] : [deprecatedText(now)]),
    ...(old.resumable === now.resumable ? [] : [now.resumable ? 'became resumable' : 'is no longer resumable']),
    ...old.throws.filter(error => !now.throws.includes(error)).map(error => `throws ${error} no more`),
    ...now.throws.filter(error => !old.throws.includes(error)).map(error => `throws ${error}`),
  ]
  if (what.length > 0) yield { kind: 'method', at, what: what.join(', ') }
  if ('args' in old.input && 'args' in now.input) yield* fieldChanges(at, old.input.args, now.input.args)
}

function deprecatedText({ deprecated }: { readonly deprecated?: boolean | undefined }): string {
  return deprecated ? 'became deprecated' : 'is no longer deprecated'
}

/** `GET /v1/users/{id}`, `POST /v1/users with body "*"` */
function routeTexts({ routes = [] }: MethodModel): string[] {
  return routes.map(({ route, ...rest }) => {
    const options = Object.entries(rest).flatMap(([name, one]) =>
      one === undefined ? [] : [`${name} ${JSON.stringify(one)}`],
    )
    return options.length === 0 ? route : `${route} with ${options.join(', ')}`
  })
}

function inputText({ input }: MethodModel): string {
  return 'args' in input ? 'arguments' : `${input.streams ? 'stream ' : ''}${input.message}`
}

function outputText({ output, outputStreams, outputIsOptional }: MethodModel): string {
  if (output === undefined) return 'nothing'
  return `${outputStreams ? 'stream ' : ''}${outputIsOptional ? 'optional ' : ''}${typeText(output)}`
}

function* messages(old: SourceModel, now: SourceModel): Generator<Change> {
  for (const [name, one, other] of paired(old.messages, now.messages)) {
    if (one === undefined || other === undefined) {
      yield presence('type', name, one === undefined, one === undefined ? 'added' : 'removed')
      continue
    }
    const what = [
      ...(one.isError === other.isError ? [] : [other.isError ? 'became an error' : 'is no longer an error']),
      ...reservedText(one, other),
    ]
    if (what.length > 0) yield { kind: 'type', at: name, what: what.join(', ') }
    yield* fieldChanges(name, flatFields(one), flatFields(other))
  }
}

function reservedText({ reserved: old = [] }: Reserving, { reserved: now = [] }: Reserving): string[] {
  return [
    ...old.filter(one => !now.includes(one)).map(one => `${one} no longer reserved`),
    ...now.filter(one => !old.includes(one)).map(one => `${one} reserved`),
  ]
}

type Reserving = Pick<MessageModel, 'reserved'>

interface FlatField extends FieldModel {
  readonly oneof?: string | undefined
}

/** Fields and cases of oneOfs, and the text of an error. */
function flatFields({ fields, ownText }: MessageModel): FlatField[] {
  const text: FlatField[] =
    ownText === undefined
      ? []
      : [
          {
            ...ownText,
            kind: 'field',
            jsonName: ownText.name,
            type: { kind: 'scalar', name: 'string' },
            presence: 'implicit',
          },
        ]
  const flat = fields.flatMap((field): FlatField[] => {
    if (field.kind === 'field') return [field]
    return field.cases.map(one => ({
      ...one,
      kind: 'field',
      jsonName: one.jsonName ?? one.name,
      presence: 'implicit',
      oneof: field.name,
    }))
  })
  return [...flat, ...text]
}

function* fieldChanges(owner: string, old: readonly FlatField[], now: readonly FlatField[]): Generator<Change> {
  const key = ({ number, name }: FlatField) => number ?? name
  const others = new Map(now.map(field => [key(field), field]))
  const known = new Set(old.map(key))
  const names = new Map(now.map(field => [field.name, field]))
  const renumbered = new Set<FlatField>()
  for (const field of old) {
    const at = `${owner}.${field.name}`
    const other = others.get(key(field))
    if (other !== undefined) {
      const what = fieldText(field, other)
      const isRenamed = field.name !== other.name
      const nowAt = isRenamed ? `${owner}.${other.name}` : undefined
      if (what !== '') yield { kind: 'field', at, nowAt, what, isRenamed }
      continue
    }
    const same = names.get(field.name)
    if (same !== undefined) {
      renumbered.add(same)
      const rest = fieldText(field, same)
      yield {
        kind: 'field',
        at,
        what: [`number ${field.number} became ${same.number}`, rest].filter(Boolean).join(', '),
      }
    } else yield presence('field', at, false, 'removed')
  }
  for (const field of now) {
    if (known.has(key(field)) || renumbered.has(field)) continue
    yield presence(
      'field',
      `${owner}.${field.name}`,
      true,
      field.number === undefined ? 'added' : `added (${field.number})`,
    )
  }
}

function fieldText(old: FlatField, now: FlatField): string {
  const [type, other] = [typeText(old.type), typeText(now.type)]
  const byRename = old.name !== now.name && old.jsonName === old.name && now.jsonName === now.name
  const [initial, current] = [initialText(old), initialText(now)]
  return [
    ...(old.name === now.name ? [] : [`renamed to ${now.name}`]),
    ...(type === other ? [] : [`${type} became ${other}`]),
    ...(old.presence === now.presence ? [] : [presenceText(old.presence, now.presence)]),
    ...(old.oneof === now.oneof ? [] : [oneofText(old.oneof, now.oneof)]),
    ...(byRename || old.jsonName === now.jsonName ? [] : [`${old.jsonName} became ${now.jsonName} in JSON`]),
    ...(initial === current ? [] : [`default ${initial} became ${current}`]),
  ].join(', ')
}

function presenceText(old: FieldModel['presence'], now: FieldModel['presence']): string {
  if (now === 'implicit') return `is no longer ${old}`
  return old === 'implicit' ? `became ${now}` : `${old} became ${now}`
}

function oneofText(old: string | undefined, now: string | undefined): string {
  if (old === undefined) return `moved into ${now}`
  return now === undefined ? `moved out of ${old}` : `moved from ${old} to ${now}`
}

function initialText({ initial }: FlatField): string {
  return initial === undefined ? 'none' : valueText(initial)
}

function valueText(value: InitialModel): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (value instanceof Map)
    return `{${Array.from(value, ([key, one]) => `${valueText(key)}: ${valueText(one)}`).join(', ')}}`
  if (isOfBranch(value)) return valueText(value.value)
  if (isJson(value)) return JSON.stringify(value.json)
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function* enums(old: SourceModel, now: SourceModel): Generator<Change> {
  for (const [name, one, other] of paired(old.enums, now.enums)) {
    if (one === undefined || other === undefined) {
      yield presence('type', name, one === undefined, one === undefined ? 'added' : 'removed')
      continue
    }
    const what = reservedText(one, other)
    if (what.length > 0) yield { kind: 'type', at: name, what: what.join(', ') }
    for (const member of one.members) {
      const at = `${name}.${member.name}`
      const at1 = other.members.filter(({ number }) => number === member.number)
      if (at1.some(each => each.name === member.name)) continue
      const moved = other.members.find(each => each.name === member.name)
      const [renamed] = at1.filter(each => !one.members.some(it => it.name === each.name))
      if (moved !== undefined) yield { kind: 'member', at, what: `${member.number} became ${moved.number}` }
      else if (renamed === undefined) yield presence('member', at, false, 'removed')
      else
        yield {
          kind: 'member',
          at,
          nowAt: `${name}.${renamed.name}`,
          what: `renamed to ${renamed.name}`,
          isRenamed: true,
        }
    }
    for (const member of other.members) {
      const isKnown = one.members.some(({ name: each, number }) => each === member.name || number === member.number)
      if (!isKnown) yield presence('member', `${name}.${member.name}`, true, `added (${member.number})`)
    }
  }
}

function presence(kind: Change['kind'], at: string, isAdded: boolean, what: string): Change {
  return isAdded ? { kind, at, what, isAdded } : { kind, at, what, isRemoved: true }
}

/** `list of string` */
export function typeText(type: TypeModel, nameOf: (name: string) => string = name => name): string {
  switch (type.kind) {
    case 'scalar':
      if (type.refined !== undefined) return refinementText(type.refined)
      return type.wrapped ? `wrapped ${type.name}` : type.name
    case 'named':
      return type.delimited ? `delimited ${nameOf(type.name)}` : nameOf(type.name)
    case 'map':
      return `map of ${typeText(type.key, nameOf)} to ${typeText(type.value, nameOf)}`
    case 'union':
      return [...type.branches.map(one => typeText(one, nameOf)), ...(type.isNullable ? ['null'] : [])].join(' | ')
    default:
      return `${type.kind} of ${typeText(type.element, nameOf)}`
  }
}

function* paired<T extends { readonly name: string }>(
  old: readonly T[],
  now: readonly T[],
): Generator<[name: string, old: T | undefined, now: T | undefined]> {
  const others = new Map(now.map(one => [one.name, one]))
  for (const one of old) yield [one.name, one, others.get(one.name)]
  const known = new Set(old.map(({ name }) => name))
  for (const one of now) if (!known.has(one.name)) yield [one.name, undefined, one]
}
