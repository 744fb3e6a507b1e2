import { Code } from '../core/code.js'
import { failure } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'

/** Positional arguments become the fields of the request message; a message is passed on as it is. */
export function packer({ parameters, input, path }: MethodSchema): (args: readonly unknown[]) => unknown {
  if (parameters !== 'positional') return args => args[0]
  const keys = input.fields.map(field => field.key)
  return args => {
    if (args.length > keys.length) checkSurplus(path, args, keys.length)
    const message: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++) message[keys[i] as string] = args[i]
    return message
  }
}

/** Rejects arguments without a field in the request, such as one that only the class's code has. They would be lost silently. */
function checkSurplus(path: string, args: readonly unknown[], declared: number): void {
  if (args.slice(declared).every(argument => argument === undefined)) return
  throw failure(
    'too_many_arguments',
    Code.invalid_argument,
    `${path} takes ${declared} argument(s), got ${args.length}; declare another in args, or by @Arg(${declared + 1}, 'name', type)`,
    { delivery: 'unsent' },
  )
}
