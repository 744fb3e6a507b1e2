import type { ActiveCall } from '../../../core/active-call.js'
import { malformedReply } from '../../failures.js'
import { HttpExchange } from '../../http1/client/exchange.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { isKnown } from '../../message-encoding.js'
import type { BoundMethod } from './bound-method.js'
import { FailedReply } from './failed-reply.js'
import { isFarewell, type ReplyHead, readReplyHead } from './reply-head.js'

/** One attempt of a call. The body of a reply that is not one of the method's becomes its error. */
export abstract class MethodExchange extends HttpExchange<unknown> {
  protected head: ReplyHead | undefined = undefined
  private failed: FailedReply | undefined = undefined

  constructor(
    link: HttpConnections,
    protected readonly method: BoundMethod,
    call: ActiveCall,
  ) {
    super(link, call)
  }

  /** The reply is one of the method's, and its body follows. @param resume lets more of the body come after `receiveBody` returned false */
  protected abstract accepted(head: ReplyHead, resume: () => void): void

  /** @returns false: no more until `resume` is called */
  protected abstract receiveBody(chunk: Buffer): boolean

  /** The whole reply has arrived. */
  protected abstract bodyCompleted(): void

  /** Whether a reply with that status confirms one that the caller already has. */
  protected isConfirmation(_status: number | undefined): boolean {
    return false
  }

  protected receiveHead(status: number, raw: Buffer[], resume: () => void): void {
    this.headArrived(readReplyHead(status, raw), resume)
  }

  /** Receives the head of a reply over HTTP/2, as `onHeaders` does over HTTP/1.1. */
  onReplyHead(head: ReplyHead, resume: () => void): void {
    if (this.isOver) return
    this.hasReplied = true
    this.headArrived(head, resume)
  }

  private headArrived(head: ReplyHead, resume: () => void): void {
    const { status } = head
    const { method, link } = this
    this.head = head
    if (head.altSvc !== undefined) link.offered?.(head.altSvc)
    if (this.isConfirmation(status)) return
    if (status !== 200 || !method.isReplyType(head.mediaType)) this.failed = new FailedReply(method, head, link.address)
    else if (!isKnown(head.encoding))
      this.fail(malformedReply(method.path, `its encoding is ${head.encoding}, which was not asked for`))
    else this.accepted(head, resume)
  }

  protected receiveData(chunk: Buffer): boolean {
    if (this.failed === undefined) return this.receiveBody(chunk)
    if (!this.failed.push(chunk)) this.fail(this.failed.toError())
    return true
  }

  protected completed(): void {
    if (this.failed === undefined) {
      this.bodyCompleted()
      return
    }
    this.finish()
    if (this.head !== undefined && isFarewell(this.head)) this.link.refused()
    void this.failed.complete().then(error => this.rejected(error))
  }
}
