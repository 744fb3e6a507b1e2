import type { ActiveCall } from '../../core/active-call.js'
import type { Body } from './output.js'

/** The body of a message that a call sends. If an observer sees the call, it is told how many bytes were written. */
export function countedBody<Writer extends { readonly size: number }, T>(
  body: Body<Writer, T>,
  call: ActiveCall | undefined,
): Body<Writer, T> {
  const observed = call?.observed
  if (observed === undefined) return body
  return {
    write(writer, value) {
      const before = writer.size
      body.write(writer, value)
      observed.message('sent', writer.size - before)
    },
  }
}
