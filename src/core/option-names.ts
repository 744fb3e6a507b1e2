import { misuse } from './rpc-error.js'
import { shown } from './shown.js'

/** Every name of an options object: one that is left out does not compile. */
export type OptionNames<Options> = Readonly<Record<keyof Required<Options>, true>>

/**
 * Refuses options that do not exist, which the compiler sees only in a literal.
 * @param where the function they were given to, for the error: `serve`
 * @throws RpcError `failed_precondition` (`misplaced_option`)
 */
export function checkOptionNames<Options extends object>(
  where: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  if (typeof options !== 'object' || options === null)
    throw misuse('misplaced_option', `${where}: its options must be an object, got ${shown(options, 0)}`)
  for (const name of Object.keys(options))
    if (!Object.hasOwn(names, name)) {
      const all = Object.keys(names).join(', ')
      throw misuse('misplaced_option', `${where} has no option ${JSON.stringify(name.slice(0, 40))}; it has ${all}`)
    }
}
