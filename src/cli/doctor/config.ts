import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { isObject } from '../../codecs/values/fault.js'
import { packageFile } from '../../server/package-file.js'
import { isSecret } from '../headers.js'
import { nearest } from '../nearest.js'
import type { Check, Finding } from './check.js'

/** What polywire.schema.json uses of JSON Schema. */
interface Schema {
  readonly type?: 'object' | 'array' | 'string'
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: false | Schema
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly pattern?: string
}

/** The project file against its schema, and secrets that stand in it. */
export const checkConfig: Check = async ({ project }) => {
  const file = packageFile('polywire.schema.json')
  if (project === undefined || file === undefined) return []
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema
  const id = 'config'
  const mistakes = [...mistakesIn(project.settings, schema, '')].map(
    (message): Finding => ({ id, state: 'FAIL', message }),
  )
  const secrets = Object.entries(project.targets).flatMap(([target, { headers = {} }]) =>
    Object.entries(headers).flatMap(([name, value]): Finding[] => {
      if (!isSecret(name) || String(value).includes('${')) return []
      const message = `targets.${target}.headers.${name} holds a secret in plain text`
      const variable = `${target}_TOKEN`.toUpperCase().replace(/\W/g, '_')
      return [
        {
          id,
          state: 'warn',
          message,
          why: 'the file is in the repository',
          fix: `write "\${${variable}}" and set it in the environment`,
        },
      ]
    }),
  )
  const findings = [...mistakes, ...secrets]
  return findings.length > 0 ? findings : [{ id, state: 'ok', message: relative(process.cwd(), project.path) }]
}

/** @param path of the value: `targets.dev` */
function* mistakesIn(value: unknown, schema: Schema, path: string): Iterable<string> {
  const { anyOf, enum: members, pattern } = schema
  if (anyOf !== undefined) {
    const fitting = anyOf.find(({ type }) => type === typeOf(value))
    if (fitting !== undefined) yield* mistakesIn(value, fitting, path)
    else yield `${path} must be ${anyOf.map(({ type }) => articled(type)).join(' or ')}, got ${JSON.stringify(value)}`
    return
  }
  if (schema.type !== undefined && schema.type !== typeOf(value)) {
    yield `${path || 'the file'} must be ${articled(schema.type)}, got ${JSON.stringify(value)}`
    return
  }
  if (members !== undefined && !members.includes(value as string))
    yield `${path} must be one of ${members.join(', ')}, got ${JSON.stringify(value)}`
  if (pattern !== undefined && !new RegExp(pattern).test(value as string))
    yield `${path} must match ${pattern}, got ${JSON.stringify(value)}`
  if (Array.isArray(value) && schema.items !== undefined)
    for (const [at, one] of value.entries()) yield* mistakesIn(one, schema.items, `${path}[${at}]`)
  if (isObject(value)) yield* mistakesOfKeys(value, schema, path)
}

function* mistakesOfKeys(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, additionalProperties, required = [] }: Schema,
  path: string,
): Iterable<string> {
  const within = (key: string) => (path === '' ? key : `${path}.${key}`)
  for (const key of required) if (value[key] === undefined) yield `${within(key)} is missing`
  for (const [key, one] of Object.entries(value)) {
    const schema = properties[key] ?? additionalProperties
    if (schema) yield* mistakesIn(one, schema, within(key))
    else if (schema === false) {
      const close = nearest(key, Object.keys(properties))
      const names = Object.keys(properties).filter(name => name !== '$schema')
      yield `there is no setting ${within(key)}${close === undefined ? `; write ${names.join(', ')}` : `. Did you mean ${close}?`}`
    }
  }
}

function typeOf(value: unknown): Schema['type'] | undefined {
  if (Array.isArray(value)) return 'array'
  if (isObject(value)) return 'object'
  return typeof value === 'string' ? 'string' : undefined
}

function articled(type: Schema['type'] = 'string'): string {
  return type === 'string' ? 'a string' : type === 'array' ? 'a list' : 'an object'
}
