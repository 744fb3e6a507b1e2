import { misuse } from '../../../core/rpc-error.js'

/**
 * The path of a target without a slash at its end, to which the paths of methods are added.
 * @throws RpcError `failed_precondition` (`invalid_target`) if a request could not be sent to it as it is written
 */
export function basePathOf(path = ''): string {
  if (isPath(path)) return path.replace(/\/$/, '')
  throw misuse('invalid_target', `target: path must be one such as /api, got ${JSON.stringify(path.slice(0, 40))}`)
}

function isPath(path: string): boolean {
  if (path === '') return true
  return path.startsWith('/') && !path.includes('//') && new URL(`http://localhost${path}`).pathname === path
}
