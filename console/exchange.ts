import type { TrialEvent, TrialRequest } from '../src/console/trial-views.js'
import { post } from './live.js'

/** What happens to a call. The last is what the page itself knows: nothing more is told of a call that it cancels. */
export type ExchangeEvent = TrialEvent | { readonly type: 'canceled'; readonly at: number }

/** Milliseconds between two tellings, so that a page draws the lines of a fast stream together. */
const pace = 100

/** A call made by the console: its events, as JSON lines of one answer. */
export class Exchange {
  private readonly leaving = new AbortController()
  private id = ''

  /** Makes the call, and passes on its events, several at a time, until it has ended or is cancelled. @throws ApiError if it cannot be made; TypeError if there is no answer */
  async run(request: TrialRequest, told: (events: readonly ExchangeEvent[]) => void): Promise<void> {
    const began = performance.now()
    try {
      const reply = await post('call', request, this.leaving.signal)
      if (reply.body !== null) await this.read(reply.body, told)
    } catch (error) {
      if (!this.leaving.signal.aborted) throw error
      told([{ type: 'canceled', at: performance.now() - began }])
    }
  }

  private async read(body: ReadableStream<BufferSource>, told: (events: readonly TrialEvent[]) => void): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    let events: TrialEvent[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const tell = () => {
      clearTimeout(timer)
      timer = undefined
      told(events)
      events = []
    }
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        const lines = (rest + value).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const event = JSON.parse(line) as TrialEvent
          if (event.type === 'open') this.id = event.id
          events.push(event)
        }
        timer ??= setTimeout(tell, pace)
        // What has arrived already is read without a turn for anything else, such as the click that cancels.
        await nextTurn()
      }
    } finally {
      tell()
    }
  }

  async send(message: unknown): Promise<void> {
    await post(`call/${encodeURIComponent(this.id)}`, { message })
  }

  async halfClose(): Promise<void> {
    await post(`call/${encodeURIComponent(this.id)}`, { end: true })
  }

  /** Ends both ways. */
  cancel(): void {
    this.leaving.abort()
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve))
}
