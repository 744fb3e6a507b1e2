import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { HttpRequest } from '../../http1/client/connection-pool.js'
import type { Destination } from '../../http2/client/link.js'

/** The first headers of a request, prepared for HTTP/2. */
export interface RequestBlock {
  readonly block: HeaderBlock
  /** The number of entries of the request's list that it contains. */
  readonly count: number
}

/** The most timeouts of one method with their own block. */
const mostBlocks = 4

/**
 * The header blocks of requests to one endpoint. The headers that every call of a method has are prepared once, together with the few
 * timeouts that occur, so that a usual request encodes no header itself.
 */
export class RequestBlocks {
  private readonly byPath = new Map<string, Map<string, RequestBlock>>()

  constructor(private readonly destination: Destination) {}

  of(request: HttpRequest): RequestBlock {
    const { path, headers, fixed = 0 } = request
    if (fixed === 0) return this.prepare(request, 0)
    let blocks = this.byPath.get(path)
    if (blocks === undefined) {
      blocks = new Map([['', this.prepare(request, fixed)]])
      this.byPath.set(path, blocks)
    }
    const timeout = headers[fixed] === 'connect-timeout-ms' ? (headers[fixed + 1] as string) : ''
    let block = blocks.get(timeout)
    if (block === undefined && blocks.size <= mostBlocks) {
      block = this.prepare(request, fixed + 2)
      blocks.set(timeout, block)
    }
    return block ?? (blocks.get('') as RequestBlock)
  }

  private prepare({ path, method, headers }: HttpRequest, count: number): RequestBlock {
    const { scheme, authority } = this.destination
    const fields: [string, string][] = [
      [':method', method],
      [':scheme', scheme],
      [':path', path],
      [':authority', authority],
    ]
    for (let at = 0; at < count; at += 2) fields.push([headers[at] as string, headers[at + 1] as string])
    return { block: prepareHeaders(fields), count }
  }
}
