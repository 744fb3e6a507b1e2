import { injectable } from 'inversify'
import { withCall } from 'polywire'
import { Remote } from 'polywire/inversify'
import { Hello } from './contract.js'

export interface Tally {
  /** Greetings by the replica that answered. */
  readonly answers: Map<string, number>
  failures: unknown[]
  /** Calls that another replica took at once, because the one picked could not be reached. */
  failedOver: number
  /** Calls that were sent again by retry or hedge. */
  retried: number
}

/** A class of the application. Its remote is injected; it knows nothing of sockets, replicas or policies. */
@injectable()
export class Greeter {
  constructor(@Remote(Hello) readonly hello: Hello) {}

  /** Greets `count` times, `concurrency` at a time. */
  async greet(count: number, concurrency: number, onReply: (replies: number) => void = () => {}): Promise<Tally> {
    const tally: Tally = { answers: new Map(), failures: [], failedOver: 0, retried: 0 }
    const remote = withCall(this.hello, {
      onEnd: call => {
        if (call.tried !== undefined) tally.failedOver++
        if (call.attempt > 1) tally.retried++
      },
    })
    let begun = 0
    let replies = 0
    const worker = async () => {
      while (begun < count) {
        const name = `caller ${++begun}`
        try {
          const { from } = await remote.sayHello({ name })
          tally.answers.set(from, (tally.answers.get(from) ?? 0) + 1)
        } catch (error) {
          tally.failures.push(error)
        }
        onReply(++replies)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    return tally
  }
}
