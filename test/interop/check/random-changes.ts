import type { EnumPart, FieldPart, FilePart, MessagePart } from './file-text.js'
import type { Random } from './random.js'
import { decorate, fileOptions, randomField, randomLabel, randomMap, randomMethod, randomType } from './random-file.js'

/** Where a change happens. */
interface Spot {
  readonly random: Random
  readonly file: FilePart
  readonly message: MessagePart
  readonly field: FieldPart
  readonly enumeration: EnumPart
}

/** Every kind of change, by name. The result need not be valid; buf says whether it is. */
const changes: Readonly<Record<string, (spot: Spot) => void>> = {
  'type of a field': ({ random, file, message, field }) => {
    field.type = field.type.startsWith('map') ? randomMap(random, message) : randomType(random, message)
    redecorate(random, file, field)
  },
  'field to map or back': ({ random, file, message, field }) => {
    if (field.oneof !== undefined) return
    const isMap = field.type.startsWith('map')
    field.type = isMap ? randomType(random, message) : randomMap(random, message)
    field.label = isMap ? 'repeated ' : ''
    redecorate(random, file, field)
  },
  'label of a field': ({ random, file, field }) => {
    if (field.type.startsWith('map') || field.oneof !== undefined) return
    field.label = randomLabel(random, file)
    redecorate(random, file, field)
  },
  'options of a field': ({ random, file, field }) => redecorate(random, file, field),
  'name of a field': ({ field }) => {
    if (field.group === undefined) field.name += 'x'
  },
  'number of a field': ({ field }) => {
    field.number += 100
  },
  'remove a field': ({ random, message, field }) => {
    message.fields = message.fields.filter(one => one !== field)
    if (random.chance(0.4)) message.reserved.push(`${field.number}`)
    if (random.chance(0.4)) message.reserved.push(`"${field.name}"`)
  },
  'add a field': ({ random, file, message }) => {
    message.fields.push(randomField(random, file, message, 40 + random.below(20)))
  },
  'field into a oneof or out of it': ({ random, file, field }) => {
    if (field.type.startsWith('map') || field.group !== undefined) return
    const { oneof, ...rest } = field
    if (oneof === undefined) Object.assign(field, { label: '', oneof: random.of(['oa', 'ob', 'oc']) })
    else Object.assign(field, { ...rest, label: file.syntax === 'proto2' ? 'optional ' : '' })
    if (oneof !== undefined) delete field.oneof
    redecorate(random, file, field)
  },
  'name of a oneof': ({ message }) => {
    for (const one of message.fields) if (one.oneof === 'oa') one.oneof = 'renamed'
  },
  'what a message reserves': ({ random, message }) => {
    const wider = ['90 to 94, 95 to 99', '85 to 120', '91 to 99', '90 to 92, 94 to 99']
    if (random.chance(0.5)) message.reserved.pop()
    else message.reserved = message.reserved.map(one => (one === '90 to 99' ? random.of(wider) : one))
  },
  'extension ranges': ({ random, file: { syntax, messages, extensions } }) => {
    const [first] = messages
    const ranges = [['1000 to 1100'], ['1000 to 1500'], ['1000 to 1050, 1051 to 1999'], ['1000 to max']]
    if (syntax !== 'proto3' && first !== undefined)
      first.extensionRanges = random.of(extensions.length === 0 ? [...ranges, []] : ranges)
  },
  'name of a nested message': ({ message }) => {
    const [nested] = message.messages
    if (nested === undefined) return
    const old = new RegExp(`\\b${nested.name}\\b`)
    nested.name += 'Z'
    for (const one of message.fields) one.type = one.type.replace(old, nested.name)
  },
  'remove a nested message': ({ message }) => {
    const gone = message.messages.shift()
    if (gone !== undefined)
      message.fields = message.fields.filter(one => !new RegExp(`\\b${gone.name}\\b`).test(one.type))
  },
  'options of a message': ({ random, file, message }) => {
    const features = file.syntax === 'edition' ? { 'features.json_format': 'LEGACY_BEST_EFFORT' } : {}
    message.options = random.of([{ deprecated: 'true' }, { no_standard_descriptor_accessor: 'true' }, features, {}])
  },
  'remove a member': ({ random, enumeration: { members, reserved } }) => {
    const [gone] = members.splice(1 + random.below(members.length - 1), 1)
    if (gone !== undefined && random.chance(0.4)) reserved.push(`${gone.number}`)
    if (gone !== undefined && random.chance(0.4)) reserved.push(`"${gone.name}"`)
  },
  'name of a member': ({ random, enumeration: { members } }) => {
    random.of(members).name += '_X'
  },
  'number of a member': ({ random, enumeration: { members } }) => {
    random.of(members.slice(1)).number += 10
  },
  'add a member': ({ random, enumeration: { name, members } }) => {
    members.push({ name: `${name}_NEW`, number: random.of([-1, -7, 5, 6]) })
  },
  'an alias': ({ random, enumeration: { name, members, options } }) => {
    options.allow_alias = 'true'
    members.push({ name: `${name}_AL${random.below(9)}`, number: 1 })
  },
  'what an enum reserves': ({ random, enumeration }) => {
    const other: Record<string, string> = {
      '20 to 30': random.of(['20 to 25, 26 to 30', '19 to 31', '20 to 29']),
      '40 to max': '40 to 100',
    }
    if (random.chance(0.5)) enumeration.reserved.pop()
    else enumeration.reserved = enumeration.reserved.map(one => other[one] ?? one)
  },
  'options of an enum': ({ random, file, enumeration: { options } }) => {
    const kinds = [
      ['enum_type', 'CLOSED'],
      ['enum_type', 'OPEN'],
      ['json_format', 'LEGACY_BEST_EFFORT'],
    ] as const
    const [name, value] = random.of(kinds)
    if (file.syntax === 'edition') options[`features.${name}`] = value
    else options.deprecated = 'true'
  },
  'a method': ({ random, file }) => {
    const methods = random.of(file.services).methods
    const at = random.below(methods.length)
    methods[at] = randomMethod(random, random.chance(0.8) ? (methods[at]?.name ?? '') : 'Other')
  },
  'remove a method': ({ random, file }) => void random.of(file.services).methods.pop(),
  'name of a service': ({ random, file }) => {
    random.of(file.services).name += 'X'
  },
  'remove a service': ({ file }) => {
    if (file.services.length > 1) file.services.pop()
  },
  'option of a file': ({ random, file: { options } }) => {
    const name = random.of(Object.keys(fileOptions))
    if (options[name] === undefined) options[name] = fileOptions[name] as string
    else delete options[name]
  },
  'feature of a file': ({ random, file: { syntax, options } }) => {
    const features = [
      ['field_presence', 'IMPLICIT'],
      ['enum_type', 'CLOSED'],
      ['message_encoding', 'DELIMITED'],
      ['utf8_validation', 'NONE'],
      ['json_format', 'LEGACY_BEST_EFFORT'],
    ] as const
    const [name, value] = random.of(features)
    if (syntax === 'edition') options[`features.${name}`] = value
  },
  package: ({ random, file }) => {
    if (random.chance(0.3)) file.pack += '.v2'
  },
  'name of a file': ({ random, file }) => {
    if (random.chance(0.3)) file.name += 'x'
  },
  'an extension': ({ random, file, message }) => {
    const one = file.extensions.at(random.below(3))
    const what = random.of(['remove', 'name', 'type', 'type'])
    if (what === 'remove') file.extensions.pop()
    if (what === 'name' && one !== undefined) one.field.name += 'x'
    if (what === 'type' && one !== undefined) one.field.type = randomType(random, message)
  },
  'syntax of a file': ({ random, file }) => {
    if (random.chance(0.4)) toEdition(file, random.chance(0.5))
  },
}

/** Up to three changes of a file. @returns their names */
export function changeFile(random: Random, file: FilePart): string[] {
  const names: string[] = []
  for (let left = 1 + random.below(3); left > 0; left--) {
    const message = random.of(messagesIn(file))
    if (message.fields.length === 0) continue
    const name = random.of(Object.keys(changes))
    const enumeration = random.of([...file.enums, ...messagesIn(file).flatMap(({ enums }) => enums)])
    changes[name]?.({ random, file, message, field: random.of(message.fields), enumeration })
    names.push(name)
  }
  return names
}

function redecorate(random: Random, file: FilePart, field: FieldPart): void {
  field.options = {}
  if (field.group === undefined) decorate(random, file, field)
}

function messagesIn({ messages }: Pick<FilePart, 'messages'>): MessagePart[] {
  return messages.flatMap(one => [one, ...messagesIn(one)])
}

/** With the same meaning, but for the enums of a proto2 file that stay open. */
function toEdition(file: FilePart, isClosed: boolean): void {
  if (file.syntax === 'edition') return
  if (file.syntax === 'proto3') file.options['features.field_presence'] = 'IMPLICIT'
  else if (isClosed) file.options['features.enum_type'] = 'CLOSED'
  const wasProto3 = file.syntax === 'proto3'
  file.syntax = 'edition'
  for (const message of messagesIn(file)) {
    message.fields = message.fields.filter(({ group }) => group === undefined)
    for (const one of message.fields) {
      const { ctype: _, packed: __, ...options } = one.options
      one.options = options
      const presence = one.label === 'required ' ? 'LEGACY_REQUIRED' : wasProto3 ? 'EXPLICIT' : undefined
      const isScalar = !one.type.startsWith('M')
      if (one.label === 'optional ' || one.label === 'required ') {
        one.label = ''
        if (presence !== undefined && isScalar) one.options['features.field_presence'] = presence
      }
    }
  }
  for (const { field } of file.extensions) if (field.label === 'optional ') field.label = ''
}
