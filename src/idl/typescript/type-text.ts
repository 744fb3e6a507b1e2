import { type FixedRefinement, type Refinement, refinementText } from '../../schema/refinement.js'
import type { ScalarName } from '../../schema/type.js'
import type { FieldModel, InitialModel, OneOfModel, TypeModel } from '../model.js'
import { initialText } from './initial-text.js'
import type { Scope } from './scope.js'
import { jsonText, memberText, objectText, quoted } from './text.js'

type NullPlace = Pick<FieldModel, 'nullAt' | 'noDefault'>

/** How a type is written: as a wire type, as a TypeScript type, and as the value of an absent field. */
export class TypeText {
  /**
   * @param scope of the file
   * @param isDeclared whether the class of this full name stands above; a later one is written as a thunk
   * @param current the full name of the message that is being written
   */
  constructor(
    private readonly scope: Scope,
    private readonly isDeclared: (name: string) => boolean,
    private readonly current?: string,
  ) {}

  /** `listOf(string)` */
  wire(type: TypeModel): string {
    const alias = type.alias === undefined ? undefined : this.scope.className(type.alias)
    if (alias !== undefined) return this.aliasOf(type) ?? `() => ${alias}`
    switch (type.kind) {
      case 'scalar':
        if (type.refined !== undefined) return refinementText(type.refined, name => this.scope.use(name), fixedOptions)
        return type.wrapped ? `${this.scope.use('wrapped')}(${this.scope.use(type.name)})` : this.scope.use(type.name)
      case 'named': {
        if (this.scope.enumOf(type.name) !== undefined) return this.scope.constant(type.name)
        const name = this.scope.className(type.name)
        const text = this.isDeclared(type.name) ? name : `() => ${name}`
        return type.delimited ? `${this.scope.use('delimited')}(${text})` : text
      }
      case 'list':
      case 'set':
        return `${this.scope.use(`${type.kind}Of`)}(${this.wire(type.element)})`
      case 'union': {
        const branches = type.branches.map(branch => this.wire(branch)).join(', ')
        const union = type.branches.length === 1 ? branches : `${this.scope.use('unionOf')}(${branches})`
        return type.isNullable ? this.withNull('nullable', union, type) : union
      }
      case 'map':
        return `${this.scope.use('mapOf')}(${this.wire(type.key)}, ${this.wire(type.value)})`
    }
  }

  /** `optional(string)` */
  optional(wire: string, options: NullPlace): string {
    return this.withNull('optional', wire, options)
  }

  private withNull(name: 'optional' | 'nullable', wire: string, { nullAt, noDefault }: NullPlace): string {
    const options = objectText({
      nullAt: nullAt === undefined ? undefined : String(nullAt),
      noDefault: noDefault ? 'true' : undefined,
    })
    return `${this.scope.use(name)}(${[wire, options].filter(part => part !== undefined).join(', ')})`
  }

  /** `string[]` */
  typescript(type: TypeModel): string {
    return this.aliasOf(type) ?? this.structure(type)
  }

  /** Undefined for a type without an alias, or one whose alias stands further down. */
  private aliasOf({ alias }: TypeModel): string | undefined {
    return alias !== undefined && this.isDeclared(alias) ? this.scope.className(alias) : undefined
  }

  private structure(type: TypeModel): string {
    switch (type.kind) {
      case 'scalar':
        return type.refined !== undefined && type.name !== 'bytes' ? 'string' : this.scalar(type.name)
      case 'named': {
        const name = this.scope.className(type.name)
        // `emitDecoratorMetadata` would refer to the class by its name, before it exists.
        const isLater =
          this.scope.enumOf(type.name) === undefined && !this.isDeclared(type.name) && type.name !== this.current
        return isLater ? `InstanceType<typeof ${name}>` : name
      }
      case 'list':
        return type.element.kind === 'union'
          ? `(${this.typescript(type.element)})[]`
          : `${this.typescript(type.element)}[]`
      case 'set':
        return `Set<${this.typescript(type.element)}>`
      case 'union':
        return [...type.branches.map(branch => this.typescript(branch)), ...(type.isNullable ? ['null'] : [])].join(
          ' | ',
        )
      case 'map':
        return `Map<${this.typescript(type.key)}, ${this.typescript(type.value)}>`
    }
  }

  private scalar(name: ScalarName): string {
    const own = wellKnownTypes[name]
    return own === undefined ? scalarTypes[name] : own.replace(/Json\w+/, type => this.scope.use(type, true))
  }

  /** What stands behind the property's name: `= ''`, `: Order[] = []`, `?: Date`. */
  property({ type, presence, initial, isOptional }: FieldModel): string {
    if (initial !== undefined) {
      const isWritten = isOptional || isTyped(type) || this.aliasOf(type) !== undefined || typeof initial === 'object'
      const typed = isWritten ? `${isOptional ? '?' : ''}: ${this.typescript(type)}` : ''
      return `${typed} = ${this.initial(initial, type)}`
    }
    const zero = presence === 'optional' ? undefined : this.zero(type, presence === 'required')
    if (zero !== undefined)
      return type.kind === 'list' || this.aliasOf(type) !== undefined || isTyped(type)
        ? `: ${this.typescript(type)} = ${zero}`
        : ` = ${zero}`
    return presence === 'required' ? `!: ${this.typescript(type)}` : `?: ${this.typescript(type)}`
  }

  /** The literal of a default or a constant. */
  initial(value: InitialModel, type: TypeModel): string {
    return initialText(value, type, this.scope)
  }

  /** The literal of a oneOf's default. */
  choice({ cases }: OneOfModel, { case: name, value }: NonNullable<OneOfModel['initial']>): string {
    const found = cases.find(one => one.name === name)
    return `{ case: ${quoted(name)}, value: ${found && this.initial(value, found.type)} }`
  }

  /** `ReadonlyMap<string, number[]>`: of a constant, whose container is not changed. */
  readonlyType(type: TypeModel): string {
    const text = this.structure(type)
    if (type.kind === 'list') return `readonly ${text}`
    if (type.kind === 'set' || type.kind === 'map') return `Readonly${text}`
    return type.kind === 'named' && this.scope.enumOf(type.name) === undefined ? `Readonly<${text}>` : text
  }

  /** Undefined where there is none: the property is `undefined` if the field is absent. */
  private zero(type: TypeModel, isRequired: boolean): string | undefined {
    switch (type.kind) {
      case 'scalar':
        if (type.refined !== undefined) return isRequired ? refinedZero(type.refined) : undefined
        return type.wrapped
          ? undefined
          : isRequired && type.name === 'timestamp'
            ? 'new Date(0)'
            : isRequired && type.name === 'duration'
              ? '0'
              : zeros[type.name]
      case 'named': {
        const members = this.scope.enumOf(type.name)?.members
        if (members === undefined)
          return isRequired && this.isDeclared(type.name) ? `new ${this.scope.className(type.name)}()` : undefined
        const zero = members.find(({ number }) => number === 0) ?? members[0]
        return memberText(this.scope.className(type.name), zero?.name ?? '')
      }
      case 'list':
        return '[]'
      case 'set':
        return `new ${this.structure(type)}()`
      case 'map':
        return `new ${this.structure(type)}()`
      case 'union':
        return isRequired ? this.zero(type.branches[0] as TypeModel, isRequired) : undefined
    }
  }
}

function fixedOptions({ doc, properties }: FixedRefinement): string | undefined {
  return objectText({ doc: doc && quoted(doc), properties: properties && jsonText(properties) })
}

/** A value that a required property begins with. */
function refinedZero(refined: Refinement): string {
  switch (refined.kind) {
    case 'fixed':
      return `new Uint8Array(${refined.size})`
    case 'decimal':
      return quoted(refined.scale === 0 ? '0' : `0.${'0'.repeat(refined.scale)}`)
    case 'date':
      return "'1970-01-01'"
    case 'timeOfDay':
      return "'00:00:00'"
    default:
      return refined.kind === 'timestamp' ? "'1970-01-01T00:00:00Z'" : "'1970-01-01T00:00:00'"
  }
}

/** Whether TypeScript would infer less than the field's type: of bytes, that no `Buffer` fits. */
function isTyped(type: TypeModel): boolean {
  return type.kind === 'union' || (type.kind === 'scalar' && (type.name === 'bytes' || type.name === 'value'))
}

const scalarTypes: Readonly<Record<ScalarName, string>> = {
  double: 'number',
  float: 'number',
  int8: 'number',
  int16: 'number',
  int32: 'number',
  uint32: 'number',
  sint32: 'number',
  fixed32: 'number',
  sfixed32: 'number',
  int64: 'bigint',
  uint64: 'bigint',
  sint64: 'bigint',
  fixed64: 'bigint',
  sfixed64: 'bigint',
  bool: 'boolean',
  string: 'string',
  bytes: 'Uint8Array',
  uuid: 'string',
  timestamp: 'Date',
  duration: 'number',
  struct: 'object',
  value: 'unknown',
  listValue: 'unknown[]',
  nullValue: 'null',
  fieldMask: 'string[]',
}

export function isScalarName(name: string): name is ScalarName {
  return Object.hasOwn(scalarTypes, name)
}

const wellKnownTypes: Readonly<Partial<Record<ScalarName, string>>> = {
  struct: 'JsonObject',
  value: 'JsonValue',
  listValue: 'JsonValue[]',
}

const zeroTexts: Readonly<Record<string, string>> = {
  number: '0',
  bigint: '0n',
  boolean: 'false',
  string: "''",
  Uint8Array: 'new Uint8Array()',
  null: 'null',
}

const zeros = Object.fromEntries(
  Object.entries(scalarTypes).map(([name, type]) => [name, name === 'duration' ? undefined : zeroTexts[type]]),
) as Readonly<Record<ScalarName, string | undefined>>
