import { readFileSync } from 'node:fs'
import { misuse } from '../core/rpc-error.js'
import { callerFiles } from './caller-files.js'
import { transformerStorages } from './transformer-copies.js'

const examined = new Set<string>()

/**
 * Looks for copies of class-transformer in the app's files that this code cannot reach, because it is not in that bundle, or the bundle has
 * several. Their decorators would be ignored silently.
 *
 * Examines the files of the running code, which call `serve` and `connect`. A copy in a chunk that none of them runs is not found.
 * @throws RpcError `failed_precondition` (`class_transformer_unread`)
 */
export function refuseUnreadCopies(): void {
  for (const file of new Set(callerFiles())) {
    if (examined.has(file)) continue
    const copies = copiesIn(codeOf(file))
    const read = [...transformerStorages()].filter(storage => storage.file === file).length
    if (copies > read) throw unread(file, { copies, read })
    examined.add(file)
  }
}

function unread(file: string, { copies, read }: { readonly copies: number; readonly read: number }): Error {
  const what = 'so @Exclude would not hold'
  return misuse(
    'class_transformer_unread',
    read > 0
      ? `${file} contains ${copies} copies of class-transformer, and polywire reads one, ${what}; ` +
          `keep one of them: npm dedupe class-transformer`
      : `${file} contains a copy of class-transformer that polywire, which is not in that bundle, cannot read, ${what}; ` +
          `bundle polywire too, or make class-transformer external`,
  )
}

/**
 * Names of methods survive minification. Both forms of the method's definition are counted: of a class, and of a constructor's prototype. The
 * files are whole bundles, and polywire's own among them, so text is made only of what stands around the name.
 */
function copiesIn(code: Buffer): number {
  let copies = 0
  for (let at = code.indexOf(method); at >= 0; at = code.indexOf(method, at + method.length))
    if (definition.test(code.toString('latin1', Math.max(0, at - 1), at + 200))) copies++
  return copies
}

const method = 'addExcludeMetadata'
/** With the character before it, if there is one. */
const definition = /^(?:[^.\w$]?addExcludeMetadata\s*\(\s*[\w$]+\s*\)\s*\{|\.addExcludeMetadata\s*=\s*function)/

function codeOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    // Code without a file: evaluated, or within an executable.
    return Buffer.alloc(0)
  }
}
