import { messageTooLarge } from '../core/limits.js'
import { joined } from './joined.js'

/** Parses the JSON of an error or of an end of stream. @returns undefined if it is not JSON */
export function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return undefined
  }
}

/** The body of a response. @throws RpcError `resource_exhausted` (`message_too_large`) for more bytes than `limit` */
export async function wholeBody({ body }: Response, limit: number): Promise<Uint8Array> {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  for (let size = 0; ; ) {
    const { value } = (await reader?.read()) ?? {}
    if (value === undefined) return joined(chunks)
    chunks.push(value)
    size += value.length
    if (size <= limit) continue
    reader?.cancel().catch(() => {})
    throw messageTooLarge(limit)
  }
}
