import type { TrialEvent, TrialRequest } from '../src/console/trial-views.js'
import { post } from './live.js'

/** A call made by the console: its events, as JSON lines of one answer. */
export class Exchange {
  private readonly leaving = new AbortController()
  private id = ''

  /** Makes the call, and passes on its events until it has ended. @throws ApiError if it cannot be made; TypeError if there is no answer */
  async run(request: TrialRequest, told: (event: TrialEvent) => void): Promise<void> {
    const reply = await post('call', request, this.leaving.signal)
    if (reply.body === null) return
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        const lines = (rest + value).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const event = JSON.parse(line) as TrialEvent
          if (event.type === 'open') this.id = event.id
          told(event)
        }
      }
    } catch (error) {
      if (!this.leaving.signal.aborted) throw error
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
