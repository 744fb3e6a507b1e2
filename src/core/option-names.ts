import { misuse } from './rpc-error.js'
import { shown } from './shown.js'

/** Every name of an options object: one that is left out does not compile. */
export type OptionNames<Options> = Readonly<Record<keyof Required<Options>, true>>

/**
 * Refuses options that do not exist, which the compiler sees only in a literal, and what is no list where there must be one.
 * @param where the function they were given to, for the error: `serve`
 * @throws RpcError `failed_precondition` (`misplaced_option`)
 */
export function checkOptionNames<Options extends object>(
  where: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  checkNames(where, options, names)
  for (const [name, elements] of Object.entries(lists)) checkList(`${where}: ${name}`, elements, options, name)
}

/** The same for options without lists, which may be given with each call. */
export function checkNames<Options extends object>(where: string, options: Options, names: OptionNames<Options>): void {
  if (typeof options !== 'object' || options === null)
    throw misuse('misplaced_option', `${where}: its options must be an object, got ${shown(options, 0)}`)
  for (const name of Object.keys(options))
    if (!Object.hasOwn(names, name)) {
      const all = Object.keys(names).join(', ')
      throw misuse('misplaced_option', `${where} has no option ${JSON.stringify(name.slice(0, 40))}; it has ${all}`)
    }
}

/** The options that are lists, wherever they are options, and what may be in them. */
const lists: Readonly<Record<string, 'objects' | 'anything'>> = {
  protocols: 'anything',
  codecs: 'objects',
  policies: 'objects',
  resolvers: 'objects',
  observers: 'objects',
  listeners: 'objects',
  shutdownOn: 'anything',
}

function checkList(what: string, elements: 'objects' | 'anything', options: object, name: string): void {
  const value: unknown = Reflect.get(options, name)
  if (value === undefined) return
  if (!Array.isArray(value)) throw misuse('misplaced_option', `${what} must be a list, got ${shown(value, 0)}`)
  const wrong = value.findIndex(one => elements === 'objects' && (typeof one !== 'object' || one === null))
  if (wrong === -1) return
  const advice = name === 'codecs' ? '; it takes custom codecs, and a target names one of them: ?codec=json' : ''
  throw misuse('misplaced_option', `${what}[${wrong}] must be an object, got ${shown(value[wrong], 0)}${advice}`)
}
