import { isObject } from '../codecs/values/fault.js'
import type { Allowance } from '../idl/check/allow.js'
import { allWires, type Wire } from '../idl/check/finding.js'
import { CliError } from './cli-error.js'
import { nearest } from './nearest.js'
import type { Project } from './project.js'

/** What `check` and `lock` take from the project file. */
export interface CheckSettings {
  readonly against: string | undefined
  readonly wires: readonly Wire[] | undefined
  readonly allow: readonly Allowance[]
}

/** @throws CliError for a setting that cannot be read, naming its key */
export function checkSettings(project: Project | undefined): CheckSettings {
  const reader = new Reader(project?.path ?? '')
  const check = reader.object(project?.settings.check ?? {}, 'check', ['against', 'wires', 'allow'])
  return {
    against: check.against === undefined ? undefined : reader.text(check.against, 'check.against'),
    wires: check.wires === undefined ? undefined : reader.wires(check.wires),
    allow: reader.list(check.allow ?? [], 'check.allow').map((one, at) => reader.allowance(one, `check.allow[${at}]`)),
  }
}

type Json = Readonly<Record<string, unknown>>

/** Reads settings; a mistake names its key. */
class Reader {
  constructor(private readonly file: string) {}

  private fail(key: string, why: string): CliError {
    return new CliError(`${this.file}: ${key} ${why}`)
  }

  object(value: unknown, key: string, known: readonly string[]): Json {
    if (!isObject(value)) throw this.fail(key, `must be an object, got ${JSON.stringify(value)}`)
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue
      const close = nearest(name, known)
      throw this.fail(key, `has no setting ${name}${close === undefined ? '' : `. Did you mean ${close}?`}`)
    }
    return value
  }

  list(value: unknown, key: string): readonly unknown[] {
    if (Array.isArray(value)) return value
    throw this.fail(key, `must be a list, got ${JSON.stringify(value)}`)
  }

  text(value: unknown, key: string): string {
    if (typeof value === 'string' && value !== '') return value
    if (value === undefined) throw this.fail(key, 'is missing')
    throw this.fail(key, `must be a text, got ${JSON.stringify(value)}`)
  }

  texts(value: unknown, key: string): readonly string[] {
    return this.list(value, key).map((one, at) => this.text(one, `${key}[${at}]`))
  }

  wires(value: unknown): readonly Wire[] {
    return wiresIn(this.texts(value, 'check.wires'), name => this.fail('check.wires', `has no wire ${name}`))
  }

  allowance(value: unknown, key: string): Allowance {
    const json = this.object(value, key, ['at', 'rules', 'reason', 'until'])
    const until = this.text(json.until, `${key}.until`)
    if (!/^\d{4}-\d\d-\d\d$/.test(until) || Number.isNaN(Date.parse(until)))
      throw this.fail(`${key}.until`, `must be a day such as "2026-12-31", got ${JSON.stringify(until)}`)
    if (Date.parse(until) > Date.now() + 366 * 24 * 60 * 60 * 1000)
      throw this.fail(`${key}.until`, `must be at most a year ahead, got ${JSON.stringify(until)}`)
    return {
      at: this.text(json.at, `${key}.at`),
      rules: this.texts(json.rules, `${key}.rules`),
      reason: this.text(json.reason, `${key}.reason`),
      until,
    }
  }
}

/** @throws what `unknown` makes of a name that is no wire */
export function wiresIn(names: readonly string[], unknown: (name: string) => Error): readonly Wire[] {
  return names.map(name => {
    const wire = allWires.find(one => one === name)
    if (wire === undefined) throw unknown(`${name}; write ${allWires.join(', ')}`)
    return wire
  })
}
