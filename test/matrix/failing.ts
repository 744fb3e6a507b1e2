import {
  type Call,
  Context,
  Field,
  int32,
  Message,
  Method,
  type RpcError,
  Service,
  string,
  unimplemented,
} from '../../src/index.js'

export type Deed = 'echo' | 'hang' | 'large' | 'headers' | 'throw' | 'wrong'

/** What to do, and with how much of it. */
@Message('failing.Job')
export class Job {
  @Field(1, string) deed = ''
  @Field(2, string) text = ''
  @Field(3, int32) size = 0
}

@Message('failing.Done')
export class Done {
  @Field(1, string) text = ''
}

@Service('failing.Failing')
export class Failing {
  @Method(Done)
  async run(_job: Job, @Context() _call?: Call): Promise<Done> {
    return unimplemented()
  }
}

/** As a caller knows it that is newer than the server. */
@Service('failing.Failing')
export class NewerFailing {
  @Method(Done)
  async run(_job: Job): Promise<Done> {
    return unimplemented()
  }

  @Method(Done)
  async later(_job: Job): Promise<Done> {
    return unimplemented()
  }
}

export const path = '/failing.Failing/Run'

/** Does what jobs say, and keeps what it saw. */
@Service()
export class FailingService extends Failing {
  private arrived: () => void = () => {}
  /** Ends the job that hangs. */
  release: () => void = () => {}
  private canceled: (reason: RpcError) => void = () => {}
  /** The next job has begun to hang. */
  arrival = new Promise<void>(resolve => (this.arrived = resolve))
  /** Why the call that hangs was cancelled. */
  readonly cancellation = new Promise<RpcError>(resolve => (this.canceled = resolve))

  override async run({ deed, text, size }: Job, call?: Call): Promise<Done> {
    switch (deed as Deed) {
      case 'hang':
        this.arrived()
        return new Promise((resolve, reject) => {
          this.release = () => resolve({ text: '' })
          call?.onCancel(reason => {
            this.canceled(reason)
            reject(reason)
          })
        })
      case 'large':
        return { text: 'x'.repeat(size) }
      case 'headers':
        call?.replyHeaders.set('x-reply', 'x'.repeat(size))
        return { text: '' }
      case 'throw':
        throw new Error('the secret of the server')
      case 'wrong':
        return { text: 5 as unknown as string }
      default:
        return { text }
    }
  }
}
