import { Code } from '../../../core/code.js'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { StreamListener } from '../../http2/server/stream-listener.js'
import type { MadeMethods } from '../../made-methods.js'
import type { HttpShare, Router, ServerSettings } from '../../protocol.js'
import { decompressor } from '../compression.js'
import { parseTimeout } from '../timeout.js'
import { checkVersion } from '../version.js'
import { createHttpHandler } from './handler.js'
import { type Http2Request, Http2UnaryExchange } from './http2-unary.js'
import { readRequestHead } from './request-head.js'
import type { Serving } from './served-call.js'
import type { ServedMethod } from './served-method.js'

/**
 * Serves HTTP requests over HTTP/2. Its connections are those of gRPC's binding or, without gRPC, of HTTP's.
 * @throws as `createHttpHandler`
 */
export function shareOf(router: Router, settings: ServerSettings): HttpShare {
  // An app that serves RPCs after its own middleware must get every request.
  if (settings.fallbackFirst) return () => false
  const handler = createHttpHandler(router, settings)
  return Object.assign(handler, { onStream: http2Listener({ router, settings }, handler.methods) })
}

/**
 * Serves the usual request on its stream of HTTP/2: a unary call by POST that nothing refuses for its head. Any other one, such as a stream,
 * a GET, a preflight or a request with a mistake, gets the pair of Node's objects.
 */
function http2Listener(serving: Serving, methods: MadeMethods<ServedMethod>): StreamListener {
  const replyHeads = new ReplyHeads()
  return (stream, head, connection) => {
    head.prepared ??= requestOf(head.headers, { ...serving, replyHeads }, methods) ?? unusual
    if (head.prepared === unusual || serving.router.draining) return undefined
    return new Http2UnaryExchange(stream, head.prepared as Http2Request, connection)
  }
}

/** Prepared once for each content type, of which there are few: every request may have a head of its own. */
class ReplyHeads {
  private readonly byContentType = new Map<string, HeaderBlock>()

  of(contentType: string): HeaderBlock {
    let head = this.byContentType.get(contentType)
    if (head === undefined) {
      head = prepareHeaders([
        [':status', '200'],
        ['content-type', contentType],
      ])
      this.byContentType.set(contentType, head)
    }
    return head
  }
}

const unusual = Symbol('a request that takes the pair of objects')

function requestOf(
  headers: HeaderList,
  { router, settings, replyHeads }: Serving & { readonly replyHeads: ReplyHeads },
  methods: MadeMethods<ServedMethod>,
): Http2Request | undefined {
  const { limits, cors } = settings
  const method = methods.get(headers.path)
  if (headers.method !== 'POST' || method === undefined) return undefined
  const head = readRequestHead(headers.fields)
  if (cors !== undefined && head.origin !== undefined) return undefined
  const served = method.forContentType(head.contentType ?? '')
  if (served === undefined || served.form !== undefined) return undefined
  if (headers.contentLength > limits.messageBytes) return undefined
  try {
    checkVersion(head.version, '1')
    const timeout = Math.min(
      head.timeout === undefined ? limits.maxDeadline : parseTimeout(head.timeout),
      limits.maxDeadline,
    )
    if (timeout === 0) return undefined
    const decompress = decompressor(head.contentEncoding, { limit: limits.messageBytes, fault: Code.invalid_argument })
    const replyHead = replyHeads.of(served.contentType)
    return { router, settings, head, served, rawHeaders: headers.fields, headers, timeout, decompress, replyHead }
  } catch {
    // The same checks refuse it where there is a response to write that to.
    return undefined
  }
}
