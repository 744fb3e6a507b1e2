import { setTimeout as wait } from 'node:timers/promises'
import { Service } from 'polywire'
import { DivisionByZero, Hello, type HelloReply, type HelloRequest } from './contract.js'

export interface Replica {
  readonly name: string
  /** Milliseconds that each greeting takes. */
  readonly delay: number
}

@Service()
export class HelloService extends Hello {
  constructor(private readonly replica: Replica) {
    super()
  }

  override async sayHello({ name }: HelloRequest): Promise<HelloReply> {
    if (this.replica.delay > 0) await wait(this.replica.delay)
    return { message: `Hello, ${name}!`, from: this.replica.name }
  }

  override async divide(dividend: number, divisor: number): Promise<number> {
    if (divisor === 0) throw DivisionByZero.of(`cannot divide ${dividend} by zero`, { dividend })
    return dividend / divisor
  }

  override hang(): Promise<void> {
    return new Promise(() => {})
  }
}
